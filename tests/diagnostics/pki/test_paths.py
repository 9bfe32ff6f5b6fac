"""Every path from a leaf, why a candidate was dropped, and what a verifier lacks."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from diagnostics.pki import paths
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.paths import DEEPEST, MOST_STEPS, Drop, Exploration, IssuerGraph, Path, Shortfall, shortfall
from diagnostics.pki.verification import Verifier
from diagnostics.samples.authority import Authority, Issued, root, self_signed
from tests.diagnostics.pki import spoiling
from tests.diagnostics.pki.spoiling import spoiled

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="a.example.com", dns=["a.example.com"])


def facts(item: Issued | bytes) -> Certificate:
    return load_certificate(item if isinstance(item, bytes) else item.der)


def graph(*pool: Issued | bytes) -> IssuerGraph:
    return IssuerGraph(map(facts, pool), Verifier())


def explored(leaf: Issued | bytes, *pool: Issued | bytes) -> Exploration:
    return graph(*pool).explore(facts(leaf))


def names(path: Path) -> list[str]:
    return [item.subject.short for item in path.certificates]


def drops(exploration: Exploration) -> dict[str, Drop | None]:
    return {item.certificate.sha256: item.drop for item in exploration.candidates}


def lack(leaf: Issued, pool: Iterable[Issued], *, listed: Iterable[Issued], sent: Iterable[Issued] = ()) -> Shortfall:
    entries = [facts(item) for item in listed]
    own = {item.sha256 for item in entries}
    return shortfall(
        facts(leaf), graph(*pool), held=own | {item.sha256 for item in sent}, listed=own, list_entries=entries
    )


def missing(found: Shortfall) -> list[str]:
    return [gap.name for gap in found.missing]


def test_the_plain_path_is_found_and_complete():
    exploration = explored(LEAF, TOP, ISSUING)

    assert [names(path) for path in exploration.paths] == [["a.example.com", "Issuing CA", "Example Root CA"]]
    assert exploration.paths[0].complete
    assert drops(exploration) == {ISSUING.sha256: None, TOP.sha256: None}
    assert not exploration.gave_up


def test_a_path_that_ends_without_a_root_is_not_complete():
    for pool, length in (((), 1), ((ISSUING,), 2)):
        (path,) = explored(LEAF, *pool).paths
        assert (len(path.certificates), path.complete) == (length, False)


def test_a_self_signed_leaf_is_its_own_path_and_its_own_issuer():
    node = self_signed("cucm1.example.com", at=AT)
    (path,) = explored(node, TOP).paths

    assert path.complete
    assert [item.sha256 for item in path.issuers] == [node.sha256]


def test_cross_signed_authorities_give_every_path_complete_and_shortest_first():
    old = root("Old Root", at=AT)
    crossed = old.cross_sign(TOP)
    exploration = explored(LEAF, ISSUING, TOP, crossed, old)

    assert [names(path) for path in exploration.paths] == [
        ["a.example.com", "Issuing CA", "Example Root CA"],
        ["a.example.com", "Issuing CA", "Example Root CA", "Old Root"],
    ]
    assert all(path.complete for path in exploration.paths)


def test_complete_paths_come_before_longer_and_broken_ones():
    crossed = root("Absent Root", at=AT).cross_sign(ISSUING)
    exploration = explored(LEAF, crossed, ISSUING, TOP)

    assert [path.complete for path in exploration.paths] == [True, False]


def test_two_certificates_of_one_key_are_two_paths():
    renewed = TOP.renewed(not_after=AT + timedelta(days=9_000))
    assert len(explored(LEAF, ISSUING, TOP, renewed).paths) == 2


def test_names_that_differ_in_case_still_lead_on():
    shouted = x509.Name([x509.NameAttribute(item.oid, item.value.upper()) for item in ISSUING.name])
    renewed = ISSUING.renewed(subject=shouted)

    (path,) = explored(LEAF, renewed, TOP).paths
    assert path.complete


@pytest.mark.parametrize(
    ("pool", "drop"),
    [
        (lambda: ISSUING.rekeyed(), Drop.OTHER_KEY),
        (lambda: ISSUING.renewed(ca=False), Drop.NOT_A_CA),
        (lambda: ISSUING.renewed(ca=None, key_usage=None), Drop.NOT_A_CA),
        (lambda: ISSUING.renewed(key_usage=("crl_sign",)), Drop.NO_CERT_SIGN),
    ],
)
def test_why_a_certificate_with_the_wanted_name_was_dropped(pool, drop):
    candidate = pool()
    exploration = explored(LEAF, candidate, TOP)

    assert drops(exploration) == {candidate.sha256: drop}
    assert [len(path.certificates) for path in exploration.paths] == [1]


def test_a_limit_on_the_path_drops_the_authority_that_states_it():
    limited = TOP.renewed(path_length=0)
    exploration = explored(LEAF, ISSUING, limited)

    assert drops(exploration) == {ISSUING.sha256: None, limited.sha256: Drop.PATH_LENGTH}
    assert explored(ISSUING.issue(common_name="b"), ISSUING, TOP.renewed(path_length=1)).paths[0].complete


def test_self_issued_authorities_do_not_count_against_a_limit():
    """As on a roll-over of its key (RFC 5280, 4.2.1.9)."""
    limited = TOP.intermediate("Rolling CA", path_length=0)
    rolled = limited.cross_sign(limited.rekeyed())
    leaf = rolled.issue(common_name="b")

    assert names(explored(leaf, rolled, limited, TOP).paths[0]) == [
        "b",
        "Rolling CA",
        "Rolling CA",
        "Example Root CA",
    ]


def test_a_loop_is_left_at_its_first_turn():
    first, second = root("First", at=AT), root("Second", at=AT)
    crossed = [second.cross_sign(first), first.cross_sign(second)]
    exploration = explored(crossed[0].issue(common_name="b"), *crossed)

    assert [names(path) for path in exploration.paths] == [["b", "First", "Second"]]
    assert Drop.LOOP in {item.drop for item in exploration.candidates}
    assert not exploration.paths[0].complete


def test_the_key_identifier_only_says_whom_to_try_first():
    plain = ISSUING.issue(common_name="b", authority_key_id=False)
    others = [ISSUING.rekeyed() for _ in range(3)]

    assert any(path.complete for path in explored(plain, *others, ISSUING, TOP).paths)
    first = graph(*others, ISSUING).named(facts(LEAF))[0]
    assert first.sha256 == ISSUING.sha256


def test_a_root_of_version_one_heads_a_path_and_one_of_version_three_without_constraints_does_not():
    version_one = spoiled(TOP, TOP, {spoiling.VERSION: b"", spoiling.EXTENSIONS: b""})
    version_three = facts(TOP.renewed(ca=None, key_usage=None)).der

    assert explored(ISSUING, version_one).paths[0].complete
    assert drops(explored(ISSUING, version_three)) == {facts(version_three).sha256: Drop.NOT_A_CA}


class CountingVerifier(Verifier):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def signed_by(self, child: Certificate, issuer: Certificate) -> bool:
        self.asked += 1
        return super().signed_by(child, issuer)


def test_any_number_of_authorities_of_one_name_are_tried_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(paths, "MOST_STEPS", 200)  # so that the test need not sign thousands
    key = TOP.rekeyed().key
    same_named = [TOP.renewed(key=key, serial=number + 1) for number in range(300)]
    verifier = CountingVerifier()
    stranger = TOP.issue(common_name="b", authority_key_id=False)

    exploration = IssuerGraph(map(facts, same_named), verifier).explore(facts(stranger))

    assert exploration.gave_up
    assert verifier.asked <= 201
    assert [path.complete for path in exploration.paths] == [False]


def test_circles_of_cross_signatures_are_walked_up_to_a_bound():
    first, second = root("First", at=AT), root("Second", at=AT)
    circle = [second.cross_sign(first) for _ in range(40)] + [first.cross_sign(second) for _ in range(40)]
    verifier = CountingVerifier()

    exploration = IssuerGraph(map(facts, circle), verifier).explore(facts(circle[0].issue(common_name="b")))

    assert exploration.gave_up
    assert verifier.asked <= 80 * 80
    assert len(exploration.paths) <= MOST_STEPS + 1
    assert max(len(path.certificates) for path in exploration.paths) <= DEEPEST


def test_a_signature_is_checked_once_however_often_it_is_met():
    verifier = CountingVerifier()
    pool = IssuerGraph(map(facts, (ISSUING, TOP)), verifier)
    leaves = [facts(ISSUING.issue(common_name=f"host{number}")) for number in range(20)]
    for leaf in leaves * 3:
        assert pool.explore(leaf).paths[0].complete

    # Each leaf by its issuer, the issuer by the root, the root by itself.
    assert verifier.asked == len(leaves) + 2


def test_what_is_missing_is_named_from_the_leaf_upwards():
    pool = (ISSUING, TOP)

    assert missing(lack(LEAF, pool, listed=pool)) == []
    assert missing(lack(LEAF, pool, listed=[TOP])) == ["Issuing CA"]
    assert missing(lack(LEAF, pool, listed=[ISSUING])) == ["Example Root CA"]
    assert missing(lack(LEAF, pool, listed=[])) == ["Issuing CA", "Example Root CA"]


def test_an_intermediate_may_come_from_the_peer_and_a_root_may_not():
    pool = (ISSUING, TOP)

    assert missing(lack(LEAF, pool, listed=[TOP], sent=[ISSUING])) == []
    assert missing(lack(LEAF, pool, listed=[], sent=[ISSUING, TOP])) == ["Example Root CA"]


def test_above_a_certificate_of_the_list_nothing_from_the_wire_helps():
    """Seen of OpenSSL: what it takes from the list it continues from the list, so the list must hold the rest too."""
    middle = TOP.intermediate("Middle CA")
    low = middle.intermediate("Low CA")
    leaf = low.issue(common_name="b")
    pool = (low, middle, TOP)

    assert missing(lack(leaf, pool, listed=[TOP], sent=[low, middle])) == []
    assert missing(lack(leaf, pool, listed=[TOP, low], sent=[low, middle])) == ["Middle CA"]
    assert missing(lack(leaf, pool, listed=[TOP], sent=[middle])) == ["Low CA", "Middle CA"]
    assert missing(lack(leaf, pool, listed=[TOP, middle], sent=[low])) == []

    verifier = Verifier()
    trusted = verifier.trusted_list([facts(TOP), facts(low)])
    assert not verifier.verify(facts(leaf), helpers=[facts(low), facts(middle)], trusted=trusted, at=AT).trusted


def test_a_missing_certificate_of_which_a_copy_is_at_hand_comes_with_it():
    (gap,) = lack(LEAF, (ISSUING, TOP), listed=[ISSUING]).missing

    assert gap.certificate is not None
    assert (gap.certificate.sha256, gap.child, gap.is_root) == (TOP.sha256, ISSUING.sha256, True)
    assert gap.key_id == facts(TOP).subject_key_id
    assert gap.subject == "CN=Example Root CA,O=Example Corporation"


def test_a_missing_certificate_that_nobody_has_is_known_by_name_and_key_identifier():
    (gap,) = lack(LEAF, (), listed=[TOP]).missing

    assert (gap.name, gap.certificate, gap.is_root) == ("Issuing CA", None, None)
    assert gap.key_id == facts(ISSUING).subject_key_id
    assert gap.child == LEAF.sha256


def test_an_entry_of_the_same_name_with_another_key_is_said():
    stale = ISSUING.rekeyed()
    for pool in ((ISSUING, TOP, stale), (TOP, stale)):
        (gap,) = lack(LEAF, pool, listed=[TOP, stale]).missing
        assert [item.sha256 for item in gap.same_name] == [stale.sha256]


def test_an_entry_of_the_same_name_and_key_is_not_called_another_key():
    """The list has the issuing CA, cross-signed by a root that nobody has: its key is right, its issuer is absent."""
    crossed = root("Absent Root", at=AT).cross_sign(ISSUING)
    found = lack(LEAF, (crossed, ISSUING, TOP), listed=[crossed])

    assert [item.same_name for item in found.missing] == [()] * len(found.missing)


@pytest.mark.parametrize("shape", [{"ca": False}, {"key_usage": ("crl_sign",)}])
def test_an_issuer_that_is_there_and_unfit_is_not_called_missing(shape):
    unfit = ISSUING.renewed(**shape)
    assert missing(lack(LEAF, (unfit, TOP), listed=[unfit, TOP])) == []
    assert missing(lack(LEAF, (unfit, TOP), listed=[TOP])) == ["Issuing CA"]


def test_a_fit_copy_elsewhere_is_what_an_unfit_entry_lacks():
    unfit = ISSUING.renewed(ca=False)
    (gap,) = lack(LEAF, (unfit, ISSUING, TOP), listed=[unfit, TOP]).missing

    assert gap.certificate is not None
    assert gap.certificate.sha256 == ISSUING.sha256


def test_of_several_paths_the_one_that_lacks_least_is_taken():
    old = root("Old Root", at=AT)
    crossed = old.cross_sign(TOP)
    pool = (ISSUING, TOP, crossed, old)

    assert missing(lack(LEAF, pool, listed=[ISSUING, crossed, old])) == []
    assert missing(lack(LEAF, pool, listed=[ISSUING, old])) == ["Example Root CA"]
    assert missing(lack(LEAF, pool, listed=[ISSUING])) == ["Example Root CA"]


def test_a_self_signed_certificate_lacks_itself():
    node = self_signed("cucm1.example.com", at=AT)
    renewed = self_signed("cucm1.example.com", at=AT)

    assert missing(lack(node, (node,), listed=[node])) == []
    (gap,) = lack(node, (node, renewed), listed=[renewed]).missing
    assert gap.certificate is not None
    assert gap.certificate.sha256 == node.sha256
    assert [item.sha256 for item in gap.same_name] == [renewed.sha256]


def chain_of(length: int) -> list[Authority]:
    authorities = [TOP]
    for number in range(length - 1):
        authorities.append(authorities[-1].intermediate(f"CA {number}"))
    return authorities


def test_a_path_of_the_greatest_depth_is_walked_and_a_deeper_one_ends():
    authorities = chain_of(DEEPEST)
    deepest = authorities[DEEPEST - 2].issue(common_name="b")
    deeper = authorities[DEEPEST - 1].issue(common_name="b")

    assert explored(deepest, *authorities).paths[0].complete
    assert not explored(deeper, *authorities).paths[0].complete
