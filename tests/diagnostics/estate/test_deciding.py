"""What a person said of a file holds, for this upload and later ones, and for no other file."""

from datetime import timedelta

from diagnostics.estate.assemble import assemble
from diagnostics.estate.decisions import Decision
from diagnostics.estate.model import Deployment, PlaceReason
from diagnostics.estate.observations import CertificateFile, NodeRef, Role, Slot, Source, StoreName
from diagnostics.pki.loading import load, load_certificate
from diagnostics.samples.authority import Issued, root
from tests.diagnostics.estate.said import AT, Files, estate, node, uploads

ROOT = root(at=AT)
ISSUING = ROOT.intermediate("Issuing CA")
OTHER_ROOT = root("Other Root CA", at=AT)
C1 = NodeRef(name="expc1.example.com")
PAIR = [
    *node("expc1.example.com", cluster="expc.example.com", role="expressway-c", version="X14.3.2"),
    *node("expc2.example.com", cluster="expc.example.com", role="expressway-c", version="X14.3.2"),
]
SHARED = ISSUING.issue(common_name="expc.example.com", dns=["expc.example.com"])


def names_of(issued: Issued) -> tuple[str, ...]:
    facts = load_certificate(issued.der)
    return tuple(name.casefold() for name in (*facts.subject.common_names, *facts.names.texts))


def decision(path: str, issued: Issued | None, at: str | None, slot: Slot | None = Slot.SERVER, **more) -> Decision:
    return Decision(
        path=path,
        certificate=issued.sha256 if issued else None,
        names=names_of(issued) if issued else (),
        node=at,
        slot=slot if at and "store" not in more else None,
        **more,
    )


def places(found: Deployment, path: str, batch: int = 0) -> list[tuple[str, str]]:
    return [(place.text, place.reason or "") for place in found.placed.get((batch, path), ())]


def test_the_answer_places_the_file_and_ends_the_question() -> None:
    files = Files().put("a.pem", SHARED)
    assert len(estate(PAIR, files=files).questions) == 1
    found = estate(PAIR, files=files, decisions=[decision("a.pem", SHARED, "expc2.example.com")])
    assert places(found, "a.pem") == [("expc2.example.com server", PlaceReason.PERSON)]
    assert found.questions == ()
    assert found.loose == ()


def test_the_same_certificate_under_another_name_in_a_later_upload_belongs_there_too() -> None:
    decisions = [decision("a.pem", SHARED, "expc2.example.com")]
    found = uploads(Files().put("a.pem", SHARED), Files().put("b.cer", SHARED), nodes=PAIR, decisions=decisions)
    assert places(found, "b.cer", batch=1) == [("expc2.example.com server", PlaceReason.PERSON)]


def test_a_renewal_belongs_where_the_old_certificate_did() -> None:
    renewed = ISSUING.reissue(SHARED, not_before=AT - timedelta(days=1))
    decisions = [decision("a.pem", SHARED, "expc2.example.com")]
    found = uploads(Files().put("a.pem", SHARED), Files().put("new.pem", renewed), nodes=PAIR, decisions=decisions)
    assert places(found, "new.pem", batch=1) == [("expc2.example.com server", PlaceReason.PERSON)]
    _, second = found.nodes()
    assert second.certificates[Slot.SERVER].certificate.sha256 == renewed.sha256


def test_certificates_with_the_same_names_that_went_to_different_places_say_nothing_of_a_third() -> None:
    other, third = ISSUING.reissue(SHARED), ISSUING.reissue(SHARED)
    decisions = [
        decision("a.pem", SHARED, "expc1.example.com"),
        decision("b.pem", other, "expc2.example.com"),
    ]
    files = Files().put("a.pem", SHARED).put("b.pem", other).put("c.pem", third)
    found = estate(PAIR, files=files, decisions=decisions)
    assert places(found, "a.pem") == [("expc1.example.com server", PlaceReason.PERSON)]
    assert places(found, "b.pem") == [("expc2.example.com server", PlaceReason.PERSON)]
    assert places(found, "c.pem") == []


def test_a_file_at_the_same_path_belongs_where_the_last_one_did() -> None:
    grown = ISSUING.issue(common_name="expc.example.com", dns=["expc.example.com", "collab.example.com"])
    decisions = [decision("a.pem", SHARED, "expc2.example.com")]
    found = uploads(Files().put("a.pem", SHARED), Files().put("a.pem", grown), nodes=PAIR, decisions=decisions)
    assert places(found, "a.pem", batch=1) == [("expc2.example.com server", PlaceReason.PERSON)]


def test_another_hosts_certificate_at_the_same_path_does_not() -> None:
    """Everybody calls it server.pem."""
    own = ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"])
    decisions = [decision("server.pem", SHARED, "expc2.example.com")]
    found = uploads(Files().put("server.pem", SHARED), Files().put("server.pem", own), nodes=PAIR, decisions=decisions)
    assert places(found, "server.pem", batch=1) == [("expc1.example.com server", PlaceReason.NAMES)]


