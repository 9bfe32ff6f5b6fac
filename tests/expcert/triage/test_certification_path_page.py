"""The page with the CA certificates of a certificate's path, and the files that it offers."""

import io
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.public_cas import public_cas
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Authority, Issued, root, self_signed, sha256
from diagnostics.samples.healthy import healthy
from expcert.inventory import issuers
from expcert.inventory.models import Deployment
from expcert.triage.models import Diagnosis
from expcert.triage.presenting import ReportPages


@pytest.fixture
def see(client_of, viewer):
    """A page or file of a certificate's path, as somebody sees it who may look and no more."""
    client = client_of(viewer)

    def get(diagnosis: Diagnosis, item: Issued, name: str = "path", *more: object, status: int = 200):
        response = client.get(reverse(f"triage:{name}", args=[diagnosis.pk, item.sha256, *more]))
        assert response.status_code == status
        return unescape(response.content.decode()) if name == "path" else response

    return get


@pytest.fixture
def estate(at):
    return healthy(at=at, expressway_c=1, expressway_e=1)


def load(item: Issued) -> Certificate:
    return load_certificate(item.der)


def fingerprints(content: bytes) -> list[str]:
    return [sha256(item) for item in x509.load_pem_x509_certificates(content)]


def above(estate) -> list[Authority]:
    """The CAs of the Expressway-E's certificate, root first."""
    return [estate.authorities["public-root"], estate.authorities["public-issuing"]]


def test_the_page_names_each_ca_root_first_with_its_file_and_who_has_it(desk, estate, see):
    lacking = estate.node("expc1.example.com").trust["trusted-ca"]
    lacking.remove(estate.authorities["public-issuing"].certificate)
    diagnosis = desk.diagnosis_of(as_artefacts(estate))
    host = estate.node("expe1.example.com").issued("server")

    text = see(diagnosis, host)

    places = [text.index(f"SHA-256 <code>{item.sha256}") for item in above(estate)]
    assert places == sorted(places)
    assert re.search(r">01-root-[\w.-]+\.pem<.*>02-intermediate-[\w.-]+\.pem<", text, re.DOTALL)
    assert "expe1.example.com as server certificate" in text
    rows = text.split('<tr role="row"')[2:]
    assert len(rows) == 2
    assert "state-missing" not in rows[0]
    assert re.search(r"state-missing.*expc1\.example\.com.*state-there.*expe1\.example\.com", rows[1], re.DOTALL)
    assert "To be fetched by hand" not in text


def test_the_files_hold_the_path_all_in_one_each_by_itself_and_in_a_zip(desk, estate, see):
    diagnosis = desk.diagnosis_of(as_artefacts(estate))
    host = estate.node("expe1.example.com").issued("server")
    wanted = [item.sha256 for item in above(estate)]

    whole = see(diagnosis, host, "path-pem")
    assert fingerprints(whole.content) == wanted
    assert whole["Content-Disposition"] == 'attachment; filename="ca-of-expe1.example.com.pem"'
    packed = see(diagnosis, host, "path-zip")
    assert packed["Content-Disposition"] == 'attachment; filename="ca-of-expe1.example.com.zip"'
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names = archive.namelist()
        assert names == sorted(names)
        assert [fingerprints(archive.read(name)) for name in names] == [[item] for item in wanted]
    for number, (name, fingerprint) in enumerate(zip(names, wanted, strict=True), start=1):
        single = see(diagnosis, host, "path-step", number)
        assert fingerprints(single.content) == [fingerprint]
        assert single["Content-Disposition"] == f'attachment; filename="{name}"'
    assert see(diagnosis, host, "path-zip").content == packed.content, "the same certificates are the same file"


def test_a_step_that_is_not_there_gives_no_file(desk, estate, see):
    diagnosis = desk.diagnosis_of(as_artefacts(estate))
    host = estate.node("expe1.example.com").issued("server")

    for number in (0, 3, 2**63):
        see(diagnosis, host, "path-step", number, status=404)


