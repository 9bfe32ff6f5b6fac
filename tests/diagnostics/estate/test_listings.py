"""Listings by name and serial number, matched with the certificates that are at hand."""

import pytest
from cryptography.x509.oid import NameOID

from diagnostics.estate.assemble import assemble
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import PlaceReason
from diagnostics.estate.observations import (
    CertificateFile,
    FactKey,
    Listed,
    Listing,
    NodeRef,
    Placement,
    Slot,
    Source,
    StoreName,
)
from diagnostics.samples.authority import root
from tests.diagnostics.estate.said import AT, Files, estate, fact, node

ROOT = root("Example Root CA", at=AT)
ISSUING = ROOT.intermediate("Example Issuing CA 1")
NODE = NodeRef(name="cucm1.example.com")
UCM = [fact(NODE, FactKey.ROLE, "unified-cm")]
LEAF = ISSUING.issue(common_name="cucm1.example.com", dns=["cucm1.example.com"])


def entry(issued, name=None, serial=None, line=1):
    (common_name,) = issued.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Listed(
        name=name or common_name.value.replace(" ", "_"),
        serial=serial or f"{issued.certificate.serial_number:x}",
        line=line,
    )


def listing(*entries, at=NODE, upload="capture.txt", complete=True, store=StoreName.TOMCAT_TRUST, slot=None):
    place = slot or store
    return Listing(
        source=Source(upload=upload, part=place.value, line=1),
        node=at,
        store=None if slot else store,
        slot=slot,
        listed=entries,
        complete=complete,
    )


def at_hand(*issued):
    """Certificates that lie about somewhere, and belong to no place."""
    files = Files()
    for number, item in enumerate(issued):
        files.put(f"{number}.pem", item)
    return files


def list_of(deployment, fqdn="cucm1.example.com", store=StoreName.TOMCAT_TRUST):
    (found,) = (item for item in deployment.nodes() if item.fqdn == fqdn)
    return found.trust.get(store)


def fingerprints(store):
    return [item.sha256 for item in store.certificates]


def test_entries_are_the_certificates_of_that_name_and_serial_number_in_their_order():
    found = list_of(estate([*UCM, listing(entry(ISSUING, line=3), entry(ROOT, line=4))], files=at_hand(ROOT, ISSUING)))
    assert fingerprints(found) == [ISSUING.sha256, ROOT.sha256]
    assert [source.line for source in found.sources] == [3, 4]
    assert {source.path for source in found.sources} == {"capture.txt#tomcat-trust"}
    assert (found.listed_only, found.unmatched, found.lost) == (True, (), 0)


@pytest.mark.parametrize(
    "wrong",
    [
        entry(ROOT, serial="1234"),
        entry(ROOT, name="Example_Root"),
        entry(ROOT, name="Other_CA"),
        Listed(name="Example_Root_CA"),
    ],
    ids=["another serial number", "part of the name", "another name", "no serial number"],
)
def test_an_entry_that_differs_in_name_or_serial_number_is_no_match(wrong):
    found = list_of(estate([*UCM, listing(wrong)], files=at_hand(ROOT)))
    assert (found.certificates, found.unmatched) == ((), (wrong,))


def test_leading_zeros_case_and_decimal_serial_numbers_are_no_difference():
    number = ROOT.certificate.serial_number
    for serial in (f"{number:X}", f"{number:d}"):
        found = list_of(estate([*UCM, listing(entry(ROOT, serial=serial))], files=at_hand(ROOT)))
        assert fingerprints(found) == [ROOT.sha256]


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("Example Root CA", True),  # of another serial number: the CA may have been renewed
        ("Example Issuing CA 1", False),
        ("Cisco Root CA 2048", True),  # the end of its name looks like a serial number
        ("Cisco Root CA", True),
        ("Zürcher CA", True),  # nobody knows what becomes of such letters
        ("", True),
        ("A very long name of a certification authority, cut off", True),
        ("A very other name", False),
    ],
)
def test_what_may_be_an_entry_without_a_match_is_not_said_to_be_missing(name, may):
    entries = (
        entry(ROOT, serial="1234"),
        Listed(name="Cisco_Root_CA", serial="2048"),
        Listed(name="A_very_long_name_of_a_certi"),
    )
    found = list_of(estate([*UCM, listing(*entries)], files=at_hand(ROOT)))
    assert found.may_hold(name) is may


def test_of_a_listing_that_was_cut_short_nothing_is_said_to_be_missing():
    found = list_of(estate([*UCM, listing(entry(ROOT), complete=False)], files=at_hand(ROOT)))
    assert fingerprints(found) == [ROOT.sha256]
    assert found.may_hold("Anything else")


