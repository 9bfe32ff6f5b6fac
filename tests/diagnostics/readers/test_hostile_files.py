"""Single files that are broken or made to do harm: a clear problem for each, in bounded memory."""

import base64
import errno
import io
import json
import os
import random
from pathlib import Path

import pytest

from diagnostics.readers import SourceFile, read
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.artefacts import as_artefacts
from tests.builders.logs import ORDINARY, SELF_SIGNED, inbound, log_of

MIB = 1024 * 1024
BOUND = 300  # MiB of resident memory, see test_hostile_archives
STRUCTURED = 16 * MIB


@pytest.fixture
def measured(tmp_path, read_in_child, good):
    """Reads the file and a sound one after it; the sound one must have been read."""

    def read(content: bytes, name: str = "bad"):
        (tmp_path / name).write_bytes(content)
        (tmp_path / "next.pem").write_bytes(good)
        found = read_in_child(tmp_path / name, tmp_path / "next.pem")
        assert found.files["next.pem"]["outcome"] == "read"
        assert found.mib < BOUND
        return found

    return read


def test_an_empty_file_is_said_to_be_empty(read_files):
    outcome = read_files({"empty.pem": b"", "blank.pem": b"\r\n \n"})
    assert outcome.codes("empty.pem") == outcome.codes("blank.pem") == [ProblemCode.EMPTY]
    assert outcome.file("empty.pem").kind is Kind.EMPTY
    assert outcome.reading.observations == ()


def test_a_file_that_is_not_there_is_told_and_the_next_one_read(tmp_path, good):
    (tmp_path / "next").write_bytes(good)
    sources = [SourceFile(name=name, path=tmp_path / name) for name in ("gone", "next")]
    gone, following = read(sources).files
    assert [problem.code for problem in gone.problems] == [ProblemCode.DAMAGED_MEMBER]
    assert gone.problems[0].params == {"detail": "No such file or directory"}  # and not where we looked for it
    assert following.outcome is Outcome.READ


class OnBadDisk(type(Path())):  # type: ignore[misc]
    """A file of which only the first 64 KiB can be read."""

    def open(self, *args, **kwargs):
        return BadDisk(Path(self).read_bytes()[: 64 * 1024])


class BadDisk(io.BytesIO):
    def read(self, size=-1):
        data = super().read(size)
        if data or size == 0:
            return data
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize(
    ("content", "kind", "outcome", "found"),
    [
        (log_of([inbound(SELF_SIGNED)]) + log_of(ORDINARY) * 500, Kind.LOG, Outcome.PARTLY, 1),
        (b"-----BEGIN CERTIFICATE-----\n" + b"A" * 100_000, Kind.UNKNOWN, Outcome.NOT_READ, None),
    ],
    ids=["a log", "a file that is read whole"],
)
def test_a_disk_that_fails_while_a_file_is_read_is_that_files_fault_and_not_ours(
    tmp_path, good, content, kind, outcome, found
):
    (tmp_path / "bad").write_bytes(content)
    (tmp_path / "next").write_bytes(good)
    bad, following = read(
        [SourceFile(name="bad", path=OnBadDisk(tmp_path / "bad")), SourceFile(name="next", path=tmp_path / "next")]
    ).files
    assert (bad.kind, bad.outcome, bad.found.get("signs")) == (kind, outcome, found)
    assert [(item.code, item.params) for item in bad.problems] == [
        (ProblemCode.DAMAGED_MEMBER, {"detail": "Input/output error"})
    ]
    assert following.outcome is Outcome.READ


def test_what_is_let_through_ends_the_reading_of_a_log_too(tmp_path):
    (tmp_path / "bad").write_bytes(log_of(ORDINARY) * 500)
    with pytest.raises(OSError, match="Input/output"):
        read([SourceFile(name="bad", path=OnBadDisk(tmp_path / "bad"))], let_through=(OSError,))


