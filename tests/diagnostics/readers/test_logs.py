"""Event, developer and traffic-server logs: every line of the table, and what becomes of it."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from diagnostics.estate.observations import Fact, FactKey, NodeRef, Observation, Origin, Sign, SignCode, Source
from diagnostics.readers.base import Kind, Limits, Outcome, ProblemCode, Taken
from diagnostics.readers.logs import read_log
from diagnostics.samples.archives import tar_gz
from tests.builders.logs import (
    ALERT,
    AT,
    BUILT,
    CALLER,
    CERTIFICATE_CHANGED,
    CLOSED,
    CREDENTIALS,
    EVERY_LINE,
    EXPC,
    EXPE,
    FORBIDDEN,
    IDENTITY,
    ORDINARY,
    SELF_SIGNED,
    alarm,
    carried,
    closed,
    handshake,
    identities,
    inbound,
    log_of,
    outbound,
    proxy_failed,
    proxy_name,
    proxy_untrusted,
    replication,
    ssl_error,
    stamped,
    unreachable,
    user_failed,
    verification_changed,
)

NAME = "log/loggingsnapshot_expe1_2026-11-01_10_30_00.txt"


def taken(log: bytes, path: str = NAME) -> Taken:
    """Without the sign that there is a log, which has a test of its own."""
    upload, _, member = path.partition("/")
    whole = read_log(io.BytesIO(log), Source(upload=upload, member=member or None), Limits())
    return replace(whole, observations=tuple(reported(whole.observations)))


def reported(observations: Iterable[Observation]) -> list[Observation]:
    return [item for item in observations if not (isinstance(item, Sign) and item.code is SignCode.LOG_TAKEN)]


def signs(*bodies: str, **options: float) -> list[Sign]:
    """Of a log of these lines, a second apart unless told otherwise."""
    return [item for item in taken(log_of(bodies, **options)).observations if isinstance(item, Sign)]


def facts(*bodies: str) -> list[Fact]:
    return [item for item in taken(log_of(bodies)).observations if isinstance(item, Fact)]


def said(sign: Sign) -> tuple[SignCode, str | None, int | None, str | None, str]:
    return sign.code, sign.peer, sign.port, sign.name, sign.detail


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (inbound(SELF_SIGNED), (SignCode.TLS_INBOUND_UNTRUSTED, CALLER, 5062, None, SELF_SIGNED)),
        (inbound(IDENTITY), (SignCode.TLS_INBOUND_NAME, CALLER, 5062, None, IDENTITY)),
        (inbound(ALERT), (SignCode.TLS_INBOUND_REJECTED, CALLER, 5062, None, ALERT)),
        (outbound(IDENTITY, name="10.1.1.1"), (SignCode.TLS_OUTBOUND_NAME, EXPE, 7001, "10.1.1.1", IDENTITY)),
        (outbound(SELF_SIGNED), (SignCode.TLS_OUTBOUND_UNTRUSTED, EXPE, 7001, None, SELF_SIGNED)),
        (
            outbound("tlsv1 alert unknown ca"),
            (SignCode.TLS_OUTBOUND_REJECTED, EXPE, 7001, None, "tlsv1 alert unknown ca"),
        ),
        (outbound(CLOSED), (SignCode.TLS_OUTBOUND_CLOSED, EXPE, 7001, None, CLOSED)),
        (inbound(CLOSED), (SignCode.TLS_INBOUND_CLOSED, CALLER, 5062, None, CLOSED)),
        (
            inbound("wrong version number"),
            (SignCode.TLS_INBOUND_OTHER, CALLER, 5062, None, "wrong version number"),
        ),
        (
            CREDENTIALS,
            (SignCode.CREDENTIALS, EXPC, None, None, "Incorrect authentication credential for user"),
        ),
        (proxy_failed(), (SignCode.PROXY_REJECTED, "cucm1.example.com", None, None, "tlsv1 alert unknown ca")),
        (
            proxy_failed(words="certificate verify failed", code="1416F086"),
            (SignCode.PROXY_UNTRUSTED, "cucm1.example.com", None, None, "certificate verify failed"),
        ),
        (
            proxy_untrusted(),
            (
                SignCode.PROXY_UNTRUSTED,
                "cucm1.example.com",
                None,
                "cucm1.example.com",
                "unable to get local issuer certificate (Action=Terminate)",
            ),
        ),
        (
            proxy_name(action="Continue"),
            (SignCode.PROXY_NAME, "cucm1.example.com", None, "cucm1", "SNI not in certificate (Action=Continue)"),
        ),
        (FORBIDDEN, (SignCode.PROXY_FORBIDDEN, None, None, None, "403 Forbidden")),
        (
            unreachable(),
            (
                SignCode.UNREACHABLE,
                "expe1.example.com",
                7400,
                None,
                "Unable to connect to host 'expe1.example.com', port 7400 :(111) Connection refused",
            ),
        ),
        (
            user_failed(),
            (
                SignCode.CREDENTIALS,
                "cucm1.example.com",
                8443,
                None,
                "Failed to authenticate user against server <HTTPError: 401>",
            ),
        ),
        (alarm("20006", "Title: Text"), (SignCode.ALARM, None, None, "20006", "Title: Text")),
        (
            verification_changed(),
            (
                SignCode.TLS_VERIFICATION_CHANGED,
                None,
                None,
                "enforce",
                "tls_verify - changed from: Permissive to: Enforcing",
            ),
        ),
        (CERTIFICATE_CHANGED, (SignCode.CERTIFICATE_CHANGED, None, None, None, "Server certificate uploaded")),
    ],
)
def test_a_line_is_read_as_what_it_means(body, expected):
    (sign,) = signs(*ORDINARY, body, *ORDINARY)

    assert said(sign) == expected
    assert (sign.count, sign.source.line) == (1, len(ORDINARY) + 1)
    assert sign.first == sign.last == "2026-11-01T10:30:04Z"


def test_every_kind_of_line_together_is_told_apart():
    found = signs(*EVERY_LINE, apart=0.01)

    assert [sign.code.value for sign in found] == [
        "tls-inbound-untrusted",
        "tls-inbound-name",
        "tls-inbound-rejected",
        "tls-outbound-name",
        "tls-outbound-closed",
        "credentials",
        "proxy-rejected",
        "proxy-untrusted",
        "proxy-name",
        "proxy-forbidden",
        "unreachable",
        "credentials",
        "alarm",
        "tls-verification-changed",
        "certificate-changed",
    ]
    assert all(sign.count == 1 for sign in found)


def test_ordinary_lines_say_nothing():
    outcome = taken(
        log_of([*ORDINARY, *carried("expc1.example.com", "expc.example.com"), handshake("Handshake succeeded")])
    )

    assert outcome.observations == ()
    assert outcome.problems == ()
    assert outcome.found == {"lines": len(ORDINARY) + 3, "signs": 0}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("self-signed certificate in certificate chain", SignCode.TLS_INBOUND_UNTRUSTED),
        ("self signed certificate", SignCode.TLS_INBOUND_UNTRUSTED),
        ("unable to get local issuer certificate", SignCode.TLS_INBOUND_UNTRUSTED),
        ("certificate has expired", SignCode.TLS_INBOUND_UNTRUSTED),
        ("certificate is not yet valid", SignCode.TLS_INBOUND_UNTRUSTED),
        ("unsupported certificate purpose", SignCode.TLS_INBOUND_UNTRUSTED),
        ("unable to get certificate CRL", SignCode.TLS_INBOUND_UNTRUSTED),
        ("hostname mismatch", SignCode.TLS_INBOUND_NAME),
        ("tlsv1 alert unknown ca", SignCode.TLS_INBOUND_REJECTED),
        ("sslv3 alert bad certificate", SignCode.TLS_INBOUND_REJECTED),
        ("ssl/tls alert bad certificate", SignCode.TLS_INBOUND_REJECTED),
        ("sslv3 alert certificate expired", SignCode.TLS_INBOUND_REJECTED),
        ("sslv3 alert handshake failure", SignCode.TLS_INBOUND_OTHER),
        ("tlsv1 alert protocol version", SignCode.TLS_INBOUND_OTHER),
        ("no shared cipher", SignCode.TLS_INBOUND_OTHER),
        ("peer did not return a certificate", SignCode.TLS_INBOUND_OTHER),
    ],
)
def test_openssl_texts_decide_whose_list_is_at_fault(words, code):
    (sign,) = signs(inbound(words))

    assert sign.code is code


@pytest.mark.parametrize("blank", [" ", "\N{NO-BREAK SPACE}", ""])
def test_blanks_that_a_web_page_put_inside_the_quotes_are_trimmed(blank):
    marked = re.sub('="([^"]*)"', rf'="{blank}\1{blank}"', inbound(IDENTITY))

    (sign,) = signs(marked)
    assert said(sign) == (SignCode.TLS_INBOUND_NAME, CALLER, 5062, None, IDENTITY)


def test_the_same_failure_is_one_sign_with_its_count_and_its_first_and_last_time():
    bodies = [inbound(SELF_SIGNED, source=40000 + number) for number in range(412)]

    (sign,) = signs(*bodies, apart=60)
    assert (sign.count, sign.first, sign.last) == (412, "2026-11-01T10:30:00Z", "2026-11-01T17:21:00Z")
    assert sign.source.line == 1
    assert 'Src-port="40000"' in sign.source.text


def test_peers_ports_names_and_words_keep_signs_apart():
    found = signs(
        inbound(SELF_SIGNED),
        inbound(SELF_SIGNED, peer="203.0.113.46"),
        inbound(SELF_SIGNED, port=5061),
        inbound("certificate has expired"),
        outbound(IDENTITY, name="a.example.com"),
        outbound(IDENTITY, name="b.example.com"),
    )
    assert [sign.count for sign in found] == [1] * 6


def test_times_are_utc_whatever_the_zone_of_the_node():
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    of_keys, of_proxy = stamped(inbound(SELF_SIGNED), AT), stamped(proxy_failed(), tokyo)
    assert "+09:00" in of_proxy

    found = taken(f"{of_keys}\n{of_proxy}\n".encode()).observations
    assert [item.first for item in found if isinstance(item, Sign)] == ["2026-11-01T10:30:00Z"] * 2


@pytest.mark.parametrize("stamp", ["2026-11-01T10:30:00", "Nov  1 10:30:00", "2026-99-99T10:30:00+00:00"])
def test_a_time_that_tells_no_moment_is_none(stamp):
    outcome = taken(f"{stamp} expe1 {proxy_failed()}\n".encode())

    (sign,) = outcome.observations
    assert isinstance(sign, Sign)
    assert (sign.code, sign.first, sign.last) == (SignCode.PROXY_REJECTED, None, None)
    assert sign.node.name == "expe1"


# Developer lines beside events


def test_names_and_the_ssl_error_go_to_the_event_with_the_same_address_and_second():
    (sign,) = signs(
        *carried("sip.partner.example.org", "sip.partner.example.org", "partner.example.org"),
        inbound(ALERT),
        handshake("Handshake Failed"),
        ssl_error(f"error:14094416:SSL routines:ssl3_read_bytes: {ALERT}"),
        closed(ALERT),
        apart=0.01,
    )
    assert sign.count == 1
    assert sign.presented == ("sip.partner.example.org", "partner.example.org")


def test_names_of_a_handshake_that_succeeded_are_nobodys():
    found = signs(*carried("expc1.example.com"), handshake("Handshake succeeded"), inbound(ALERT), apart=0.01)
    assert [sign.presented for sign in found] == [()]


def test_names_that_came_long_before_are_not_taken():
    found = signs(*carried("expc1.example.com"), inbound(ALERT), apart=5)

    assert [sign.presented for sign in found] == [()]


def test_of_two_handshakes_at_once_the_thread_tells_whose_names_they_are():
    found = signs(
        *carried("one.example.org", thread="0x1"),
        *carried("two.example.org", thread="0x2"),
        inbound(ALERT, peer="203.0.113.1"),
        ssl_error(ALERT, peer="203.0.113.1:59720", thread="0x2"),
        inbound(ALERT, peer="203.0.113.2"),
        ssl_error(ALERT, peer="203.0.113.2:59720", thread="0x1"),
        apart=0.01,
    )
    assert [(sign.peer, sign.presented) for sign in found] == [
        ("203.0.113.1", ("two.example.org",)),
        ("203.0.113.2", ("one.example.org",)),
    ]


def test_identities_that_a_zone_was_looked_for_by_are_names_of_the_certificate():
    (sign,) = signs(identities("sip.partner.example.org", "partner.example.org"), inbound(IDENTITY), apart=0.01)

    assert sign.presented == ("sip.partner.example.org", "partner.example.org")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            ssl_error("error:14089086:SSL routines:ssl3_get_client_certificate:certificate verify failed"),
            (SignCode.TLS_INBOUND_UNTRUSTED, CALLER, 5062, None, "certificate verify failed"),
        ),
        (
            ssl_error(
                "error:0A000418:SSL routines::tlsv1 alert unknown ca",
                served=False,
                here=f"{EXPC}:25697",
                peer=f"{EXPE}:7001",
            ),
            (SignCode.TLS_OUTBOUND_REJECTED, EXPE, 7001, None, "tlsv1 alert unknown ca"),
        ),
        (
            ssl_error(None, served=False, here=f"{EXPC}:25697", peer="[2001:db8::21]:7001"),
            (SignCode.TLS_OUTBOUND_CLOSED, "2001:db8::21", 7001, None, "No SSL error available"),
        ),
    ],
)
def test_the_ssl_modules_error_counts_by_itself_where_no_event_is_in_the_log(body, expected):
    (sign,) = signs(body)

    assert said(sign) == expected


def test_a_closed_connection_counts_by_itself_where_its_direction_is_known():
    (_, sign) = signs(inbound(ALERT, peer="203.0.113.9"), closed(SELF_SIGNED))

    assert said(sign) == (SignCode.TLS_INBOUND_UNTRUSTED, CALLER, 5062, None, SELF_SIGNED)


def test_a_closed_connection_of_which_nothing_tells_the_direction_is_counted_as_such():
    outcome = taken(log_of([closed(SELF_SIGNED)]))

    assert outcome.observations == ()
    assert outcome.found == {"lines": 1, "signs": 0, "undecided": 1}


def test_connections_that_end_as_connections_do_are_no_sign():
    assert signs(closed("Got EOF on socket"), closed("")) == []


# Facts


def test_the_newest_change_of_the_clusters_verification_mode_is_a_fact():
    found = facts(
        verification_changed("Permissive", "Enforcing"),
        verification_changed("Enforcing", "Permissive", node="expe1.example.com"),
    )
    assert [(fact.key, fact.value, fact.origin) for fact in found] == [
        (FactKey.TLS_VERIFICATION, "permissive", Origin.LOG)
    ]
    assert found[0].source.line == 2


def test_a_change_of_another_setting_says_nothing():
    line = verification_changed().replace("cluster/tls_verify", "sip/tls_port")

    assert signs(line) == facts(line) == []


def test_the_peer_list_tells_the_nodes_own_address():
    found = facts(replication(("192.0.2.11", "expe2"), ("192.0.2.12", "expe1"), own=1))

    assert [(fact.key, fact.value) for fact in found] == [(FactKey.ADDRESS, "192.0.2.12")]


def test_full_names_in_the_peer_list_are_peers_of_the_cluster():
    found = facts(replication(("192.0.2.11", "expe1.example.com"), ("192.0.2.12", "expe2.example.com")))

    assert [(fact.key, fact.value) for fact in found] == [
        (FactKey.ADDRESS, "192.0.2.11"),
        (FactKey.CLUSTER_PEER, "expe1.example.com"),
        (FactKey.CLUSTER_PEER, "expe2.example.com"),
    ]


@pytest.mark.parametrize("own", [2, 7])
def test_a_peer_list_that_does_not_say_which_peer_this_is_says_nothing(own):
    assert facts(replication(("192.0.2.11", "expe1"), ("192.0.2.12", "expe2"), own=own)) == []


def test_a_peer_list_in_which_the_host_is_another_says_nothing():
    assert facts(replication(("192.0.2.11", "expe7"), ("192.0.2.12", "expe2"))) == []


# Whose log it is


def test_the_name_of_the_archives_member_tells_the_node(read_files):
    log = log_of([inbound(SELF_SIGNED)], host="localhost")
    outcome = read_files({"one.tar.gz": tar_gz({"loggingsnapshot_expe1_2026-11-01_10_30_00.txt": log}, AT)})

    (sign,) = (item for item in reported(outcome.reading.observations) if isinstance(item, Sign))
    assert sign.node == NodeRef(name="expe1", container="one.tar.gz")
    assert outcome.file("one.tar.gz/loggingsnapshot_expe1_2026-11-01_10_30_00.txt").kind is Kind.LOG


def test_without_such_a_name_the_host_column_does():
    (sign,) = taken(log_of([inbound(SELF_SIGNED)], host="expe3"), "mail/log excerpt.txt").observations

    assert isinstance(sign, Sign)
    assert sign.node == NodeRef(name="expe3", container="mail")


def test_lines_of_several_nodes_in_one_text_go_to_each():
    log = log_of([inbound(SELF_SIGNED)], host="expe1") + log_of([inbound(SELF_SIGNED)] * 2, host="expe2")

    for path in ("both.txt", NAME.replace("expe1", "expe2")):
        found = [item for item in taken(log, path).observations if isinstance(item, Sign)]
        assert [(sign.node.name, sign.count) for sign in found] == [("expe1", 1), ("expe2", 2)]


def test_a_log_without_a_host_anywhere_says_which_node_is_missing():
    outcome = taken(f"[ET_NET 1] {proxy_failed()}\n".encode(), "traffic.log")

    assert outcome.observations == ()
    assert [problem.code for problem in outcome.problems] == [ProblemCode.WHICH_NODE]


def test_a_record_that_lost_its_head_is_of_the_host_before_it():
    log = log_of([*ORDINARY], host="expe3") + inbound(SELF_SIGNED).encode() + b"\n"

    (sign,) = taken(log, "cut.txt").observations
    assert isinstance(sign, Sign)
    assert sign.node.name == "expe3"


# Forms of the file


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_either_end_of_line_is_taken_and_a_last_line_without_one_too(end):
    log = log_of([*ORDINARY, inbound(SELF_SIGNED), inbound(ALERT)], end=end).rstrip()
    outcome = taken(log)

    assert [item.source.line for item in outcome.observations] == [5, 6]
    assert outcome.found["lines"] == 6
    assert not any("\r" in item.source.text for item in outcome.observations)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_are_seen_through(read_files, codec):
    log = log_of([inbound(SELF_SIGNED), *ORDINARY, inbound(ALERT)]).decode().encode(codec)
    outcome = read_files({"log.txt": log})

    assert outcome.file("log.txt").kind is Kind.LOG
    assert [item.code.value for item in reported(outcome.reading.observations) if isinstance(item, Sign)] == [
        "tls-inbound-untrusted",
        "tls-inbound-rejected",
    ]


def test_bytes_that_are_no_utf_8_are_shown_as_such():
    log = log_of([inbound(SELF_SIGNED)]).replace(b'Protocol="TLS"', b'Protocol="\xff\xfe\x00"')

    (sign,) = taken(log).observations
    assert "\N{REPLACEMENT CHARACTER}" in sign.source.text
    assert sign.source.text.isprintable()


def test_a_table_that_was_saved_as_csv_is_read_too(read_files):
    lines = log_of([*ORDINARY, inbound(SELF_SIGNED), proxy_failed()]).decode().splitlines()
    table = "\r\n".join('"' + line.replace('"', '""') + '"' for line in lines).encode()
    outcome = read_files({"events.csv": table})

    assert outcome.file("events.csv").kind is Kind.LOG
    found = [item for item in reported(outcome.reading.observations) if isinstance(item, Sign)]
    assert [(item.code.value, item.node.name, item.first) for item in found] == [
        ("tls-inbound-untrusted", "expe1", "2026-11-01T10:30:04Z"),
        ("proxy-rejected", "expe1", "2026-11-01T10:30:05Z"),
    ]


def test_records_that_were_pasted_onto_one_line_are_all_read():
    line = log_of([inbound(SELF_SIGNED), inbound(ALERT), outbound(IDENTITY)]).replace(b"\n", b" ")

    assert [item.code.value for item in taken(line).observations if isinstance(item, Sign)] == [
        "tls-inbound-untrusted",
        "tls-inbound-rejected",
        "tls-outbound-name",
    ]


def test_a_builders_log_is_read_whole_and_its_malformed_twin_says_what_is_in_it(read_files):
    (built,) = BUILT
    outcome = read_files({"valid": built.valid(), "malformed": built.malformed()})

    valid, malformed = outcome.file("valid"), outcome.file("malformed")
    assert (valid.kind, valid.outcome, valid.problems) == (Kind.LOG, Outcome.READ, ())
    assert (malformed.kind, outcome.codes("malformed")) == (Kind.LOG, [ProblemCode.CERTIFICATE_IN_LOG])
    assert valid.found["signs"] == malformed.found["signs"] == 15


# That there is a log


def test_a_log_in_which_all_is_well_says_that_it_is_there_and_of_which_time():
    log = log_of([*ORDINARY] * 3, at=AT, apart=10)
    outcome = read_log(io.BytesIO(log), Source(upload="loggingsnapshot_expe1_2026-11-01_10_30_00.txt"), Limits())

    (sign,) = outcome.observations
    assert isinstance(sign, Sign)
    assert (sign.code, sign.node, sign.count) == (SignCode.LOG_TAKEN, NodeRef(name="expe1", container=""), 12)
    assert (sign.first, sign.last) == ("2026-11-01T10:30:00Z", "2026-11-01T10:31:50Z")
    assert outcome.found["signs"] == 0


def test_a_log_of_several_days_and_blocks_says_its_first_and_last_time():
    days = [log_of([*ORDINARY] * 1500, at=AT + timedelta(days=number)) for number in range(3)]
    whole = read_log(io.BytesIO(b"".join(days)), Source(upload="x"), Limits())

    (sign,) = whole.observations
    assert isinstance(sign, Sign)
    assert (sign.first, sign.last) == ("2026-11-01T10:30:00Z", "2026-11-03T12:09:59Z")