def test_the_path_is_reached_from_the_files_page_and_from_the_page_of_its_node(desk, estate, client_of):
    diagnosis = desk.diagnosis_of(as_artefacts(estate))
    host = estate.node("expe1.example.com").issued("server")
    client = client_of(desk.user)
    number = next(
        item.number for item in ReportPages(diagnosis.document).trust_nodes if item.node == "expe1.example.com"
    )
    link = f'href="{reverse("triage:path", args=[diagnosis.pk, host.sha256])}"'

    assert link in client.get(reverse("triage:files", args=[diagnosis.pk])).content.decode()
    assert link in client.get(reverse("triage:trust-node", args=[diagnosis.pk, number])).content.decode()


def test_what_another_deployment_of_the_workspace_brought_completes_the_path(desk, at, see):
    top = root("Example Root CA", at=at)
    issuing = top.intermediate("Example Issuing CA")
    host = issuing.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"host.pem": host.pem, "issuing.pem": issuing.pem})
    assert "the path does not reach a root" in see(diagnosis, host)

    desk.diagnosis_of({"root.pem": top.pem})

    assert "2 CA certificates up to the root." in see(diagnosis, host)
    assert fingerprints(see(diagnosis, host, "path-pem").content) == [top.sha256, issuing.sha256]


def test_what_another_workspace_holds_is_out_of_reach(desk, at, see, outsider):
    top = root("Example Root CA", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"host.pem": host.pem})
    elsewhere = Deployment.objects.create(workspace=outsider.memberships.get().workspace, name="Elsewhere")
    type(desk)(workspace=elsewhere.workspace, user=outsider).diagnosis_of({"root.pem": top.pem})

    assert "No certificate at hand issued it" in see(diagnosis, host)
    see(diagnosis, host, "path-pem", status=404)
    see(diagnosis, host, "path-zip", status=404)


def test_a_public_root_is_said_to_be_one_with_the_day_of_the_list(desk, at, see):
    """A certificate by a public CA cannot be made here, so the public root stands for one itself."""
    public = next(iter(public_cas().certificates.values()))
    der = x509.load_der_x509_certificate(public.der)
    diagnosis = desk.diagnosis_of({"root.cer": public.der})
    item = Issued(certificate=der, key=None)  # type: ignore[arg-type]

    assert "signed by itself" in see(diagnosis, item)


def test_a_path_through_the_public_set_says_so(desk, at, see, monkeypatch):
    top = root("Example Public Root", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    known = public_cas()
    facts = {**known.certificates, top.sha256: load(top)}
    monkeypatch.setattr(
        "expcert.triage.certificate_paths.public_cas", lambda: type(known)(as_of=known.as_of, certificates=facts)
    )
    diagnosis = desk.diagnosis_of({"host.pem": host.pem})

    text = see(diagnosis, host)

    assert "the public CA set" in text
    assert known.as_of is not None
    assert f"Mozilla's list as of {known.as_of.isoformat()}" in text
    assert fingerprints(see(diagnosis, host, "path-pem").content) == [top.sha256]


def test_what_is_missing_is_named_with_key_identifier_and_address_and_nothing_is_a_link(desk, at, see):
    address = "http://ca.example.com/root.crt?<script>alert(1)</script>"
    access = x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(address))]
    )
    top = root("Example Root CA", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"], extensions=[(access, False)])
    diagnosis = desk.diagnosis_of({"host.pem": host.pem})

    text = see(diagnosis, host)

    assert "To be fetched by hand" in text
    assert load(top).subject_key_id in text
    assert address in text
    assert 'href="http' not in text


def test_an_expired_ca_is_shown_and_not_handed_out(desk, at, see):
    top = root("Example Root CA", at=at)
    issuing = top.intermediate("Example Issuing CA")
    ended = issuing.renewed(not_after=at - timedelta(days=1))
    host = issuing.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + ended.pem + top.pem})

    text = see(diagnosis, host)

    assert "outside its dates: not among the files to append" in text
    assert "its successor is needed" in text
    assert fingerprints(see(diagnosis, host, "path-pem").content) == [top.sha256]