@pytest.mark.parametrize("size", [1, 5, 511, 512, 5000, 200_000])
@pytest.mark.parametrize("start", [b"", b"\x30\x82", b"PK\x03\x04", b"\x1f\x8b\x08", b"-----BEGIN CERTIFICATE-----\n"])
def test_random_bytes_are_never_more_than_a_problem(read_files, good, start, size):
    files = {f"{seed}": start + random.Random(seed * size).randbytes(size) for seed in range(20)}
    outcome = read_files({**files, "next.pem": good})
    for name in files:
        file = outcome.file(name)
        assert file.outcome is not Outcome.READ
        assert file.problems
        assert ProblemCode.INTERNAL not in outcome.codes(name)
    assert len(outcome.reading.certificates) == 1


@pytest.mark.parametrize("position", range(0, 100, 7))
def test_a_sound_file_with_one_byte_changed_is_never_our_own_failure(read_files, plan, position):
    generator = random.Random(position)
    files = {}
    for name, content in as_artefacts(plan).items():
        changed = bytearray(content)
        changed[len(content) * position // 100] = generator.randrange(256)
        files[name] = bytes(changed)
    outcome = read_files(files)
    codes = {problem.code for item in outcome.reading.files for problem in item.problems}
    assert ProblemCode.INTERNAL not in codes
    assert {item.source.upload for item in outcome.reading.files} == set(files)


def test_a_hundred_megabytes_of_text_are_not_held(measured):
    found = measured(b"nothing of interest on this line\n" * (100 * MIB // 33))
    assert found.codes("bad") == ["too-large"]


def test_a_hundred_megabytes_of_pem_are_refused(measured):
    found = measured(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" * (100 * MIB // 59))
    assert (found.files["bad"]["outcome"], found.codes("bad")) == ("refused", ["too-large"])


@pytest.mark.parametrize("label", ["CERTIFICATE", "PRIVATE KEY", "X509 CRL", "PKCS7"])
def test_half_a_million_begin_lines_are_read_in_one_pass(measured, label):
    line = f"-----BEGIN {label}-----\n".encode()
    found = measured(line * (500_000 if len(line) * 500_000 < STRUCTURED else STRUCTURED // len(line)))
    assert len(found.codes("bad")) == 101
    assert found.codes("bad")[-1] == "further"
    assert found.seconds < 30


def test_of_twenty_thousand_certificates_the_first_five_thousand_are_read(measured, authority):
    # Serial numbers make them different; the signature is not looked at when they are read.
    base = bytearray(authority.issue(common_name="n.example.com", serial=0x7000_0000_0000_0000_0000).der)
    at = bytes(base).index(bytes.fromhex("70000000000000000000"))
    content = b"".join(_armoured(base, at, number) for number in range(20_000))
    assert len(content) < STRUCTURED
    found = measured(content)
    assert found.certificates == 5_001
    assert found.files["bad"]["outcome"] == "partly"
    assert found.files["bad"]["found"]["certificates"] == 5_000
    (problem,) = found.files["bad"]["problems"]
    assert problem["params"] == {"reason": "too-many", "detail": "5000"}


def _armoured(der, at, number):
    der[at + 1 : at + 5] = number.to_bytes(4, "big")
    return b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(der) + b"\n-----END CERTIFICATE-----\n"


XCONF = b'*c xConfiguration IP DNS Hostname: "a"\n'


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (XCONF + b"*c xConfiguration Alternates Peer 1 Address: a\n" * 200_000, "partly"),
        (XCONF + b"*c xConfiguration a: b" * 300_000, "read"),
        (XCONF + b"*c xConfiguration Zones Zone 1 Name:" + b" " * (15 * MIB) + b'"', "read"),
        (XCONF + b'*c xConfiguration Zones Zone 1 Name: "' + b'" ' * (7 * MIB) + b"x", "read"),
        (XCONF + b"*c xConfiguration Zones Zone 1 Name: " + b"<-" * (7 * MIB), "read"),
        (XCONF + b"*c xConfiguration " + b"a " * (7 * MIB), "read"),
        (XCONF + b"".join(b"*c xConfiguration Zones Zone %d Name: b\n" % n for n in range(120_000)), "read"),
        (XCONF + b"-----BEGIN PRIVATE KEY-----\n" * 500_000, "partly"),
    ],
    ids=["facts", "one line", "blanks", "quotes", "remarks", "path", "zones", "keys"],
)
def test_dumps_made_to_cost_time_or_memory(measured, content, outcome):
    assert len(content) <= STRUCTURED
    found = measured(content)
    assert found.files["bad"]["kind"] == "xconfiguration"
    assert found.files["bad"]["outcome"] == outcome
    assert found.seconds < 30


XML = b'<Status product="TANDBERG VCS">'


@pytest.mark.parametrize(
    "content",
    [
        XML + b"<a/>" * (3 * MIB),
        XML + b"<a>" * (5 * MIB),
        XML + b"<a " + b" ".join(b'a%d=""' % n for n in range(1_200_000)) + b"/>",
        XML + b"<SystemUnit><Software><Version>" + b"x\n" * (7 * MIB),
        XML + b"<!-- " + b"-" * (15 * MIB),
    ],
    ids=["elements", "depth", "attributes", "text", "comment"],
)
def test_status_files_made_to_cost_memory(measured, content):
    found = measured(content, "xstat_dump_expc1_2026-11-01.xml")
    assert found.codes("xstat_dump_expc1_2026-11-01.xml") == ["malformed"]
    assert found.seconds < 30


YAML = b"format: expcert-inventory/1\n"
JSON = b'{"format": "expcert-inventory/1",\n\t"clusters": '


@pytest.mark.parametrize(
    "content",
    [
        YAML + b"a: [" + b"x," * (7 * MIB) + b"]",
        YAML + b"- " * (7 * MIB),
        YAML + b"a:\n" + b"".join(b" k%d: v\n" % n for n in range(1_000_000)),
        YAML + b"a: " + b"[" * (15 * MIB),
        YAML + b"a: " + b"&a [" * (3 * MIB),
        YAML + b"a: '" + b"x" * (15 * MIB),
        JSON + b"[" + b"1," * (7 * MIB) + b"1]}",
        JSON + b"[" * (15 * MIB),
        JSON + b'"' + b"x" * (15 * MIB) + b'"}',
    ],
    ids=["list", "dashes", "keys", "brackets", "anchors", "text", "JSON list", "JSON depth", "JSON text"],
)
def test_inventories_made_to_cost_time_or_memory(measured, content):
    found = measured(content)
    assert found.files["bad"]["kind"] == "inventory"
    assert found.files["bad"]["outcome"] in ("not-read", "partly")
    assert set(found.codes("bad")) <= {"malformed", "wrong-type"}
    assert found.seconds < 30


@pytest.mark.parametrize(
    "content",
    [
        b'{"server": "a", "identities": [' + b"[]," * (5 * MIB) + b"[]]}",
        b'{"server": "a", "trusts": [{"service": "tomcat", "certificate_data": [' + b"{}," * (5 * MIB) + b"{}]}]}",
        b'{"server": "a", "identities": [' + b"[" * (15 * MIB),
    ],
    ids=["lists", "entries", "depth"],
)
def test_snapshots_made_to_cost_time_or_memory(measured, content):
    found = measured(content)
    assert found.codes("bad") == ["malformed"]
    assert found.seconds < 30


def test_a_snapshot_of_more_certificates_than_the_limit_stays_in_bounds(measured, good):
    entry = {"filename": "x.pem", "certificate": good.decode()}
    trust = {"service": "tomcat-trust", "certificate_data": [entry] * 9_000}
    found = measured(json.dumps({"server": "a", "trusts": [trust]}).encode())
    assert found.files["bad"]["outcome"] == "partly"
    assert found.files["bad"]["found"] == {"certificates": 5_000}
