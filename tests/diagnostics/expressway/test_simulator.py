"""What a node sends and what it accepts: the four documented outcomes, and the edges of the walk."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from diagnostics.expressway.simulator import Stack, helpers, sent
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.paths import IssuerGraph
from diagnostics.pki.verification import Verifier
from diagnostics.samples.authority import Issued, root, self_signed
from diagnostics.samples.healthy import healthy

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)
MIDDLE = TOP.intermediate("Middle CA")
ISSUING = MIDDLE.intermediate("Issuing CA")
LEAF = ISSUING.issue(common_name="expe1.example.com", dns=["expe1.example.com"])


def facts(items) -> list[Certificate]:
    return [load_certificate(item.der) for item in items]


def sends(leaf: Issued, own: list[Issued]) -> list[str]:
    entries = facts([leaf, *own])
    return [item.sha256 for item in sent(entries[0], entries[1:], IssuerGraph(entries, Verifier()))]


@dataclass(frozen=True)
class Outcome:
    zone: bool
    tunnels: bool


def meeting(*, peer_list: list[Issued], own_list: list[Issued]) -> Outcome:
    """A verifier with `own_list` meets the node that holds LEAF and `peer_list`."""
    verifier = Verifier()
    entries = facts([LEAF, *peer_list])
    presented = sent(entries[0], entries[1:], IssuerGraph(entries, verifier))
    trusted = verifier.trusted_list(facts(own_list))
    accepts = {
        stack: verifier.verify(presented[0], helpers=helpers(stack, presented), trusted=trusted, at=AT).trusted
        for stack in Stack
    }
    return Outcome(zone=accepts[Stack.SIP], tunnels=accepts[Stack.SSH])


WHOLE = [TOP, MIDDLE, ISSUING]


def test_full_chains_on_both_sides_zone_and_tunnels_are_up():
    assert meeting(peer_list=WHOLE, own_list=WHOLE) == Outcome(zone=True, tunnels=True)


def test_the_root_alone_in_the_list_and_the_rest_sent_zone_up_and_tunnels_down():
    assert meeting(peer_list=WHOLE, own_list=[TOP]) == Outcome(zone=True, tunnels=False)


def test_the_intermediate_neither_sent_nor_trusted_zone_down():
    assert meeting(peer_list=[TOP, MIDDLE], own_list=[TOP]) == Outcome(zone=False, tunnels=False)
    assert meeting(peer_list=[], own_list=[TOP, MIDDLE]) == Outcome(zone=False, tunnels=False)


@pytest.mark.parametrize("own_list", [[ISSUING], [MIDDLE], [ISSUING, MIDDLE]])
def test_only_intermediates_trusted_zone_down(own_list):
    assert meeting(peer_list=WHOLE, own_list=own_list) == Outcome(zone=False, tunnels=False)


def test_a_verifier_that_holds_the_whole_chain_does_not_care_what_is_sent():
    assert meeting(peer_list=[], own_list=WHOLE) == Outcome(zone=True, tunnels=True)


def test_a_node_without_its_own_chain_sends_its_certificate_alone():
    assert sends(LEAF, []) == [LEAF.sha256]
    assert sends(LEAF, [TOP, root("Foreign CA", at=AT)]) == [LEAF.sha256]


def test_a_node_sends_its_chain_in_order_whatever_the_order_of_the_list():
    expected = [LEAF.sha256, ISSUING.sha256, MIDDLE.sha256, TOP.sha256]
    for own in (WHOLE, WHOLE[::-1], [MIDDLE, root("Foreign CA", at=AT), TOP, ISSUING]):
        assert sends(LEAF, own) == expected


def test_a_gap_in_the_list_ends_what_is_sent():
    assert sends(LEAF, [ISSUING, TOP]) == [LEAF.sha256, ISSUING.sha256]


def test_an_entry_of_the_right_name_with_another_key_is_not_sent():
    stale = ISSUING.rekeyed()
    assert sends(LEAF, [stale, *WHOLE])[1:2] == [ISSUING.sha256]
    assert sends(LEAF, [stale, TOP, MIDDLE]) == [LEAF.sha256]


def test_a_self_signed_certificate_is_sent_alone():
    node = self_signed("expe1.example.com", at=AT)
    assert sends(node, [node, self_signed("expe1.example.com", at=AT)]) == [node.sha256]


def test_a_circle_of_authorities_ends_what_is_sent():
    first, second = root("First", at=AT), root("Second", at=AT)
    circle = [second.cross_sign(first), first.cross_sign(second)]
    leaf = circle[0].issue(common_name="b")

    assert sends(leaf, circle) == [leaf.sha256, circle[0].sha256, circle[1].sha256]


def test_the_tunnels_build_from_the_list_alone():
    presented = facts([LEAF, ISSUING, MIDDLE])

    assert helpers(Stack.SIP, presented) == tuple(presented[1:])
    assert helpers(Stack.SSH, presented) == ()
    assert helpers(Stack.SIP, presented[:1]) == ()


def test_every_pair_of_a_healthy_estate_meets_well():
    plan = healthy(at=AT, expressway_c=2, expressway_e=2)
    verifier = Verifier()
    nodes = [*plan.nodes("expressway-c"), *plan.nodes("expressway-e")]
    lists = {node.fqdn: [certificate for store in node.trust.values() for certificate in store] for node in nodes}
    assert len(nodes) == 4

    for node in nodes:
        leaf = load_certificate(node.issued("server").der)
        own = [load_certificate(as_der(item)) for item in lists[node.fqdn]]
        presented = sent(leaf, own, IssuerGraph([leaf, *own], verifier))
        assert len(presented) > 1
        for peer in nodes:
            if peer.fqdn[:4] != node.fqdn[:4]:
                trusted = verifier.trusted_list([load_certificate(as_der(item)) for item in lists[peer.fqdn]])
                for stack in Stack:
                    aids = helpers(stack, presented)
                    assert verifier.verify(leaf, helpers=aids, trusted=trusted, at=AT).trusted, (node.fqdn, peer.fqdn)


def as_der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
