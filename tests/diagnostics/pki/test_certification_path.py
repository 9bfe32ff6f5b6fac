"""The CA certificates of a certification path: which are at hand, which of several ways is taken, and what is to be fetched."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from diagnostics.pki import certification_path as module
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.certification_path import CertificationPath, FoundPath, Origin, certification_path
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.paths import Drop
from diagnostics.samples.authority import Authority, Issued, root, self_signed

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
POLICY = TOP.intermediate("Policy CA")
ISSUING = POLICY.intermediate("Issuing CA")
HOST = ISSUING.issue(common_name="expe1.example.com", dns=["expe1.example.com"])
CHAIN = (ISSUING, POLICY, TOP)
PAST = AT - timedelta(seconds=1)


def facts(item: Issued) -> Certificate:
    return load_certificate(item.der)


def path(leaf: Issued, *pool: Issued, public: Iterable[Issued] = (), at: datetime = AT) -> CertificationPath:
    known = {facts(item).sha256: facts(item) for item in public}
    return certification_path(facts(leaf), [facts(item) for item in pool], known, at=at)


def names(found: FoundPath) -> list[str]:
    return [step.certificate.subject.short for step in found.steps]


def offering(*addresses: str) -> list[tuple[x509.ExtensionType, bool]]:
    described = [
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(address))
        for address in addresses
    ]
    return [(x509.AuthorityInformationAccess(described), False)]


def test_the_whole_path_is_found_root_first_and_nothing_is_wanted():
    found = path(HOST, *CHAIN)

    assert names(found.chosen) == ["Example Root CA", "Policy CA", "Issuing CA"]
    assert found.chosen.valid
    assert [item.subject.short for item in found.authorities] == names(found.chosen)
    assert (found.others, found.wanted, found.gave_up) == ((), (), False)


def test_the_leaf_among_the_uploads_is_no_ca_of_its_own():
    assert names(path(HOST, HOST, *CHAIN).chosen) == ["Example Root CA", "Policy CA", "Issuing CA"]


def test_a_root_of_the_public_set_is_taken_where_nobody_uploaded_it_and_said_to_be_one():
    found = path(HOST, ISSUING, POLICY, public=[TOP])

    assert [step.origin for step in found.chosen.steps] == [Origin.PUBLIC, Origin.UPLOADED, Origin.UPLOADED]
    assert found.chosen.complete


def test_what_is_uploaded_and_public_counts_as_uploaded():
    assert {step.origin for step in path(HOST, *CHAIN, public=[TOP]).chosen.steps} == {Origin.UPLOADED}


def test_a_missing_root_is_named_with_its_key_identifier_and_where_the_ca_offers_it():
    issuing = TOP.intermediate("Issuing CA", extensions=offering("http://ca.example.com/root.crt", "ldap:///cn=Root"))
    found = path(issuing.issue(common_name="a.example.com"), issuing)

    assert names(found.chosen) == ["Issuing CA"]
    assert not found.chosen.complete
    (wanted,) = found.wanted
    assert (wanted.subject, wanted.name) == (facts(TOP).subject.text, "Example Root CA")
    assert wanted.key_id == facts(TOP).subject_key_id
    assert wanted.addresses == ("http://ca.example.com/root.crt", "ldap:///cn=Root")
    assert wanted.child == facts(issuing)
    assert (wanted.outdated, wanted.unfit) == (None, ())


def test_with_nothing_at_hand_the_issuer_of_the_certificate_itself_is_wanted():
    (wanted,) = path(HOST).wanted

    assert (wanted.name, wanted.child, wanted.addresses) == ("Issuing CA", facts(HOST), ())
    assert path(HOST).authorities == ()


def test_a_certificate_that_names_a_hundred_addresses_shows_a_few():
    issuing = TOP.intermediate("Issuing CA", extensions=offering(*(f"http://ca{n}.example.com/" for n in range(100))))

    (wanted,) = path(issuing.issue(common_name="a.example.com"), issuing).wanted

    assert len(wanted.addresses) == module.MOST_ADDRESSES


def test_a_gap_in_the_middle_is_wanted_though_the_root_is_at_hand():
    found = path(HOST, ISSUING, TOP)

    assert names(found.chosen) == ["Issuing CA"]
    assert [item.name for item in found.wanted] == ["Policy CA"]


def test_a_namesake_with_another_key_is_no_issuer_and_is_said_to_be_there():
    other = POLICY.rekeyed()
    found = path(HOST, ISSUING, other, TOP)

    assert names(found.chosen) == ["Issuing CA"]
    (wanted,) = found.wanted
    assert [(item.certificate.sha256, item.drop) for item in wanted.unfit] == [(other.sha256, Drop.OTHER_KEY)]


def test_what_may_not_issue_is_no_ca_of_the_path():
    fake = TOP.issue(subject=ISSUING.name, key=ISSUING.key)

    (wanted,) = path(HOST, fake, TOP).wanted

    assert [item.drop for item in wanted.unfit] == [Drop.NOT_A_CA]


def test_of_two_ways_up_the_shorter_is_taken_and_the_other_named():
    older = root("Older Root", at=AT)
    found = path(HOST, *CHAIN, older, older.cross_sign(TOP))

    assert names(found.chosen) == ["Example Root CA", "Policy CA", "Issuing CA"]
    assert [names(item) for item in found.others] == [["Older Root", "Example Root CA", "Policy CA", "Issuing CA"]]
    assert found.wanted == ()


def test_of_two_ways_of_one_length_the_one_from_the_uploads_is_taken():
    second = root("Second Root", at=AT)
    twin = second.cross_sign(POLICY)
    for public, uploaded in ((TOP, second), (second, TOP)):
        found = path(HOST, ISSUING, POLICY, twin, uploaded, public=[public])
        assert found.chosen.steps[0].certificate == facts(uploaded)


def test_a_longer_way_is_taken_where_the_short_one_is_out_of_date():
    ended = TOP.renewed(not_after=PAST)
    older = root("Older Root", at=AT)
    found = path(HOST, ISSUING, POLICY, ended, older, older.cross_sign(TOP))

    assert names(found.chosen) == ["Older Root", "Example Root CA", "Policy CA", "Issuing CA"]
    assert found.chosen.valid
    assert found.wanted == ()


@pytest.mark.parametrize("earlier", [True, False])
def test_a_renewed_ca_is_taken_for_the_expired_one_of_the_same_key(earlier):
    ended = ISSUING.renewed(not_after=PAST)
    pool = (ended, ISSUING) if earlier else (ISSUING, ended)
    found = path(HOST, *pool, POLICY, TOP)

    assert found.chosen.steps[-1].certificate == facts(ISSUING)
    assert found.chosen.valid


def test_where_only_an_expired_ca_is_at_hand_it_is_shown_not_handed_out_and_its_successor_wanted():
    ended = ISSUING.renewed(not_after=PAST)
    found = path(HOST, ended, POLICY, TOP)

    assert [step.outdated for step in found.chosen.steps] == [False, False, True]
    assert [item.subject.short for item in found.authorities] == ["Example Root CA", "Policy CA"]
    (wanted,) = found.wanted
    assert (wanted.name, wanted.outdated, wanted.child) == ("Issuing CA", facts(ended), facts(HOST))


def test_a_ca_is_in_date_in_the_second_in_which_it_ends_and_not_in_the_next():
    end = AT.replace(microsecond=0)
    ending = ISSUING.renewed(not_after=end)

    assert path(HOST, ending, POLICY, TOP, at=end).chosen.valid
    assert path(HOST, ending, POLICY, TOP, at=end + timedelta(seconds=1)).chosen.outdated


def test_that_the_certificate_itself_has_ended_does_not_matter_to_its_path():
    ended = ISSUING.reissue(HOST, not_after=PAST)

    assert path(ended, *CHAIN).chosen.valid


def test_a_path_that_openssl_refuses_gives_way_to_a_longer_one():
    other = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)
    narrow = POLICY.renewed(name_constraints=other)
    second = root("Second Root", at=AT).intermediate("Second Issuing CA")
    wide = second.cross_sign(POLICY)
    assert second.issuer is not None

    found = path(HOST, ISSUING, narrow, TOP, wide, second, second.issuer)

    assert names(found.chosen) == ["Second Root", "Second Issuing CA", "Policy CA", "Issuing CA"]
    (refused,) = found.others
    assert "subtree" in refused.refusal


def test_a_refused_path_is_shown_with_openssls_words_where_there_is_no_better_one():
    other = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)
    found = path(HOST, ISSUING, POLICY.renewed(name_constraints=other), TOP)

    assert "subtree" in found.chosen.refusal
    assert not found.chosen.valid


def test_a_certificate_that_signed_itself_is_its_own_ca_certificate():
    own = self_signed("cucm1.example.com", at=AT)
    found = path(own, TOP)

    assert [step.certificate for step in found.chosen.steps] == [facts(own)]
    assert (found.chosen.complete, found.wanted) == (True, ())


def test_of_ways_that_all_end_nowhere_the_one_that_leads_furthest_is_taken():
    side = root("Side Root", at=AT)
    found = path(HOST, ISSUING, POLICY, side.cross_sign(ISSUING))

    assert names(found.chosen) == ["Policy CA", "Issuing CA"]
    assert [item.name for item in found.wanted] == ["Example Root CA"]


def test_the_order_in_which_certificates_were_uploaded_changes_nothing():
    older = root("Older Root", at=AT)
    pool: tuple[Authority, ...] = (*CHAIN, older, older.cross_sign(TOP), TOP.renewed(not_after=AT + timedelta(days=9)))

    assert path(HOST, *pool) == path(HOST, *reversed(pool))


def test_a_web_of_cas_is_followed_within_bounds():
    web = [root(f"Root {number}", at=AT) for number in range(7)]
    crossed = [one.cross_sign(other) for one in web for other in web if one is not other]
    found = path(web[0].issue(common_name="a.example.com", dns=["a.example.com"]), *web, *crossed)

    assert names(found.chosen) == ["Root 0"]
    assert len(found.others) < module.MOST_PATHS
    assert found.gave_up
