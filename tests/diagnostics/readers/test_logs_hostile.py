"""Logs that are large, cut off, made to hurt, or hold what must not be kept; and what is taken for a log."""

import gzip
import io
import random
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diagnostics.estate.observations import Sign, SignCode, Source
from diagnostics.readers import logs
from diagnostics.readers.base import Kind, Limits, Outcome, ProblemCode, Taken
from diagnostics.readers.logs.blocks import BLOCK, LONGEST_CARRY, LONGEST_LINE
from diagnostics.readers.logs.quoting import LONGEST_DETAIL, LONGEST_QUOTE, REMOVED, quoted
from diagnostics.readers.logs.tally import MOST_HOSTS, MOST_PRESENTED, MOST_SIGNS
from diagnostics.readers.recognise import HEAD, recognise
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import diagnostic_members
from diagnostics.samples.authority import root
from tests.builders.logs import (
    ALERT,
    AT,
    BUILT,
    EVERY_LINE,
    ORDINARY,
    SELF_SIGNED,
    alarm,
    carried,
    inbound,
    log_of,
    outbound,
    proxy_failed,
    ssl_error,
    stamped,
)

SOURCE = Source(upload="loggingsnapshot_expe1_2026-11-01_10_30_00.txt")
MIB = 1024 * 1024


def taken(log: bytes | BinaryIO) -> Taken:
    """Without the sign that there is a log."""
    stream = io.BytesIO(log) if isinstance(log, bytes) else log
    whole = logs.read_log(cast(BinaryIO, stream), SOURCE, Limits())
    kept = (item for item in whole.observations if not (isinstance(item, Sign) and item.code is SignCode.LOG_TAKEN))
    return replace(whole, observations=tuple(kept))


def signs(log: bytes) -> list[Sign]:
    return [item for item in taken(log).observations if isinstance(item, Sign)]


