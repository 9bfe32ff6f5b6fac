"""One file's certificates parted for Expressway's two upload pages."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from diagnostics.pki import conversion
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.conversion import Parted, part
from diagnostics.pki.loading import load_certificate
from diagnostics.samples.authority import Issued, distinguished_name, root, self_signed

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
POLICY = TOP.intermediate("Policy CA")
ISSUING = POLICY.intermediate("Issuing CA")
HOST = ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"])
PEER = ISSUING.issue(common_name="expc2.example.com", dns=["expc2.example.com"])
CHAIN = (TOP, POLICY, ISSUING)


def facts(item: Issued) -> Certificate:
    return load_certificate(item.der)


def parted(*items: Issued, **more: object) -> Parted:
    return part([facts(item) for item in items], **more)  # type: ignore[arg-type]


def names(certificates: tuple[Certificate, ...]) -> list[str]:
    return [item.subject.short for item in certificates]


def key_id(item: Issued) -> str:
    key = facts(item).key
    assert key is not None
    return key.spki_sha256


def test_a_certificate_and_its_cas_are_parted_and_the_root_comes_first():
    found = parted(HOST, ISSUING, POLICY, TOP)

    assert found.server == facts(HOST)
    assert names(found.authorities) == ["Example Root CA", "Policy CA", "Issuing CA"]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_the_file_does_not_matter_to_a_chain(seed):
    items = [HOST, *CHAIN]
    random.Random(seed).shuffle(items)

    found = parted(*items)

    assert (found.server, names(found.authorities)) == (facts(HOST), ["Example Root CA", "Policy CA", "Issuing CA"])


def test_a_certificate_that_stands_there_twice_is_one():
    found = parted(HOST, ISSUING, HOST, ISSUING)

    assert (names(found.leaves), names(found.authorities)) == (["expc1.example.com"], ["Issuing CA"])


def test_of_two_hosts_the_one_whose_key_came_with_it_is_the_server():
    assert parted(HOST, PEER, *CHAIN).server is None
    assert parted(HOST, PEER, *CHAIN, key_ids={key_id(PEER)}).server == facts(PEER)
    assert names(parted(HOST, PEER, *CHAIN).leaves) == ["expc1.example.com", "expc2.example.com"]


def test_two_certificates_of_one_key_are_not_told_apart_by_it():
    renewed = ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"], key=HOST.key)

    assert parted(HOST, renewed, key_ids={key_id(HOST)}).server is None


def test_a_key_of_a_ca_makes_no_server_of_it():
    found = parted(TOP, ISSUING, key_ids={key_id(ISSUING)})

    assert (found.server, found.leaves) == (None, ())


def test_nothing_is_parted_into_nothing():
    assert parted() == Parted(server=None, leaves=(), authorities=())


def test_a_root_of_version_1_is_a_ca_where_it_has_issued_something():
    old = root("Old Root", at=AT, ca=None, key_usage=None, subject_key_id=False)
    issued = old.issue(common_name="a.example.com", dns=["a.example.com"])

    assert names(parted(old, issued).authorities) == ["Old Root"]
    assert parted(old, issued).server == facts(issued)


def test_a_certificate_that_a_server_signed_itself_is_the_servers_whatever_it_says_of_ca():
    for ca in (True, None, False):
        own = self_signed("cucm1.example.com", at=AT, dns=["cucm1.example.com"], ca=ca)
        assert parted(own).server == facts(own)


def test_without_a_host_name_a_ca_is_a_servers_only_by_the_name_of_its_node():
    bare = self_signed("expc1.example.com", at=AT, ca=True)

    assert parted(bare).server is None
    assert parted(bare, names={"expc2.example.com"}).server is None
    assert parted(bare, names={"expc1.example.com"}).server == facts(bare)


def test_what_issued_another_certificate_of_the_file_is_a_ca_though_it_bears_a_host_name():
    ca = root(
        "ca.example.com", at=AT, extensions=[(x509.SubjectAlternativeName([x509.DNSName("ca.example.com")]), False)]
    )
    issued = ca.issue(common_name="a.example.com", dns=["a.example.com"])

    assert names(parted(ca, issued).authorities) == ["ca.example.com"]
    assert names(parted(ca).leaves) == ["ca.example.com"]


def test_a_namesake_with_another_key_is_not_taken_for_the_issuer():
    other = ISSUING.rekeyed()
    found = parted(HOST, other, ISSUING, POLICY, TOP)

    assert names(found.authorities)[:2] == ["Example Root CA", "Policy CA"]
    assert {item.sha256 for item in found.authorities[2:]} == {facts(other).sha256, facts(ISSUING).sha256}


def test_cas_that_signed_each_other_are_all_there_once():
    first, second = root("First", at=AT), root("Second", at=AT)
    ring = [first.cross_sign(second), second.cross_sign(first)]

    assert sorted(names(parted(*ring).authorities)) == ["First", "Second"]


def test_two_chains_keep_each_ca_below_its_issuer():
    other = root("Other Root", at=AT)
    other_issuing = other.intermediate("Other Issuing CA")
    order = names(parted(other_issuing, ISSUING, HOST, other, POLICY, TOP).authorities)

    assert order.index("Other Root") < order.index("Other Issuing CA")
    assert order.index("Example Root CA") < order.index("Policy CA") < order.index("Issuing CA")


def test_a_heap_of_namesakes_costs_a_bounded_number_of_signatures(monkeypatch):
    asked: list[None] = []
    monkeypatch.setattr(conversion, "MOST_PAIRS", 100)
    monkeypatch.setattr(conversion.Verifier, "signed_by", lambda *_: bool(asked.append(None)))
    name = distinguished_name("Everybody", "Example")
    heap = [facts(TOP.issue(subject=name, ca=True, not_after=AT + timedelta(days=day))) for day in range(30)]
    heap += [facts(root(at=AT, subject=name)) for _ in range(30)]

    found = part(heap)

    assert len(asked) == 100
    assert len(found.authorities) == 60


def test_the_signatures_of_files_of_the_same_certificates_are_checked_once_and_within_a_bound_for_all(monkeypatch):
    """A zip of thousands of such files is a few kilobytes."""
    checked: list[tuple[str, str]] = []
    original = conversion.Verifier.signed_by
    monkeypatch.setattr(
        conversion.Verifier,
        "signed_by",
        lambda self, child, issuer: checked.append((child.sha256, issuer.sha256)) or original(self, child, issuer),
    )
    signatures = conversion.Signatures()
    files = [[facts(item) for item in items] for items in ((HOST, *CHAIN), (*CHAIN, HOST), (ISSUING, TOP, HOST))]

    found = [part(items, signatures=signatures) for items in files]

    assert {item.server for item in found} == {facts(HOST)}
    assert len(checked) == len(set(checked)) == 3
    monkeypatch.setattr(conversion, "MOST_OF_ALL", 4)
    namesakes = [facts(root("Example Root CA", at=AT)) for _ in range(5)]
    assert part(namesakes, signatures=signatures).authorities == tuple(namesakes)
    assert len(checked) == 4