def test_the_latest_decision_counts() -> None:
    decisions = [
        decision("a.pem", SHARED, "expc1.example.com"),
        decision("copy.pem", SHARED, "expc2.example.com"),
    ]
    found = estate(PAIR, files=Files().put("a.pem", SHARED), decisions=decisions)
    assert places(found, "a.pem") == [("expc2.example.com server", PlaceReason.PERSON)]


def test_of_two_files_that_were_given_one_slot_the_later_decision_has_it() -> None:
    one, two = SHARED, ISSUING.issue(common_name="collab.example.org", dns=["collab.example.org"])
    decisions = [decision("b.pem", two, "expc1.example.com"), decision("a.pem", one, "expc1.example.com")]
    for order in (decisions, decisions[::-1]):
        files = Files().put("a.pem", one).put("b.pem", two)
        first, _ = estate(PAIR, files=files, decisions=order).nodes()
        assert first.certificates[Slot.SERVER].certificate.sha256 == order[-1].certificate


def test_a_person_overrules_the_inventory_and_the_archive() -> None:
    shown, meant = SHARED, ISSUING.issue(common_name="x.example.org", dns=["x.example.org"])
    files = Files().put("shown.pem", shown, at=C1, slot=Slot.SERVER, installed=True).put("meant.pem", meant)
    found = estate(PAIR, files=files, decisions=[decision("meant.pem", meant, "expc1.example.com")])
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == meant.sha256
    (contradiction,) = found.contradictions
    assert (contradiction.subject, contradiction.what) == ("expc1.example.com", "server")
    assert [path for path, _ in contradiction.said] == ["meant.pem", "shown.pem"]


def test_a_file_that_is_to_belong_nowhere_does_not() -> None:
    own = ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"])
    files = Files().put("shown.pem", own, at=C1, slot=Slot.SERVER, installed=True)
    found = estate(PAIR, files=files, decisions=[decision("shown.pem", own, None)])
    assert found.placed == {}
    assert [item.file.source.path for item in found.loose] == ["shown.pem"]
    assert all(not item.certificates for item in found.nodes())


def test_a_decision_about_a_copy_moves_nothing_out_of_the_archive() -> None:
    own = ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"])
    files = Files().put("logs/server_expc1.pem", own, at=C1, slot=Slot.SERVER, installed=True).put("copy.pem", own)
    found = estate(PAIR, files=files, decisions=[decision("copy.pem", own, "expc2.example.com")])
    first, second = found.nodes()
    assert first.certificates[Slot.SERVER].file.source.path == "logs/server_expc1.pem"
    assert second.certificates[Slot.SERVER].file.source.path == "copy.pem"


def test_a_decision_about_a_member_of_a_diagnostic_log_holds_for_the_next_log() -> None:
    old, new = "log_2026-01-15_10_30_00.tar.gz/server_x_{}.pem", "log_2026-02-01_08_00_00.tar.gz/server_x_{}.pem"
    first = old.format("2026-01-15_10_30_00")
    second = new.format("2026-02-01_08_00_00")
    here = NodeRef(name="x", container="log")
    one = Files().put(first, SHARED, at=here, slot=Slot.SERVER, installed=True)
    two = Files().put(second, SHARED, at=here, slot=Slot.SERVER, installed=True)
    found = uploads(one, two, nodes=PAIR, decisions=[decision(first, SHARED, "expc2.example.com")])
    assert places(found, second, batch=1) == [("expc2.example.com server", PlaceReason.PERSON)]


def test_two_lists_that_begin_with_the_same_root_are_two_lists() -> None:
    decisions = [decision("one/ca.pem", ROOT, "expc1.example.com", store=StoreName.TRUSTED_CA)]
    files = Files().put("one/ca.pem", ROOT, ISSUING).put("two/ca.pem", ROOT, OTHER_ROOT)
    found = estate(PAIR, files=files, decisions=decisions)
    assert places(found, "one/ca.pem") == [("expc1.example.com trusted-ca", PlaceReason.PERSON)]
    assert places(found, "two/ca.pem") == []


def test_a_list_in_the_same_folder_packed_anew_is_that_list() -> None:
    decisions = [decision("may.zip/one/ca.pem", ROOT, "expc1.example.com", store=StoreName.TRUSTED_CA)]
    found = estate(PAIR, files=Files().put("june.zip/one/ca.pem", ROOT, ISSUING), decisions=decisions)
    assert places(found, "june.zip/one/ca.pem") == [("expc1.example.com trusted-ca", PlaceReason.PERSON)]


def test_a_list_at_the_same_path_follows_although_it_begins_with_another_ca_now() -> None:
    decisions = [
        decision("one/roots.pem", ROOT, "expc1.example.com", store=StoreName.TRUSTED_CA),
        decision("roots.pem", ROOT, "expc2.example.com", store=StoreName.TRUSTED_CA),
    ]
    files = Files().put("one/roots.pem", OTHER_ROOT, ISSUING).put("roots.pem", OTHER_ROOT, ISSUING)
    found = estate(PAIR, files=files, decisions=decisions)
    assert places(found, "one/roots.pem") == [("expc1.example.com trusted-ca", PlaceReason.PERSON)]
    assert places(found, "roots.pem") == []  # dropped by itself, it may be any node's


