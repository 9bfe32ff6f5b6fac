"""What a file is, by its content alone."""

import time

import pytest

from diagnostics.readers.base import Kind
from diagnostics.readers.recognise import HEAD, recognise
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import diagnostic_members, ucm_snapshot
from diagnostics.samples.inventory import as_inventory

CONFIGURATION = '<Configuration xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS" version="X14.3.2">'


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", Kind.EMPTY),
        (b" \r\n\0\t", Kind.EMPTY),
        (b"\0" * HEAD, Kind.UNKNOWN),
        (b"PK\x03\x04rest", Kind.ZIP),
        (b"PK\x05\x06" + bytes(18), Kind.ZIP),
        (b"\x1f\x8b\x08rest", Kind.GZIP),
        (b"7z\xbc\xaf\x27\x1crest", Kind.OTHER_ARCHIVE),
        (b"Rar!\x1a\x07rest", Kind.OTHER_ARCHIVE),
        (b"\xfe\xed\xfe\xed\0\0\0\2", Kind.KEYSTORE),
        (b"\xd4\xc3\xb2\xa1\2\0\4\0", Kind.CAPTURE),
        (b"\x0a\x0d\x0d\x0a", Kind.CAPTURE),
        (b"%PDF-1.7", Kind.DOCUMENT),
        (b"\x89PNG\r\n\x1a\n", Kind.DOCUMENT),
        (b'*c xConfiguration SIP TLS Mode: "On"\n', Kind.XCONFIGURATION),
        (b'login banner\n\nOK\n*C XCONFIGURATION SIP TLS Mode: "On"\n', Kind.XCONFIGURATION),
        (CONFIGURATION.encode(), Kind.CONFIGURATION_XML),
        (b'*s SystemUnit: /\n  Build: "oak_v8.11.3_rc_3"\n*s/end\nOK\n', Kind.XSTATUS_TEXT),
        (b"format: expcert-inventory/1\n", Kind.INVENTORY),
        (b'{"server": "cucm1", "trusts": []}', Kind.UCM_SNAPSHOT),
        (b"# comment\n-----BEGIN CERTIFICATE-----\n", Kind.CERTIFICATES),
        (b"\x30\x82\x01\x00", Kind.CERTIFICATES),
        (b"MIIB" + b"A" * 200, Kind.CERTIFICATES),
        (b'2026-11-01T10:29:10 expc1 tvcs: Event="Call Attempted" UTCTime="..."\n', Kind.LOG),
        (b"expc1 traffic_server[2030]: [ET_NET 1] ERROR: SSL connection failed", Kind.LOG),
        (b"just a note about certificates\n", Kind.TEXT),
        (b"note\0with binary", Kind.UNKNOWN),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head, kind):
    assert recognise(head) is kind


def test_every_file_of_a_diagnostic_archive_and_a_snapshot_is_recognised(plan):
    members = diagnostic_members(plan, plan.node("expc1.example.com"))
    kinds = {name.rpartition("_expc1")[0]: recognise(content[:HEAD]) for name, content in members.items()}
    assert kinds == {
        "loggingsnapshot": Kind.LOG,
        "xconf_dump": Kind.XCONFIGURATION,
        "xstat_dump": Kind.XSTATUS_XML,
        "ca": Kind.CERTIFICATES,
        "server": Kind.CERTIFICATES,
    }
    assert recognise(ucm_snapshot(plan.node("cucm1.example.com"))[:HEAD]) is Kind.UCM_SNAPSHOT
    assert recognise(as_inventory(plan)["inventory.yaml"]) is Kind.INVENTORY
    assert recognise(zip_of(members)[:HEAD]) is Kind.ZIP
    assert recognise(tar_gz(members, plan.at)[:HEAD]) is Kind.GZIP


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_saved_as_utf_16_is_seen_through(codec):
    assert recognise('*c xConfiguration SIP TLS Mode: "On"\n'.encode(codec)) is Kind.XCONFIGURATION
    assert recognise("format: expcert-inventory/1\n".encode(codec)) is Kind.INVENTORY


def test_the_name_plays_no_part(read_files, good):
    outcome = read_files({"archive.zip": good, "server.der": good, "noextension": good})
    assert {item.kind for item in outcome.reading.files} == {Kind.CERTIFICATES}


def test_a_bullet_that_begins_with_s_does_not_make_a_certificate_file_a_status(read_files, good):
    outcome = read_files({"bundle.pem": b"*starfield root, *some other\n" + good})
    assert outcome.file("bundle.pem").kind is Kind.CERTIFICATES
    assert len(outcome.reading.certificates) == 1


@pytest.mark.parametrize(
    "head",
    [
        b"\n" * (HEAD - 1) + b"x",
        b" " * (HEAD - 1) + b"x",
        b"<Status " * (HEAD // 8),
        b"<Configuration " * (HEAD // 15),
        b"tvcs:" * (HEAD // 5),
        b"XCP_" * (HEAD // 4),
        b'"trusts"' * (HEAD // 8),
        b"*s" * (HEAD // 2),
        b"-" * HEAD,
        b"MI" * (HEAD // 2),
    ],
    ids=["newlines", "blanks", "status", "configuration", "log", "process", "trusts", "marks", "dashes", "base64"],
)
def test_no_head_takes_time_in_the_square_of_its_length(head):
    started = time.process_time()
    recognise(head)
    assert time.process_time() - started < 1
