"""A file that Expressway refuses, handed back as Base-64 PEM: the server certificate, and CA certificates root first."""

from html import unescape

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnostics.samples.authority import Issued, root, sha256
from expcert.inventory.models import Certificate
from expcert.sharing import services as sharing
from expcert.sharing.models import Redaction
from expcert.triage.models import Diagnosis

BUNDLE = "from-the-ca.p7b"


@pytest.fixture
def chain(at) -> list[Issued]:
    """Host, issuing CA, root."""
    top = root("Example Root CA", at=at)
    issuing = top.intermediate("Example Issuing CA")
    return [issuing.issue(common_name="expe1.example.com", dns=["expe1.example.com"]), issuing, top]


def p7b(*items: Issued) -> bytes:
    return pkcs7.serialize_certificates([item.certificate for item in items], serialization.Encoding.DER)


@pytest.fixture
def bundle(desk, chain) -> Diagnosis:
    return desk.diagnosis_of({BUNDLE: p7b(*chain), "notes.txt": b"from the CA\n"})


def number_of(diagnosis: Diagnosis, name: str) -> int:
    return next(number for number, row in enumerate(diagnosis.document["files"]) if row["upload"].endswith(name))


def address(diagnosis: Diagnosis, what: str, name: str = BUNDLE) -> str:
    return reverse("triage:converted", args=[diagnosis.pk, number_of(diagnosis, name), what])


def fingerprints(response) -> list[str]:
    assert response.status_code == 200
    return [sha256(item) for item in x509.load_pem_x509_certificates(response.content)]


def test_both_halves_are_offered_on_the_files_page_and_hold_what_they_say(bundle, chain, client_of, viewer):
    client = client_of(viewer)
    page = unescape(client.get(reverse("triage:files", args=[bundle.pk])).content.decode())
    host, issuing, top = chain

    for what, wanted in (("server", [host]), ("ca", [top, issuing])):
        assert f'href="{address(bundle, what)}"' in page
        response = client.get(address(bundle, what))
        assert fingerprints(response) == [item.sha256 for item in wanted]
        assert response["Content-Type"] == "application/x-pem-file"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"] == f'attachment; filename="from-the-ca-{what}.pem"'
    assert "2 CA certificates (PEM)" in page


def test_a_comment_says_which_certificate_each_block_is(bundle, chain, client_of, viewer):
    text = client_of(viewer).get(address(bundle, "ca")).content.decode()

    assert text.startswith("# CN=Example Root CA")
    assert f"# SHA-256 {chain[1].sha256}\n-----BEGIN CERTIFICATE-----\n" in text


def test_what_comes_back_from_the_page_is_taken_and_offered_no_more(bundle, desk, client_of):
    client = client_of(desk.user)
    files = {
        "server.pem": client.get(address(bundle, "server")).content,
        "ca.pem": client.get(address(bundle, "ca")).content,
    }

    again = desk.diagnosis_of(files)

    assert [item["code"] for item in again.document["findings"]] == []
    assert all(row["conversion"] is None for row in again.document["files"])
    assert ".pem" not in "".join(
        part
        for part in client.get(reverse("triage:files", args=[again.pk])).content.decode().split('href="')[1:]
        if part.startswith(f"/diagnoses/{again.pk}/files/")
    )


def test_a_file_of_ca_certificates_has_one_half_and_a_single_certificate_the_other(desk, chain, client_of):
    host, issuing, top = chain
    diagnosis = desk.diagnosis_of({"cas.p7b": p7b(issuing, top), "host.cer": host.der})
    client = client_of(desk.user)
    page = client.get(reverse("triage:files", args=[diagnosis.pk])).content.decode()

    for name, what, there in (
        ("cas.p7b", "ca", True),
        ("cas.p7b", "server", False),
        ("host.cer", "server", True),
        ("host.cer", "ca", False),
    ):
        assert (client.get(address(diagnosis, what, name)).status_code == 200) is there
        assert (f'href="{address(diagnosis, what, name)}"' in page) is there


def test_of_several_hosts_each_is_a_file_of_its_own(desk, chain, client_of):
    host, issuing, _ = chain
    other = issuing.issue(common_name="expe2.example.com", dns=["expe2.example.com"])
    diagnosis = desk.diagnosis_of({"both.p7b": p7b(host, other)})
    client = client_of(desk.user)
    page = client.get(reverse("triage:files", args=[diagnosis.pk])).content.decode()

    assert client.get(address(diagnosis, "server", "both.p7b")).status_code == 404
    for item in (host, other):
        single = reverse("triage:certificate", args=[diagnosis.pk, item.sha256])
        assert f'href="{single}"' in page
        assert fingerprints(client.get(single)) == [item.sha256]