def test_ca_certificates_where_a_nodes_certificate_was_do_not_follow_it() -> None:
    decisions = [decision("one/x.pem", SHARED, "expc1.example.com")]
    found = estate(PAIR, files=Files().put("one/x.pem", ROOT, ISSUING), decisions=decisions)
    assert found.placed == {}


def test_a_container_that_was_placed_while_it_was_locked_stays_there_when_it_is_opened() -> None:
    locked = CertificateFile(source=Source(upload="x.pfx"), form="pkcs12", certificates=(), lines=(), faults=1)
    decisions = [decision("x.pfx", None, "expc1.example.com")]
    before = estate([*PAIR, locked], decisions=decisions)
    first, _ = before.nodes()
    assert set(first.unread) == {Slot.SERVER}
    after = estate(PAIR, files=Files().put("x.pfx", SHARED), decisions=decisions)
    first, _ = after.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == SHARED.sha256


def test_a_decision_makes_a_node_that_nothing_else_knows() -> None:
    decisions = [decision("a.pem", SHARED, "expe1.example.com")]
    (only,) = estate(files=Files().put("a.pem", SHARED), decisions=decisions).nodes()
    assert (only.fqdn, only.role) == ("expe1.example.com", Role.EXPRESSWAY)
    tomcat = [decision("a.pem", SHARED, "cucm1.example.com", Slot.TOMCAT)]
    (only,) = estate(files=Files().put("a.pem", SHARED), decisions=tomcat).nodes()
    assert only.role is Role.UNIFIED_CM
    xmpp = [decision("a.pem", SHARED, "imp1.example.com", Slot.CUP_XMPP)]
    (only,) = estate(files=Files().put("a.pem", SHARED), decisions=xmpp).nodes()
    assert only.role is Role.IM_PRESENCE


def test_a_decision_about_a_file_that_is_gone_makes_no_node() -> None:
    other = ISSUING.issue(common_name="collab.example.org", dns=["collab.example.org"])
    found = estate(files=Files().put("b.pem", other), decisions=[decision("a.pem", SHARED, "expe1.example.com")])
    assert list(found.nodes()) == []


def test_a_bare_host_name_in_a_decision_is_the_one_node_that_is_called_so() -> None:
    found = estate(PAIR, files=Files().put("a.pem", SHARED), decisions=[decision("a.pem", SHARED, "EXPC2")])
    assert places(found, "a.pem") == [("expc2.example.com server", PlaceReason.PERSON)]
    assert len(list(found.nodes())) == 2


# revocation lists

CRL = load(ROOT.crl(this_update=AT - timedelta(days=1), next_update=AT + timedelta(days=6)), most=10).crls[0]


def crl_file(path: str) -> CertificateFile:
    return CertificateFile(source=Source(upload=path), form="crl", certificates=(), lines=(), crls=(CRL.sha256,))


def with_crls(*paths: str, decisions: list[Decision]) -> Deployment:
    """Each path is a file with a revocation list, in an upload of its own."""
    batches = [[*PAIR], *([crl_file(path)] for path in paths)]
    return assemble(batches, {}, {CRL.sha256: CRL}, decisions)


def test_a_revocation_list_belongs_to_the_node_that_a_person_named() -> None:
    said = Decision(path="root.crl", node="expc2.example.com", crl=True)
    found = with_crls("root.crl", decisions=[said])
    assert places(found, "root.crl", batch=1) == [("expc2.example.com crl", PlaceReason.PERSON)]
    assert {item.fqdn: item.crls for item in found.nodes()} == {"expc1.example.com": (), "expc2.example.com": (CRL,)}
    assert with_crls("root.crl", decisions=[]).loose != found.loose == ()


def test_the_next_list_at_that_path_belongs_there_too_and_a_list_elsewhere_does_not() -> None:
    said = Decision(path="root.crl", node="expc2.example.com", crl=True)
    found = with_crls("root.crl", "root.crl", "other.crl", decisions=[said])
    assert places(found, "root.crl", batch=2) == [("expc2.example.com crl", PlaceReason.PERSON)]
    assert places(found, "other.crl", batch=3) == []


def test_a_certificate_at_the_path_of_a_revocation_list_is_not_taken_for_one() -> None:
    said = Decision(path="a.pem", node="expc2.example.com", crl=True)
    found = estate(PAIR, files=Files().put("a.pem", SHARED), decisions=[said])
    assert places(found, "a.pem") == []
    assert len(found.questions) == 1


def test_a_decision_for_two_places_at_once_is_none() -> None:
    said = Decision(path="root.crl", node="expc2.example.com", store=StoreName.TRUSTED_CA, crl=True)
    assert places(with_crls("root.crl", decisions=[said]), "root.crl", batch=1) == []