class Endless(io.RawIOBase):
    """Gives out so many bytes made of one piece, a block at a time, and holds none of them."""

    def __init__(self, piece: bytes, size: int) -> None:
        self._piece, self._left, self._at = piece, size, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(size if size >= 0 else self._left, self._left)
        start = self._at % len(self._piece)
        self._left, self._at = self._left - size, self._at + size
        return (self._piece * (size // len(self._piece) + 2))[start : start + size]


# Blocks


@pytest.mark.parametrize("shift", [-2, -1, 0, 1, 40, 200])
def test_a_line_that_straddles_two_blocks_is_read_whole(shift):
    line = log_of([inbound(SELF_SIGNED)])
    filler = b"x" * 99 + b"\n"
    log = filler * ((BLOCK + shift) // 100) + b"y" * ((BLOCK + shift) % 100) + b"\n" + line + filler
    assert log.index(line) // BLOCK <= 1

    (sign,) = signs(log)
    assert sign.source.line == log[: log.index(line)].count(b"\n") + 1
    assert sign.detail == SELF_SIGNED


def test_lines_are_numbered_through_all_blocks():
    plain = log_of(ORDINARY)
    log = plain * (3 * BLOCK // len(plain)) + log_of([inbound(ALERT)]) + plain

    (sign,) = signs(log)
    assert sign.source.line == log.splitlines().index(log_of([inbound(ALERT)]).rstrip()) + 1
    assert taken(log).found["lines"] == log.count(b"\n")


def test_a_stream_that_gives_few_bytes_at_a_time_is_the_same_log():
    log = log_of(EVERY_LINE, apart=0.01)

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 37) if size is not None and size >= 0 else size)

    assert taken(Dripping(log)).observations == taken(log).observations


def test_a_line_without_end_is_read_in_pieces_of_which_each_says_what_stands_in_it():
    head = stamped("tvcs: ").encode()
    log = head + b"x" * (LONGEST_CARRY + 7) + b" " + log_of([inbound(SELF_SIGNED)]).rstrip() + b" " + b"y" * BLOCK

    (sign,) = signs(log)
    assert (sign.code, sign.peer) == (SignCode.TLS_INBOUND_UNTRUSTED, "203.0.113.45")
    assert taken(log).found["lines"] == 1


def test_records_on_one_endless_line_are_each_counted_once():
    record = log_of([inbound(SELF_SIGNED)]).rstrip() + b" "
    log = record * (2 * LONGEST_LINE // len(record))

    (sign,) = signs(log)
    assert abs(sign.count - log.count(b"Event=")) <= 1  # one may be cut in two by the bounds of a block


def test_a_large_log_takes_little_memory_and_time():
    piece = log_of(ORDINARY) * 50 + log_of([inbound(SELF_SIGNED)])
    tracemalloc.start()
    try:
        outcome = taken(cast(BinaryIO, Endless(piece, 40 * MIB)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (sign,) = (item for item in outcome.observations if isinstance(item, Sign))
    assert sign.count == pytest.approx(40 * MIB / len(piece), abs=2)
    assert peak < 8 * MIB


# Bounds


def test_signs_beyond_the_limit_are_counted_under_their_code():
    bodies = [inbound(SELF_SIGNED, peer=f"10.{n >> 8}.{n & 255}.1") for n in range(MOST_SIGNS + 300)]
    bodies += [outbound(f"certificate has expired {n}") for n in range(50)]

    found = signs(log_of(bodies))
    assert len(found) == MOST_SIGNS + 2
    assert [(item.code, item.peer, item.detail, item.count) for item in found[-2:]] == [
        (SignCode.TLS_INBOUND_UNTRUSTED, None, "", 300),
        (SignCode.TLS_OUTBOUND_UNTRUSTED, None, "", 50),
    ]
    assert sum(item.count for item in found) == len(bodies)


def test_hosts_beyond_the_limit_are_counted_with_the_host_of_most_lines():
    lines = [stamped(inbound(SELF_SIGNED), host=f"h{number}") for number in range(MOST_HOSTS + 50)]
    lines += [stamped(inbound(SELF_SIGNED), host="expe1")] * 3

    found = signs("\n".join(lines).encode())
    assert len(found) == MOST_HOSTS
    assert sum(item.count for item in found) == len(lines)


def test_a_certificate_with_a_thousand_names_keeps_some():
    names = [f"n{number}.example.org" for number in range(1000)]

    (sign,) = signs(log_of([*carried(names[0], *names), inbound(ALERT)], apart=0.0001))
    assert 0 < len(sign.presented) <= MOST_PRESENTED


def test_what_is_kept_of_a_line_is_short():
    long = "w" * 1500
    (sign,) = signs(log_of([alarm("20006", f"certificate {' word' * 300}"), ssl_error(long, peer="a" * 70 + ":1")][:1]))

    assert len(sign.source.text) <= LONGEST_QUOTE
    assert len(sign.detail) <= LONGEST_DETAIL
    assert sign.source.text.endswith("…")


def test_a_log_of_failures_alone_ends_at_a_limit_and_says_so(monkeypatch):
    monkeypatch.setattr("diagnostics.readers.logs.read.MOST_LINES", 100)
    outcome = taken(log_of([inbound(SELF_SIGNED)] * 150))

    (sign,) = outcome.observations
    assert isinstance(sign, Sign)
    assert sign.count == 100
    assert outcome.outcome is Outcome.PARTLY
    assert [problem.code for problem in outcome.problems] == [ProblemCode.LOG_CUT]


# What must not be kept

SECRETS = [
    'Password="hunter2hunter2"',
    'AuthenticationPassword="hunter2hunter2"',
    'Username="hunter2hunter2"',
    'User="hunter2hunter2"',
    'SNMP-Community="hunter2hunter2"',
    'Api-key="hunter2hunter2"',
    'Detail="Authorization: Basic aHVudGVyMmh1bnRlcjJodW50ZXIy hunter2hunter2"',
    'Detail="Proxy-Authorization: Digest username=hunter2hunter2"',
    'Detail="Set-Cookie: X-Auth=hunter2hunter2; Path=/"',
    'Detail="GET /x?access_token=hunter2hunter2&a=b"',
    "Detail=\"{'password': 'hunter2hunter2', 'a': 1}\"",
    'Detail="https://admin:hunter2hunter2@192.0.2.1/"',
    'Value="{cipher}hunter2hunter2=="',
    'Detail="Bearer hunter2hunter2.hunter2hunter2"',
    f'Detail="{"hunter2hunter2" * 9}"',
    'Password="hunter2hunter2',  # never closed
]


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_taken_out_of_what_is_quoted(secret):
    line = inbound(SELF_SIGNED).replace(' Protocol="TLS"', f" {secret}")

    (sign,) = signs(log_of([line]))
    assert "hunter2" not in repr(sign)
    assert REMOVED in sign.source.text
    assert sign.source.text.startswith("2026-11-01T10:30:00.000+00:00 expe1 tvcs: Event=")


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_taken_out_of_an_alarms_words_too(secret):
    inner = secret.replace('"', "'")
    (sign,) = signs(log_of([alarm("20006", f"certificate {inner}").replace("Detail=''", "")]))

    assert "hunter2hunter2" not in sign.source.text
    assert "hunter2hunter2" not in sign.detail or "ser" in inner.partition("=")[0]


def test_words_that_only_sound_like_secrets_stay():
    text = 'Event="Authentication Failed" Detail="Incorrect authentication credential for user" Protocol="TLS"'

    assert quoted(text) == text


def test_a_key_that_was_pasted_into_a_log_is_noticed_and_nowhere_kept(read_files):
    key = root(at=AT).issue(common_name="x.example.com").key_pem.decode()
    body = "".join(key.splitlines()[1:-1])
    one_line = key.replace("\n", "\\n")
    log = log_of([*ORDINARY, inbound(SELF_SIGNED)]) + key.encode() + log_of([alarm("20006", f"certificate {one_line}")])
    outcome = read_files({"log.txt": log})

    assert outcome.codes("log.txt") == [ProblemCode.PRIVATE_KEY]
    assert outcome.file("log.txt").problems[0].line == 6
    kept = repr(outcome.reading)
    assert not any(body[start : start + 24] in kept for start in range(0, len(body) - 24, 12))


def test_a_certificate_that_was_pasted_into_a_log_is_not_read(read_files):
    outcome = read_files({"log.txt": log_of(ORDINARY) + root(at=AT).pem + log_of([inbound(ALERT)])})

    assert outcome.codes("log.txt") == [ProblemCode.CERTIFICATE_IN_LOG]
    assert not outcome.reading.certificates
    assert outcome.file("log.txt").found["signs"] == 1


# Archives


def test_a_log_above_the_bound_for_structured_files_is_read(read_files):
    log = log_of(ORDINARY) * 2000 + log_of([inbound(SELF_SIGNED)])
    limits = Limits(structured=MIB)
    assert len(log) > limits.structured

    outcome = read_files({"a.zip": zip_of({"log.txt": log}), "log.txt": log}, limits)
    for path in ("a.zip/log.txt", "log.txt"):
        assert outcome.file(path).outcome is Outcome.READ
        assert outcome.file(path).found == {"lines": log.count(b"\n"), "signs": 1}
        assert outcome.file(path).size == len(log)


def test_a_log_in_an_archive_that_breaks_off_keeps_what_came_before(read_files):
    rng = random.Random(1)
    noise = "".join(rng.choice("abcdefghijklmnop") for _ in range(400_000))
    log = (
        log_of([inbound(SELF_SIGNED), *ORDINARY]) + "\n".join(noise[i : i + 80] for i in range(0, 400_000, 80)).encode()
    )
    whole = tar_gz({"loggingsnapshot_expe1_2026-11-01_10_30_00.txt": log}, AT)
    outcome = read_files({"cut.tar.gz": whole[: len(whole) // 2]})

    file = outcome.file("cut.tar.gz/loggingsnapshot_expe1_2026-11-01_10_30_00.txt")
    assert (file.kind, file.outcome, file.found["signs"]) == (Kind.LOG, Outcome.PARTLY, 1)
    assert outcome.codes(file.source.file_path) == [ProblemCode.DAMAGED_ARCHIVE]
    assert outcome.codes("cut.tar.gz") == [ProblemCode.DAMAGED_ARCHIVE]


def test_a_compressed_log_by_itself_is_read(read_files):
    outcome = read_files({"log.gz": gzip.compress(log_of([inbound(SELF_SIGNED)]), mtime=0)})

    assert (outcome.file("log.gz").kind, outcome.file("log.gz").found["signs"]) == (Kind.LOG, 1)


def test_a_log_that_unfolds_too_far_ends_there(read_files):
    log = log_of([inbound(SELF_SIGNED)]) + b"\n" * (40 * MIB)
    outcome = read_files({"bomb.gz": gzip.compress(log, mtime=0)})

    file = outcome.file("bomb.gz")
    assert (file.kind, file.outcome, file.found["signs"]) == (Kind.LOG, Outcome.PARTLY, 1)
    assert outcome.codes("bomb.gz") == [ProblemCode.RATIO]


# Time


@pytest.mark.parametrize(
    "piece",
    [
        b"certificate",
        b"SSL connection ",
        b'Event="Inbound TLS Negotiation Error" ',
        b'Event="Alarm Raised" Detail="',
        b"SSL connection failed for '",
        b"erver certificate verification failed for (a). Action=x Error=",
        b"SNI (a) not in certificate. Action=",
        b"Unable to connect to host 'a' ",
        b'Failed to authenticate user Server="(',
        b'AlternateIPAddresses="(1.1.1.1 ',
        b'a="' + b"b" * 50,
        b"MatchedZone= CN: ",
        b"-----BEGIN ",
        b"2026-11-01T10:30:00 h p: certificate ",
        b'Event="Alarm Raised" Id="20006" Detail="certificate password' + b"=",
    ],
)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_no_content_takes_more_than_its_share_of_time(piece, end):
    """Two bounds in one: 2 MiB of any piece, as one line or as many, in a few seconds of the slowest machine."""
    log = log_of([inbound(SELF_SIGNED)]) + (piece + end) * (MIB // (len(piece) + len(end)))
    started = time.process_time()
    taken(log)
    assert time.process_time() - started < 5


def spoiled() -> Iterator[bytes]:
    rng = random.Random(2026)
    for _ in range(300):
        data = bytearray(BUILT[0].valid())
        for _ in range(rng.randint(1, 30)):
            where = rng.randrange(len(data))
            data[where : where + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 4))
        yield bytes(data[: rng.randint(1, len(data))])


def test_spoiled_logs_are_read_as_far_as_they_go():
    for data in spoiled():
        outcome = taken(data)
        for item in outcome.observations:
            assert item.source.text.isprintable()


@settings(max_examples=200, deadline=None, derandomize=True)
@example(b"2026-11-01T10:30:00Z h p: SSL connection failed for ''")
@example(b'Event="Alarm Raised" Id="20006" UTCTime="9999-99-99 99:99:99"')
@example(b'0001-01-01T00:00:00+14:00 h p: Event="Alarm Raised" Id="20006"')
@example(b"Failed to establish SSL connection remoteAddress=\"['IPv4''TCP'':1']\"")
@given(st.binary(max_size=400))
def test_any_bytes_are_read(data):
    taken(data)
    taken(log_of([inbound(SELF_SIGNED)]) + data)


# What is a log


@pytest.mark.parametrize(
    "head",
    [
        log_of(ORDINARY),
        b"Cisco Expressway\nDiagnostic logging started\n\n" + log_of(ORDINARY),
        log_of(ORDINARY)[120:],
        log_of([proxy_failed()]),
        b"\xef\xbb\xbf" + log_of(ORDINARY),
        log_of(ORDINARY, end="\r\n"),
        log_of(ORDINARY) + b'*c xConfiguration SIP TLS Mode: "On"\n',
        log_of(ORDINARY) + b'<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS">\n',
        log_of(ORDINARY) + b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" + log_of(ORDINARY) * 10,
        b'Nov  1 10:30:00 expe1 tvcs: Event="Call Attempted"\n',
        (b"|SIP/2.0 200 OK\n" * 3000) + log_of(ORDINARY),
    ],
)
def test_logs_are_told_by_the_form_of_their_lines(head):
    assert recognise(head[:HEAD]) is Kind.LOG


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"Look at this line:\n" + log_of([proxy_failed()]) + b"-----BEGIN CERTIFICATE-----\n", Kind.CERTIFICATES),
        (b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" + log_of(ORDINARY), Kind.CERTIFICATES),
        (b'*c xConfiguration A B: "On"\n' * 50 + log_of(ORDINARY), Kind.XCONFIGURATION),
        (b"2026-11-01T10:30:00 www nginx: GET / 200\n" * 50, Kind.TEXT),
        (b"2026-11-01 10:30:00 a note: the log says nothing\n", Kind.TEXT),
        (b"format: expcert-inventory/1\n", Kind.INVENTORY),
    ],
)
def test_what_only_quotes_a_log_is_none(head, kind):
    assert recognise(head[:HEAD]) is kind


def test_nothing_else_in_a_diagnostic_archive_is_taken_for_a_log(plan):
    for node in plan.nodes("expressway-c", "expressway-e"):
        for name, content in diagnostic_members(plan, node).items():
            assert (recognise(content[:HEAD]) is Kind.LOG) == name.startswith("loggingsnapshot")


@pytest.mark.parametrize(
    "piece", [b"2026-11-01T10:30:00 ", b"2026-11-01T10:30:00 h ", b"tvcs:", b"\n-----BEGIN ", b"\n" + b"x" * 200]
)
def test_telling_takes_no_time_in_the_square_of_the_length(piece):
    started = time.process_time()
    recognise((piece * (HEAD // len(piece) + 1))[:HEAD])
    assert time.process_time() - started < 1