@pytest.mark.parametrize("name", ["notes.txt", None])
def test_what_is_in_no_need_of_it_or_not_there_gives_no_file(bundle, client_of, viewer, name):
    number = number_of(bundle, name) if name else 99
    for what in ("server", "ca", "key"):
        response = client_of(viewer).get(reverse("triage:converted", args=[bundle.pk, number, what]))
        assert response.status_code == 404


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_a_number_beyond_all_bounds_gives_no_file(bundle, client_of, viewer, number):
    assert client_of(viewer).get(f"/diagnoses/{bundle.pk}/files/{number}/server.pem").status_code == 404


@pytest.mark.parametrize("fingerprint", ["0" * 64, "x", "..%2f..%2fetc"])
def test_a_certificate_that_is_not_in_the_diagnosis_gives_no_file(bundle, client_of, viewer, fingerprint):
    for address in (f"certificates/{fingerprint}.pem", f"certificates/{fingerprint}/path/"):
        assert client_of(viewer).get(f"/diagnoses/{bundle.pk}/{address}").status_code == 404


def test_a_certificate_of_another_deployment_is_not_handed_out_by_this_diagnosis(bundle, desk, at, client_of):
    other = root("Elsewhere Root", at=at).issue(common_name="other.example.org")
    desk.diagnosis_of({"other.pem": other.pem})
    assert Certificate.objects.filter(sha256=other.sha256).exists()

    response = client_of(desk.user).get(reverse("triage:certificate", args=[bundle.pk, other.sha256]))

    assert response.status_code == 404


def test_a_certificate_that_was_deleted_since_is_left_out(bundle, chain, client_of, viewer):
    Certificate.objects.filter(sha256=chain[2].sha256).delete()
    client = client_of(viewer)

    assert fingerprints(client.get(address(bundle, "ca"))) == [chain[1].sha256]
    Certificate.objects.all().delete()
    assert client.get(address(bundle, "ca")).status_code == 404


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ('x"; filename="evil.exe', "x-filename-evil"),
        ("Ünïcode und Leerzeichen.cer", "n-code-und-Leerzeichen"),
        ("...", "certificate"),
        ("-rf.der", "rf"),
        ("a" * 200 + ".cer", "a" * 60),
        ("two\u202elines.cer", "two-lines"),
    ],
)
def test_a_files_name_makes_no_header(desk, chain, client_of, name, plain):
    diagnosis = desk.diagnosis_of({name: chain[0].der})
    row = next(number for number, row in enumerate(diagnosis.document["files"]) if row["conversion"])

    response = client_of(desk.user).get(reverse("triage:converted", args=[diagnosis.pk, row, "server"]))

    assert response["Content-Disposition"] == f'attachment; filename="{plain}-server.pem"'


def test_a_file_takes_as_many_queries_with_many_certificates_as_with_few(desk, chain, client_of, at):
    client = client_of(desk.user)
    client.get(reverse("triage:workspace"))  # the first page of a session asks for more
    counts = []
    for number in (2, 40):
        many = [root(f"Root {index}", at=at) for index in range(number)]
        diagnosis = desk.diagnosis_of({"many.p7b": p7b(chain[0], *many)})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(fingerprints(client.get(address(diagnosis, "ca", "many.p7b")))) == number
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_an_outsider_is_told_that_there_is_nothing(bundle, chain, client_of, outsider, client):
    for name, keys in (
        ("converted", [number_of(bundle, BUNDLE), "server"]),
        ("certificate", [chain[0].sha256]),
        ("path", [chain[0].sha256]),
        ("path-pem", [chain[0].sha256]),
        ("path-zip", [chain[0].sha256]),
        ("path-step", [chain[0].sha256, 1]),
    ):
        target = reverse(f"triage:{name}", args=[bundle.pk, *keys])
        assert client_of(outsider).get(target).status_code == 404
        assert client.get(target).status_code == 302


def test_behind_a_share_link_nothing_is_offered(bundle, desk, client):
    made = sharing.share(bundle, request=desk.request(), days=1, redaction=Redaction.ADDRESSES, note="")

    response = client.get(f"/s/{made.token}/files/")

    assert response.status_code == 200
    text = response.content.decode()
    assert BUNDLE in text
    assert str(bundle.pk) not in text
    assert "As Expressway takes it" not in text
    assert "CA certificates of its path" not in text


def test_a_diagnosis_of_an_earlier_release_offers_nothing_and_opens(bundle, client_of, viewer):
    document = bundle.document
    for row in document["files"]:
        del row["conversion"]
    Diagnosis.objects.filter(pk=bundle.pk).update(document=document)

    response = client_of(viewer).get(reverse("triage:files", args=[bundle.pk]))

    assert response.status_code == 200
    assert "As Expressway takes it" not in response.content.decode()
    assert client_of(viewer).get(address(bundle, "server")).status_code == 404
