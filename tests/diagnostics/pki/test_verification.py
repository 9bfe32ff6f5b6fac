"""The verdict is OpenSSL's: held against the openssl command over generated chains, and against the ways to get it wrong."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.paths import IssuerGraph, shortfall
from diagnostics.pki.verification import EXPIRED, NOT_YET_VALID, Opinion, Verdict, Verifier, second_opinion
from diagnostics.samples.authority import Authority, Issued, root, self_signed
from diagnostics.samples.signing import Shape

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
TOP = root(at=AT)
ISSUING = TOP.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="a.example.com", dns=["a.example.com"])


def facts(items: Sequence[Issued]) -> list[Certificate]:
    return [load_certificate(item.der) for item in items]


def judged(
    leaf: Issued, *, trusted: Sequence[Issued], helpers: Sequence[Issued] = (), at: datetime | None = AT
) -> Verdict:
    verifier = Verifier()
    return verifier.verify(
        load_certificate(leaf.der), helpers=facts(helpers), trusted=verifier.trusted_list(facts(trusted)), at=at
    )


def test_the_chain_that_was_built_is_given_leaf_first():
    verdict = judged(LEAF, trusted=[TOP], helpers=[ISSUING])

    assert verdict == Verdict(trusted=True, chain=(LEAF.sha256, ISSUING.sha256, TOP.sha256))


@pytest.mark.parametrize("trusted", [(), (ISSUING,), (LEAF,), (LEAF, ISSUING)])
@pytest.mark.parametrize("at", [AT, None])
def test_a_list_without_the_root_never_trusts(trusted, at):
    """Partial chains are accepted by OpenSSL on request and by cryptography always; by an Expressway they are not."""
    verdict = judged(LEAF, trusted=trusted, helpers=[ISSUING, TOP], at=at)

    assert not verdict.trusted
    assert verdict.chain == ()
    assert verdict.words


def test_a_root_from_the_wire_is_not_trusted():
    assert not judged(LEAF, trusted=[root("Other", at=AT)], helpers=[ISSUING, TOP]).trusted


def test_a_refusal_says_where_it_stopped():
    expired = TOP.intermediate("Issuing CA", not_after=AT - DAY)
    verdict = judged(expired.issue(common_name="b"), trusted=[TOP], helpers=[expired])

    assert (verdict.code, verdict.depth, verdict.certificate) == (EXPIRED, 1, expired.sha256)
    assert verdict.words == "certificate has expired"


def test_a_list_that_has_intermediate_and_root_needs_nothing_from_the_wire():
    assert judged(LEAF, trusted=[TOP, ISSUING]).trusted
    assert judged(LEAF, trusted=[ISSUING, TOP]).trusted


@pytest.mark.parametrize("position", [0, 1, 2])
def test_dates_count_on_every_certificate_to_the_second(position):
    def chain(**dates: datetime) -> list[Issued]:
        shapes: list[Shape] = [{}, {}, {}]
        shapes[position].update(dates)
        top = root("Dated Root", at=AT, **shapes[2])
        issuing = top.intermediate("Dated CA", **shapes[1])
        return [issuing.issue(common_name="b", **shapes[0]), issuing, top]

    leaf, issuing, top = chain(not_before=AT, not_after=AT + 60 * SECOND)
    moments = {
        AT - SECOND: NOT_YET_VALID,
        AT: 0,
        AT + 59 * SECOND: 0,
        AT + 61 * SECOND: EXPIRED,
    }
    for at, code in moments.items():
        verdict = judged(leaf, trusted=[top], helpers=[issuing], at=at)
        assert (verdict.code, verdict.trusted) == (code, code == 0), at
    assert judged(leaf, trusted=[top], helpers=[issuing], at=None).trusted


def test_a_moment_in_another_zone_is_the_same_moment():
    leaf = ISSUING.issue(common_name="b", not_before=AT, not_after=AT + SECOND)
    assert judged(leaf, trusted=[TOP], helpers=[ISSUING], at=AT.astimezone(ZoneInfo("Asia/Tokyo"))).trusted


def test_a_self_signed_certificate_is_trusted_where_it_is_listed():
    node = self_signed("cucm1.example.com", at=AT)

    assert judged(node, trusted=[node]).trusted
    assert not judged(node, trusted=[self_signed("cucm1.example.com", at=AT)]).trusted


def test_chains_without_key_identifiers_are_sound():
    """X509_STRICT would refuse every one of them."""
    top = root("Plain Root", at=AT, subject_key_id=False)
    issuing = top.intermediate("Plain CA", subject_key_id=False, authority_key_id=False)
    leaf = issuing.issue(common_name="b", subject_key_id=False, authority_key_id=False)

    assert judged(leaf, trusted=[top], helpers=[issuing]).trusted


def test_a_key_identifier_that_contradicts_its_issuer_is_refused_and_nothing_is_called_missing():
    """The signature is right, and OpenSSL will not look at it: its words are all that can be said."""
    stranger = load_certificate(root(at=AT).der)
    wrong = x509.AuthorityKeyIdentifier(bytes.fromhex(str(stranger.subject_key_id)), None, None)
    leaf = ISSUING.issue(common_name="b", authority_key_id=False, extensions=[(wrong, False)])
    entries = facts([TOP, ISSUING])
    own = {item.sha256 for item in entries}
    verifier = Verifier()
    (first,) = facts([leaf])

    assert not verifier.verify(first, helpers=[], trusted=verifier.trusted_list(entries), at=AT).trusted
    found = shortfall(first, IssuerGraph(entries, verifier), held=own, listed=own, list_entries=entries)
    assert (found.path.complete, found.missing) == (True, ())


def test_the_purpose_is_no_part_of_the_verdict():
    assert judged(ISSUING.issue(common_name="b", usages=("code",)), trusted=[TOP], helpers=[ISSUING]).trusted


def test_name_constraints_are_part_of_it():
    permitted = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)
    issuing = TOP.intermediate("Constrained CA", name_constraints=permitted)

    for host, trusted in (("a.example.org", True), ("a.example.com", False)):
        leaf = issuing.issue(common_name=None, dns=[host])
        assert judged(leaf, trusted=[TOP], helpers=[issuing]).trusted is trusted


def test_the_right_root_is_found_behind_one_of_the_same_name_with_another_key():
    stale = [TOP.rekeyed() for _ in range(3)]
    assert judged(LEAF, trusted=[*stale, TOP], helpers=[ISSUING]).trusted


def test_an_expired_root_does_not_hide_its_renewal():
    expired = TOP.renewed(not_after=AT - DAY)

    assert judged(LEAF, trusted=[expired, TOP], helpers=[ISSUING]).trusted
    assert judged(LEAF, trusted=[expired], helpers=[ISSUING]).code == EXPIRED


def test_one_verifier_judges_the_same_list_at_different_moments():
    verifier = Verifier()
    leaf, issuing, top = facts([LEAF, ISSUING, TOP])
    trusted = verifier.trusted_list([top, issuing])

    assert verifier.trusted_list([top, issuing]) is trusted
    assert verifier.trusted_list([issuing, top]) is not trusted
    answers = [
        verifier.verify(leaf, helpers=[], trusted=trusted, at=at).trusted
        for at in (AT, AT + 336 * DAY, None, AT, AT - 31 * DAY)
    ]
    assert answers == [True, False, True, True, False]


def test_a_certificate_twice_in_a_list_is_no_matter():
    assert judged(LEAF, trusted=[TOP, TOP, ISSUING, ISSUING]).trusted


FAULTS: tuple[Shape, ...] = (
    {},
    {},
    {},
    {"ca": False},
    {"ca": None},
    {"ca": None, "key_usage": None},
    {"key_usage": None},
    {"key_usage": ("crl_sign",)},
    {"path_length": 0},
    {"not_after": AT - DAY},
    {"not_before": AT + DAY},
    {"subject_key_id": False},
    {"authority_key_id": False},
    {"subject_key_id": False, "authority_key_id": False},
    {"usages": ("client",)},
)


@dataclass(frozen=True)
class Case:
    leaf: Certificate
    trusted: list[Certificate]
    helpers: list[Certificate]
    everything: list[Certificate]


def generated(seed: int) -> Case:
    """A small PKI with a fault here and there, and of its certificates some in the list and some on the wire."""
    rng = random.Random(seed)
    authorities: list[Authority] = [root(f"Root {number}", at=AT, **rng.choice(FAULTS)) for number in range(2)]
    for number in range(rng.randint(0, 3)):
        authorities.append(rng.choice(authorities).intermediate(f"CA {number}", **rng.choice(FAULTS)))
    issuer = authorities[-1]
    for _ in range(rng.randint(0, 2)):
        one, other = rng.sample(authorities, 2)
        authorities.append(rng.choice([one.cross_sign(other), one.rekeyed(), other.renewed()]))
    leaf = issuer.issue(common_name="a.example.com", authority_key_id=rng.random() < 0.8)
    pool = facts(authorities)
    rng.shuffle(pool)
    return Case(
        leaf=load_certificate(leaf.der),
        trusted=[item for item in pool if rng.random() < 0.7],
        helpers=[item for item in pool if rng.random() < 0.5],
        everything=pool,
    )


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_the_verdict_is_that_of_the_openssl_command_over_generated_chains(openssl, start):
    answers: set[bool] = set()
    for seed in range(start, start + 20):
        case, verifier = generated(seed), Verifier()
        for at in (AT, None):
            verdict = verifier.verify(
                case.leaf, helpers=case.helpers, trusted=verifier.trusted_list(case.trusted), at=at
            )
            expected = openssl.trusts(case.leaf, trusted=case.trusted, helpers=case.helpers, at=at)
            assert verdict.trusted is expected, (seed, at, verdict)
            answers.add(verdict.trusted)
    assert answers == {True, False}


def shadowed(path: Sequence[Certificate], entries: Sequence[Certificate]) -> bool:
    """The list has another certificate for a name and key of the path: OpenSSL may take that one and never turn back."""
    own = {item.sha256 for item in path}
    keys = {(item.subject.key, item.key) for item in path}
    return any((item.subject.key, item.key) in keys and item.sha256 not in own for item in entries)


@pytest.mark.parametrize("start", range(0, 600, 200))
def test_what_is_missing_agrees_with_the_verdict_over_generated_chains(start):
    """Nothing is said to be missing of a chain that OpenSSL accepts; and to append what is missing makes it accepted,
    or leaves OpenSSL with another fault to name."""
    repaired = 0
    for seed in range(start, start + 200):
        case, verifier = generated(seed), Verifier()
        graph = IssuerGraph(case.everything, verifier)
        listed = {item.sha256 for item in case.trusted}
        held = listed | {item.sha256 for item in case.helpers}

        verdict = verifier.verify(case.leaf, helpers=case.helpers, trusted=verifier.trusted_list(case.trusted), at=None)
        found = shortfall(case.leaf, graph, held=held, listed=listed, list_entries=case.trusted)

        if verdict.trusted:
            assert found.missing == (), seed
            assert found.path.complete, seed
        elif found.path.complete and found.missing:
            more = [*case.trusted, *(gap.certificate for gap in found.missing if gap.certificate)]
            if shadowed(found.path.certificates, case.trusted):
                continue
            after = verifier.verify(case.leaf, helpers=case.helpers, trusted=verifier.trusted_list(more), at=None)
            assert after.trusted or "issuer" not in after.words, (seed, after)
            repaired += after.trusted
    assert repaired > 5


def opinion(leaf: Issued, *, name: str | None = "a.example.com", roots: Sequence[Issued] = (TOP,)) -> Opinion:
    (first,) = facts([leaf])
    return second_opinion(first, helpers=facts([ISSUING]), roots=facts(roots), at=AT, server_name=name).opinion


def test_the_second_opinion_agrees_on_an_ordinary_chain():
    public = ISSUING.issue(common_name=None, dns=["a.example.com"], ips=["192.0.2.1"])

    assert opinion(public) is Opinion.AGREES
    assert opinion(public, name=None) is Opinion.AGREES
    assert opinion(public, name="192.0.2.1") is Opinion.AGREES


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ({"dns": ["b.example.com"]}, "a.example.com"),
        ({"dns": ["a.example.com"]}, "192.0.2.1"),
        ({"dns": []}, "a.example.com"),
        ({"dns": ["a.example.com"], "authority_key_id": False}, "a.example.com"),
        ({"dns": ["a.example.com"], "usages": ("client",)}, "a.example.com"),
        ({"dns": ["a.example.com"], "usages": ("server",)}, None),
        ({"dns": ["a.example.com"], "not_after": AT - SECOND}, "a.example.com"),
    ],
)
def test_the_second_opinion_refuses_with_a_reason(shape, name):
    (leaf,) = facts([ISSUING.issue(common_name="a.example.com", **shape)])
    said = second_opinion(leaf, helpers=facts([ISSUING]), roots=facts([TOP]), at=AT, server_name=name)

    assert said.opinion is Opinion.REFUSES
    assert said.words
    assert "\n" not in said.words


def test_the_second_opinion_cannot_be_had_without_roots_or_for_a_name_that_is_none():
    assert opinion(LEAF, roots=()) is Opinion.CANNOT_SAY
    assert opinion(LEAF, name="not a name") is Opinion.CANNOT_SAY
    assert opinion(LEAF, name="bücher.example.com") is Opinion.CANNOT_SAY
