"""What is said of files: every form has its words, and what was replaced or lies elsewhere is left alone."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from diagnostics.pki.loaded import Form
from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import Batch, diagnose
from diagnostics.reports.render import render
from diagnostics.rules.file_wordings import WORDINGS
from diagnostics.rules.registry import rules
from diagnostics.samples.authority import Issued, root
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files, as_inventory
from tests.diagnostics.rules.cases.keys import request
from tests.diagnostics.rules.judging import AT, FOLDER, diagnosis_of

MESSAGE = "Invalid certificate: The file provided is not a valid X.509 PEM certificate file."
FOLDER_OF_NODE = "nodes/expc1.example.com"
SERVER = f"{FOLDER_OF_NODE}/server.pem"
RIGHT = (Form.PEM, Form.EMPTY)  # the right form, and nothing at all
OFFERED = tuple(form for form in Form if form in WORDINGS and "Files page" in "".join(WORDINGS[form].steps))


def uploads(folder: Path, *given: Files) -> dict[str, Any]:
    """The diagnosis of several uploads, oldest first, each a folder of the same name."""
    batches, certificates, crls = [], {}, {}
    for number, files in enumerate(given):
        sources = []
        for name, content in files.items():
            path = folder / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sources.append(SourceFile(name=FOLDER, member=name, path=path))
        reading = read(sources)
        batches.append(Batch(observations=reading.observations, files=reading.files))
        certificates |= reading.certificates
        crls |= reading.crls
    return diagnose(batches, certificates, crls, at=AT).document


def spoken(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["code"], item["variant"]) for item in document["findings"]]


def one_node() -> tuple[Files, Issued]:
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    return as_inventory(plan), plan.node("expc1.example.com").issued("server")


def another(common_name: str = "other.example.com") -> Issued:
    return root(at=AT).issue(common_name=common_name, dns=[common_name])


def test_every_form_but_the_right_one_has_words_of_its_own():
    assert set(WORDINGS) == set(Form) - set(RIGHT)
    explanations = [wording.explanation for wording in WORDINGS.values()]
    assert len(set(explanations)) == len(explanations)


@pytest.mark.parametrize("form", sorted(set(WORDINGS) - set(OFFERED) - {Form.TEXT_MODE_DER}))
def test_of_a_form_that_nothing_is_converted_of_no_converted_file_is_spoken(form: Form) -> None:
    wording = WORDINGS[form]
    assert "convert" not in " ".join((*wording.steps, wording.verify))


@pytest.mark.parametrize("form", WORDINGS)
def test_every_form_gives_expressways_own_message(form):
    assert MESSAGE in WORDINGS[form].impact


@pytest.mark.parametrize("form", OFFERED)
def test_what_is_offered_on_the_files_page_is_a_form_that_can_hold_certificates(form):
    assert form not in (Form.REQUEST, Form.CRL, Form.PRIVATE_KEY, Form.PUBLIC_KEY, Form.NOTHING, Form.TEXT_MODE_DER)


def test_all_that_is_read_from_another_form_is_offered():
    assert set(OFFERED) >= {
        Form.DER,
        Form.PKCS7_PEM,
        Form.PKCS7_DER,
        Form.PKCS12,
        Form.SERIALIZED_STORE,
        Form.UTF16_PEM,
    }


@pytest.mark.parametrize("form", [Form.DER, Form.PKCS7_PEM, Form.PKCS7_DER, Form.SERIALIZED_STORE, Form.DAMAGED_PEM])
def test_the_steps_of_windows_export_wizard_are_there_where_windows_opens_the_file(form):
    steps = " ".join(WORDINGS[form].steps)
    for word in ("Details tab", "Copy to File", "Base-64 encoded X.509 (.CER)"):
        assert word in steps


@pytest.mark.parametrize(
    "code",
    ["cert-file-not-pem", "cert-file-issuer-first", "cert-file-ca-only", "cert-key-mismatch", "private-key-uploaded"],
)
def test_no_command_names_a_file_as_it_came_with_the_upload(code):
    """`openssl x509 -in a;reboot` is a command that somebody would paste."""
    for wording in rules()[code].wordings.values():
        for sentence in (*wording.steps, wording.verify):
            if re.search(r"\b(openssl|keytool|xxd|base64)\b", sentence):
                assert not re.search(r"\{(file|beside|subject|owners|request|before)\}", sentence), sentence


def test_a_hostile_name_stands_in_the_title_and_in_no_command():
    name = "a;touch pwned.cer"
    report = render(diagnosis_of({name: another().der}, "artefacts"))

    (finding,) = report["findings"]
    assert name in finding["title"]
    assert all(name not in step for step in finding["remedy"]["steps"])


def test_a_file_that_a_later_upload_replaced_is_not_held_against_anybody(tmp_path):
    files, host = one_node()

    assert spoken(uploads(tmp_path / "1", {**files, SERVER: host.der})) == [("cert-file-not-pem", "der")]
    assert spoken(uploads(tmp_path / "2", {**files, SERVER: host.der}, files)) == []


def test_a_mismatch_ends_when_a_later_upload_brings_another_certificate(tmp_path):
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    files, held = as_inventory(plan), plan.node("expc1.example.com").issued("server")
    wrong = {**files, f"{FOLDER_OF_NODE}/server.key": another().key_pem}
    renewed = {**files, SERVER: plan.authorities["private-issuing"].reissue(held).pem}

    assert ("cert-key-mismatch", "beside") in spoken(uploads(tmp_path / "1", wrong))
    after = spoken(uploads(tmp_path / "2", wrong, renewed))
    assert [code for code, _ in after] == ["private-key-uploaded"], "what was uploaded once is exposed for good"


def test_a_key_and_a_certificate_of_two_uploads_are_not_taken_for_each_others(tmp_path):
    files, _ = one_node()
    later = {f"{FOLDER_OF_NODE}/server.key": another().key_pem}

    assert spoken(uploads(tmp_path, files, later)) == [("private-key-uploaded", "unknown")]


def test_a_key_that_comes_twice_is_told_once(tmp_path):
    files, _ = one_node()
    key = {"keys/server.key": another().key_pem}

    assert spoken(uploads(tmp_path, {**files, **key}, key)) == [("private-key-uploaded", "unknown")]


def test_an_encrypted_key_beside_its_certificate_cannot_be_told():
    files, host = one_node()
    locked = host.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    document = diagnosis_of({**files, f"{FOLDER_OF_NODE}/server.key": locked})

    (open_question,) = [item for item in document["outcomes"] if item["reason"] == "key-locked"]
    assert (open_question["code"], open_question["node"]) == ("cert-key-mismatch", "expc1.example.com")
    (rendered,) = [item for item in render(document)["outcomes"] if item["reason_code"] == "key-locked"]
    assert "Do not upload the key" in rendered["settled_by"]


def test_nothing_of_a_key_is_in_the_document():
    files, _ = one_node()
    stranger = another()
    document = str(diagnosis_of({**files, f"{FOLDER_OF_NODE}/server.key": stranger.key_pem}))

    body = stranger.key_pem.decode().splitlines()[1:-1]
    assert body
    assert all(line not in document for line in body)


def test_a_request_for_two_nodes_names_is_held_against_neither():
    plan = healthy(at=AT, expressway_c=2, expressway_e=0, unified_cm=0)
    fresh = another()
    names = x509.SubjectAlternativeName([x509.DNSName(f"expc{number}.example.com") for number in (1, 2)])
    asked = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).add_extension(names, False)
    content = asked.sign(fresh.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    assert spoken(diagnosis_of({**as_inventory(plan), "waiting/both.csr": content})) == []


def test_what_is_handed_back_as_a_conversion_is_parted_in_the_document():
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    host = plan.node("expc1.example.com").issued("server")
    chain = [plan.authorities[name] for name in ("private-issuing", "private-root")]
    files = {**as_inventory(plan), SERVER: b"".join(item.der for item in (chain[0], host, chain[1]))}

    (row,) = [row for row in diagnosis_of(files)["files"] if row["conversion"]]

    assert row["member"] == SERVER
    assert row["conversion"] == {
        "server": host.sha256,
        "leaves": [host.sha256],
        "authorities": [chain[1].sha256, chain[0].sha256],
    }


def test_files_in_the_right_form_and_lists_inside_of_others_have_no_conversion():
    document = diagnosis_of({**as_inventory(healthy(at=AT)), "new.csr": request(another())})

    assert all(row["conversion"] is None for row in document["files"])


@pytest.mark.parametrize("leaf_first", [True, False])
def test_pem_is_parted_where_a_ca_stands_before_the_host_and_not_otherwise(leaf_first):
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    host, issuing = plan.node("expc1.example.com").issued("server"), plan.authorities["private-issuing"]
    order = (host, issuing) if leaf_first else (issuing, host)
    document = diagnosis_of({**as_inventory(plan), SERVER: b"".join(item.pem for item in order)})

    found = [row["conversion"] for row in document["files"] if row["conversion"]]

    parted = {"server": host.sha256, "leaves": [host.sha256], "authorities": [issuing.sha256]}
    assert found == ([] if leaf_first else [parted])


def test_a_list_of_trusted_certificates_has_no_order_to_keep():
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    plan.node("expc1.example.com").trust["trusted-ca"].append(another().certificate)

    assert all(row["conversion"] is None for row in diagnosis_of(as_inventory(plan))["files"])