def test_other_ways_up_are_named(desk, at, see):
    top, older = root("Example Root CA", at=at), root("Older Root", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    files = {"all.pem": host.pem + top.pem + older.pem + older.cross_sign(top).pem}

    text = see(desk.diagnosis_of(files), host)

    assert "Other ways up" in text
    assert "Older Root › Example Root CA" in text


def test_a_certificate_that_signed_itself_is_its_own(desk, at, see):
    own = self_signed("cucm1.example.com", at=at)
    diagnosis = desk.diagnosis_of({"tomcat.pem": own.pem})

    assert "it is its own CA certificate" in see(diagnosis, own)
    assert fingerprints(see(diagnosis, own, "path-pem").content) == [own.sha256]


def test_a_hostile_name_makes_no_header_and_no_path_in_the_zip(desk, at, see):
    top = root('../../etc/passwd"; x="', at=at)
    host = top.issue(common_name="../../../bin/sh\r\nSet-Cookie: a=b", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + top.pem})

    packed = see(diagnosis, host, "path-zip")

    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9.-]+\.zip"', packed["Content-Disposition"])
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.namelist() == ["01-root-etc-passwd-x.pem"]


def test_names_are_shown_as_text(desk, at, client_of):
    top = root("<script>alert(1)</script>", at=at)
    host = top.issue(common_name="<img src=x>", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + top.pem})

    markup = client_of(desk.user).get(reverse("triage:path", args=[diagnosis.pk, host.sha256])).content.decode()

    assert "<script>alert" not in markup
    assert "<img src=x>" not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup


def test_the_page_takes_as_many_queries_for_a_large_workspace_as_for_a_small_one(desk, estate, at, client_of):
    diagnosis = desk.diagnosis_of(as_artefacts(estate))
    host = estate.node("expe1.example.com").issued("server")
    client = client_of(desk.user)
    client.get(reverse("triage:files", args=[diagnosis.pk]))  # the first page of a session asks for more
    counts = []
    for number in (0, 60):
        heap = b"".join(root(f"Root {index}", at=at).pem for index in range(number))
        if heap:
            desk.diagnosis_of({"heap.pem": heap})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("triage:path", args=[diagnosis.pk, host.sha256])).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_only_what_names_lead_to_is_loaded(desk, at, monkeypatch, see):
    top = root("Example Root CA", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    heap = b"".join(root(f"Root {index}", at=at).pem for index in range(30))
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + top.pem, "heap.pem": heap})
    loaded: list[bytes] = []
    original = issuers.load_certificate
    monkeypatch.setattr(issuers, "load_certificate", lambda der: loaded.append(der) or original(der))

    see(diagnosis, host, "path-pem")

    assert len(loaded) == 2


def test_a_heap_of_namesakes_is_loaded_within_bounds(desk, at, monkeypatch, see):
    top = root("Example Root CA", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    namesakes = b"".join(root("Example Root CA", at=at).pem for _ in range(20))
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + namesakes})
    monkeypatch.setattr(issuers, "MOST", 5)

    assert "To be fetched by hand" in see(diagnosis, host)


def test_a_name_in_other_letters_is_still_the_issuers(desk, at, see):
    """Names are compared without regard to case and blanks (RFC 5280, 7.1)."""
    top = root("Example Root CA", at=at)
    shouted = top.renewed(
        subject=x509.Name(
            [x509.NameAttribute(item.oid, str(item.value).upper().replace(" ", "  ")) for item in top.name]
        )
    )
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + shouted.pem})

    assert fingerprints(see(diagnosis, host, "path-pem").content) == [shouted.sha256]


def test_the_bytes_of_all_certificates_of_a_workspace_are_never_fetched_together(desk, at, see):
    """They may be more than the process that serves the page has memory for."""
    top = root("Example Root CA", at=at)
    host = top.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
    diagnosis = desk.diagnosis_of({"all.pem": host.pem + top.pem, "heap.pem": root("Root 1", at=at).pem})

    with CaptureQueriesContext(connection) as queries:
        see(diagnosis, host, "path-pem")

    fetching = [item["sql"] for item in queries if '"inventory_certificate"."der"' in item["sql"]]
    assert fetching
    assert all('"sha256" = ' in sql or " IN (" in sql for sql in fetching)