def test_a_file_for_the_same_place_of_the_same_upload_is_better_evidence():
    files = at_hand(ROOT).put("trust.pem", ISSUING, at=NODE, store=StoreName.TOMCAT_TRUST)
    found = list_of(estate([*UCM, listing(entry(ROOT))], files=files))
    assert fingerprints(found) == [ISSUING.sha256]
    assert not found.listed_only


def test_a_file_of_a_newer_upload_replaces_a_listing():
    files = at_hand(ROOT).put("trust.pem", ISSUING, at=NODE, store=StoreName.TOMCAT_TRUST)
    found = list_of(estate([*UCM, listing(entry(ROOT))], [], files=files))
    assert fingerprints(found) == [ISSUING.sha256]


def test_a_newer_listing_replaces_an_older_file():
    files = at_hand(ROOT).put("trust.pem", ISSUING, at=NODE, store=StoreName.TOMCAT_TRUST)
    before = [*UCM, *files.said]
    after = [listing(entry(ROOT), entry(ISSUING))]
    deployment = estate(before, after, files=Files())
    assert list_of(deployment) is not None
    deployment = estate(before, after, files=_certificates_of(files))
    assert fingerprints(list_of(deployment)) == [ROOT.sha256, ISSUING.sha256]
    assert list_of(deployment).listed_only


def test_a_newer_listing_that_was_cut_short_leaves_an_older_file_in_its_place():
    files = at_hand(ROOT).put("trust.pem", ISSUING, at=NODE, store=StoreName.TOMCAT_TRUST)
    deployment = estate([*UCM, *files.said], [listing(entry(ROOT), complete=False)], files=_certificates_of(files))
    assert fingerprints(list_of(deployment)) == [ISSUING.sha256]


def _certificates_of(files):
    only = Files()
    only.certificates = files.certificates
    return only


def test_the_newest_listing_of_a_place_counts():
    deployment = estate(
        [*UCM, listing(entry(ROOT))], [listing(entry(ISSUING), upload="later.txt")], files=at_hand(ROOT, ISSUING)
    )
    assert fingerprints(list_of(deployment)) == [ISSUING.sha256]


def test_a_slot_is_known_by_the_certificate_that_its_listing_names():
    deployment = estate([*UCM, listing(entry(LEAF), slot=Slot.TOMCAT)], files=at_hand(LEAF))
    (found,) = deployment.nodes()
    installed = found.certificates[Slot.TOMCAT]
    assert (installed.certificate.sha256, installed.listed_only, installed.proven) == (LEAF.sha256, True, True)


def test_a_slot_whose_certificate_is_not_at_hand_stays_unknown():
    (found,) = estate([*UCM, listing(entry(LEAF), slot=Slot.TOMCAT)], files=Files()).nodes()
    assert Slot.TOMCAT not in found.certificates


def test_where_a_listing_went_is_said_of_its_file():
    deployment = estate([*UCM, listing(entry(ROOT))], files=at_hand(ROOT))
    ((place,),) = [places for (_, path), places in deployment.placed.items() if path == "capture.txt#tomcat-trust"]
    assert (place.node, place.store, place.reason) == (NODE.name, StoreName.TOMCAT_TRUST, PlaceReason.ANSWER)


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        ("cucm1.txt", "cucm1.example.com"),
        ("cucm1.example.com.log", "cucm1.example.com"),
        ("cucm2/putty.log", "cucm2.example.com"),
        ("192.0.2.32 show cert.txt", "cucm2.example.com"),
        ("putty.log", None),
        ("cucm10.txt", None),
    ],
)
def test_a_listing_that_names_no_node_belongs_to_the_one_that_its_path_is_called_after(upload, expected):
    two = [
        *node("cucm1.example.com", role="unified-cm"),
        *node("cucm2.example.com", role="unified-cm", address="192.0.2.32"),
    ]
    deployment = estate([*two, listing(entry(ROOT), at=None, upload=upload)], files=at_hand(ROOT))
    assert {item.fqdn for item in deployment.nodes() if item.trust} == ({expected} if expected else set())
    assert {item.fqdn for item in deployment.nodes()} == {"cucm1.example.com", "cucm2.example.com"}


def test_a_bare_name_or_an_address_means_the_node_that_bears_it():
    known = node("cucm1.example.com", role="unified-cm", address="192.0.2.31")
    for ref in (NodeRef(name="cucm1", container="site"), NodeRef(name="192.0.2.31")):
        deployment = estate([*known, listing(entry(ROOT), at=ref)], files=at_hand(ROOT))
        assert [(item.fqdn, bool(item.trust)) for item in deployment.nodes()] == [("cucm1.example.com", True)]


def test_a_node_of_which_there_is_a_listing_alone_is_a_node():
    deployment = estate([*UCM, listing(entry(ROOT))], files=at_hand(ROOT))
    assert [item.fqdn for item in deployment.nodes()] == ["cucm1.example.com"]


