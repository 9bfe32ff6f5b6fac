"""A private key that somebody hands over by mistake: noticed, said, and kept nowhere."""

import base64
import logging

import pytest
from cryptography.hazmat.primitives import serialization
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.authority import Issued, root
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import as_inventory
from expcert.intake import services
from expcert.intake.models import Upload
from expcert.logs import LineFormatter, ScrubFilter
from expcert.work import Pulse, State

pytestmark = [pytest.mark.reads_in_child, pytest.mark.usefixtures("empty_spool")]


@pytest.fixture
def pair(at) -> Issued:
    return root("Example Root CA", at=at).issue(common_name="expe1.example.com", dns=["expe1.example.com"])


def old_form(pair: Issued) -> bytes:
    """As `openssl ec` writes it: BEGIN EC PRIVATE KEY."""
    return pair.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def encrypted(pair: Issued) -> bytes:
    return pair.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


SHAPES = {
    "alone": lambda pair, at: {"server.key": pair.key_pem},
    "old form": lambda pair, at: {"server.key": old_form(pair)},
    "encrypted": lambda pair, at: {"server.key": encrypted(pair)},
    "after the certificate": lambda pair, at: {"server.pem": pair.pem + pair.key_pem},
    "before the certificate": lambda pair, at: {"server.pem": pair.key_pem + pair.pem},
    "cut off": lambda pair, at: {"server.pem": pair.pem + pair.key_pem[:-60]},
    "with CR LF": lambda pair, at: {"server.pem": (pair.pem + pair.key_pem).replace(b"\n", b"\r\n")},
    "in a zip": lambda pair, at: {"all.zip": zip_of({"keys/server.key": pair.key_pem, "server.pem": pair.pem})},
    "in a tar in a zip": lambda pair, at: {"all.zip": zip_of({"in.tar.gz": tar_gz({"k.pem": pair.key_pem}, at)})},
    "named by an inventory": lambda pair, at: inventory_with_key(pair, at),
    "in an inventory": lambda pair, at: {"inventory.yaml": inventory_holding(pair.key_pem)},
    "in a note": lambda pair, at: {"note.txt": b"Dear support, here it is:\n" + pair.key_pem + b"\nThanks\n"},
    "in a log": lambda pair, at: {"loggingsnapshot_expe1_2026.txt": b"2026-11-01T10:30:00 expe1 tvcs: " + pair.key_pem},
}


def inventory_with_key(pair: Issued, at) -> dict[str, bytes]:
    plan = healthy(at=at)
    node = plan.node("expe1.example.com")
    node.identity["server"] = node.issued("server").pem + pair.key_pem
    return as_inventory(plan)


def inventory_holding(key: bytes) -> bytes:
    body = "\n".join(f"  {line}" for line in key.decode().splitlines())
    return f"format: expcert-inventory/1\ndeployment: |\n{body}\nclusters: []\n".encode()


def traces_of(content: bytes) -> list[str]:
    """What of a key must be found nowhere: each whole line of its body, and the body as bytes in hex."""
    lines = [line for line in content.decode().splitlines() if line and "-----" not in line]
    assert len(lines) >= 2
    whole = base64.b64decode("".join(lines))
    return [*(line for line in lines if len(line) >= 30), whole[20:60].hex()]


def everything_stored() -> str:
    """Every table as text, bytes in hex."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                parts += [bytes(item).hex() if isinstance(item, bytes | memoryview) else str(item) for item in row]
    return "\n".join(parts)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_trace_of_a_key_is_stored_logged_or_shown(shape, pair, at, desk, client_of, caplog, empty_spool):
    caplog.set_level(logging.DEBUG)
    key_forms = [pair.key_pem, old_form(pair)]
    files = SHAPES[shape](pair, at)
    key_forms += [encrypted(pair)] if shape == "encrypted" else []

    diagnosis = desk.diagnosis_of(files)

    client = client_of(desk.user)
    shown = "".join(
        client.get(reverse(f"triage:{name}", args=[diagnosis.pk])).content.decode()
        for name in ("diagnosis", "files", "zones", "json")
    )
    stored = everything_stored()
    assert next(iter(files)) in stored
    for trace in [trace for form in key_forms for trace in traces_of(form)]:
        assert trace not in stored
        assert trace not in caplog.text
        assert trace not in shown
    assert list(empty_spool.iterdir()) == []


@pytest.mark.parametrize("shape", ["alone", "old form", "encrypted", "after the certificate", "in a zip", "cut off"])
def test_the_key_is_told_to_whoever_handed_it_over(shape, pair, at, desk):
    diagnosis = desk.diagnosis_of(SHAPES[shape](pair, at))

    told = {problem["code"] for file in diagnosis.document["files"] for problem in file["problems"]}
    assert "private-key" in told


def test_a_failure_while_a_key_is_being_read_leaves_no_trace_of_it_in_the_log(pair, desk, caplog, monkeypatch):
    """The worst case: a reader fails with the bytes of the file in its message."""

    def failing(*args: object, **kwargs: object) -> None:
        raise ValueError(f"cannot read {pair.key_pem!r} of {pair.key_pem.decode()}")

    monkeypatch.setattr(services, "read_isolated", failing)
    upload = desk.hand_over({"server.key": pair.key_pem})
    attempt = upload.claim()
    with pytest.raises(ValueError, match="cannot read") as caught:
        services.read_upload(upload, Pulse(upload, attempt))

    record = logging.LogRecord("expcert.work", logging.ERROR, __file__, 1, "attempt %d failed", (1,), caught._excinfo)
    ScrubFilter().filter(record)
    line = LineFormatter().format(record)

    assert "[removed] private key" in line
    assert all(trace not in line for trace in traces_of(pair.key_pem))


@pytest.mark.django_db
def test_an_error_page_shows_nothing_of_what_was_sent(pair, client_of, engineer, monkeypatch, caplog, settings):
    settings.DEBUG = True  # the most talkative that it can be

    def failing(**kwargs: object) -> None:
        secret = pair.key_pem  # noqa: F841  (a local variable, which an error page may show)
        raise RuntimeError("while receiving")

    monkeypatch.setattr(services, "receive", failing)
    client = client_of(engineer)
    client.raise_request_exception = False

    response = client.post(
        reverse("intake:receive"),
        {
            "name": pair.key_pem.decode().replace("\n", "")[:190],
            "files": SimpleUploadedFile("server.key", pair.key_pem),
        },
        headers={"x-note": pair.key_pem.decode().splitlines()[1]},
    )

    page = response.content.decode()
    assert response.status_code == 500
    assert all(trace not in page and trace not in caplog.text for trace in traces_of(pair.key_pem))
    assert not Upload.objects.exists()


def test_a_key_beside_a_certificate_does_not_keep_the_certificate_from_being_read(pair, at, desk):
    diagnosis = desk.diagnosis_of({"server.pem": pair.pem + pair.key_pem})

    assert diagnosis.state == State.DONE
    assert pair.sha256 in str(diagnosis.deployment.readings.get().certificates)