def test_two_certificates_of_one_name_and_serial_number_are_no_match_for_an_entry():
    number = ROOT.certificate.serial_number
    twin = root("Example Root CA", at=AT, serial=number)
    found = list_of(estate([*UCM, listing(entry(ROOT))], files=at_hand(ROOT, twin)))
    assert found.certificates == ()


TWO = [*node("cucm1.example.com", role="unified-cm"), *node("cucm2.example.com", role="unified-cm")]
UNNAMED = listing(entry(ROOT), at=None, upload="putty.log")


def decided(fqdn, path="putty.log#tomcat-trust", store=StoreName.TOMCAT_TRUST):
    return Decision(path=path, node=fqdn, store=store if fqdn else None)


def assembled(*batches, decisions=()):
    files = at_hand(ROOT, LEAF)
    return assemble([[*batch] for batch in batches], files.certificates, {}, decisions=decisions)


def holders(deployment):
    return [item.fqdn for item in deployment.nodes() if item.trust]


def test_a_listing_that_may_be_of_several_nodes_is_asked_and_placed_nowhere():
    deployment = assembled([*TWO, *node("imp1.example.com", role="im-presence"), UNNAMED])
    (question,) = deployment.questions
    assert (question.batch, question.source.path, question.certificate) == (0, "putty.log#tomcat-trust", None)
    assert [(place.node, place.store) for place in question.candidates] == [
        (f"{host}.example.com", StoreName.TOMCAT_TRUST) for host in ("cucm1", "cucm2", "imp1")
    ]
    assert holders(deployment) == []


def test_a_list_of_a_presence_server_is_asked_of_presence_servers():
    two = [*node("imp1.example.com", role="im-presence"), *node("imp2.example.com", role="im-presence")]
    deployment = assembled([*TWO, *two, listing(entry(ROOT), at=None, store=StoreName.CUP_XMPP_TRUST)])
    (question,) = deployment.questions
    assert [place.node for place in question.candidates] == ["imp1.example.com", "imp2.example.com"]


def test_where_one_node_alone_has_such_a_place_it_is_asked_all_the_same_and_not_guessed():
    deployment = assembled([*UCM, UNNAMED])
    (question,) = deployment.questions
    assert [(place.node, place.store) for place in question.candidates] == [(NODE.name, StoreName.TOMCAT_TRUST)]
    assert holders(deployment) == []


def test_where_no_node_has_such_a_place_there_is_nothing_to_ask():
    assert assembled([*node("expc1.example.com", role="expressway-c"), UNNAMED]).questions == ()


def test_what_a_person_says_of_a_listing_holds_for_the_next_one_too():
    later = listing(entry(ISSUING), at=None, upload="putty.log")
    deployment = assembled(
        [*TWO, UNNAMED], [later], decisions=[decided("cucm1.example.com"), decided("cucm2.example.com")]
    )
    assert deployment.questions == ()
    (found,) = (item for item in deployment.nodes() if item.trust)
    assert (found.fqdn, [item.name for item in found.trust[StoreName.TOMCAT_TRUST].unmatched]) == (
        "cucm2.example.com",
        ["Example_Issuing_CA_1"],
    )
    assert {place.reason for places in deployment.placed.values() for place in places} == {PlaceReason.PERSON}


def test_a_person_may_say_that_it_belongs_nowhere_although_it_names_its_node():
    named = listing(entry(ROOT), upload="putty.log")
    deployment = assembled([*TWO, named], decisions=[decided(None)])
    assert (deployment.questions, holders(deployment)) == ((), [])


def test_a_person_may_say_that_it_is_another_list():
    decision = decided("cucm1.example.com", store=StoreName.CALLMANAGER_TRUST)
    (found, _) = assembled([*TWO, UNNAMED], decisions=[decision]).nodes()
    assert set(found.trust) == {StoreName.CALLMANAGER_TRUST}


def test_a_listing_is_of_the_node_whose_certificate_the_same_capture_shows():
    shown = CertificateFile(
        source=Source(upload="putty.log", part="tomcat"), form="pem", certificates=(LEAF.sha256,), lines=(9,)
    )
    deployment = assembled([*TWO, shown, UNNAMED])
    assert holders(deployment) == ["cucm1.example.com"]
    assert deployment.questions == ()


def test_a_listing_beside_another_session_that_names_its_node_is_not_taken_for_that_one():
    shown = CertificateFile(
        source=Source(upload="putty.log", part="tomcat"), form="pem", certificates=(LEAF.sha256,), lines=(9,)
    )
    placement = Placement(source=shown.source, node=NODE, path=shown.source.path, slot=Slot.TOMCAT, installed=True)
    deployment = assembled([*TWO, shown, placement, UNNAMED])
    assert holders(deployment) == []
    assert len(deployment.questions) == 1
