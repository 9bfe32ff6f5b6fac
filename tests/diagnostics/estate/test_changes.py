"""What an upload changes, node by node, before it is applied; kept as history afterwards."""

import json
from datetime import timedelta

import pytest

from diagnostics.estate.assemble import assemble
from diagnostics.estate.changes import (
    ChangeKind,
    FactChange,
    NodeChange,
    changes,
    changes_of,
    changes_values,
    replaces,
)
from diagnostics.estate.model import Deployment
from diagnostics.estate.observations import DeploymentRef, FactKey, NodeRef, Role, Slot, StoreName
from diagnostics.samples.authority import Issued, root
from tests.diagnostics.estate.said import AT, Files, fact, node, zone

ROOT = root(at=AT)
ISSUING = ROOT.intermediate("Issuing CA")
C1 = NodeRef(name="expc1.example.com")
NODE = node("expc1.example.com", role="expressway-c", version="X14.3")


def leaf(**more) -> Issued:
    return ISSUING.issue(common_name="expc1.example.com", dns=["expc1.example.com"], **more)


def before_and_after(*batches, files: tuple[Files, ...] = ()) -> tuple[Deployment, Deployment]:
    """The estate without the last batch, and with it. `files` are those of the batches."""
    certificates = {sha256: item for one in files for sha256, item in one.certificates.items()}
    return assemble(batches[:-1], certificates, {}), assemble(batches, certificates, {})


def only(found: tuple[NodeChange, ...]) -> NodeChange:
    (change,) = found
    return change


def test_a_new_node_is_added_with_all_that_is_known_of_it() -> None:
    files = Files().put("a.pem", leaf(), at=C1, slot=Slot.SERVER)
    files.put("ca.pem", ROOT, ISSUING, at=C1, store=StoreName.TRUSTED_CA)
    change = only(changes(*before_and_after([*NODE, *files.said], files=(files,))))
    assert (change.node, change.role, change.kind) == ("expc1.example.com", Role.EXPRESSWAY_C, ChangeKind.ADDED)
    assert [(item.kind, item.slot, item.before) for item in change.slots] == [(ChangeKind.ADDED, Slot.SERVER, None)]
    (store,) = change.lists
    assert (store.kind, store.before, store.after, len(store.added)) == (ChangeKind.ADDED, None, 2, 2)
    assert (FactKey.VERSION, (), ("X14.3",)) in [(item.key, item.before, item.after) for item in change.facts]
    assert change.untouched == ()
    assert not change.replaces
    assert not replaces([change])


def test_a_certificate_that_is_replaced_is_shown_beside_the_new_one() -> None:
    old, new = leaf(), leaf(not_before=AT - timedelta(days=1))
    first = Files().put("old.pem", old, at=C1, slot=Slot.SERVER)
    first.put("ca.pem", ROOT, at=C1, store=StoreName.TRUSTED_CA)
    second = Files().put("new.pem", new, at=C1, slot=Slot.SERVER)
    change = only(changes(*before_and_after([*NODE, *first.said], second.said, files=(first, second))))
    assert change.kind is ChangeKind.REPLACED
    (slot,) = change.slots
    assert slot.before is not None
    assert slot.after is not None
    assert (slot.kind, slot.before.sha256, slot.after.sha256) == (ChangeKind.REPLACED, old.sha256, new.sha256)
    assert (slot.after.name, slot.after.issuer) == ("expc1.example.com", "Issuing CA")
    assert slot.after.not_before == "2026-10-31T00:00:00Z"
    assert not slot.older
    assert (change.lists, change.untouched) == ((), (StoreName.TRUSTED_CA,))
    assert change.replaces


def test_an_older_certificate_in_the_place_of_a_newer_one_is_pointed_out() -> None:
    first = Files().put("a.pem", leaf(), at=C1, slot=Slot.SERVER)
    second = Files().put("b.pem", leaf(not_before=AT - timedelta(days=300)), at=C1, slot=Slot.SERVER)
    (slot,) = only(changes(*before_and_after([*NODE, *first.said], second.said, files=(first, second)))).slots
    assert slot.older


@pytest.mark.parametrize(
    ("entries", "added", "removed", "reordered"),
    [
        ((ISSUING, ROOT), (), (), True),
        ((ROOT,), (), (ISSUING,), False),
        ((ROOT, ISSUING, "other"), ("other",), (), False),
        (("other",), ("other",), (ROOT, ISSUING), False),
    ],
)
def test_a_list_says_which_entries_come_and_go(entries, added, removed, reordered: bool) -> None:
    other = root("Other Root CA", at=AT)

    def real(items) -> list[Issued]:
        return [other if item == "other" else item for item in items]

    first = Files().put("ca.pem", ROOT, ISSUING, at=C1, store=StoreName.TRUSTED_CA)
    second = Files().put("ca.pem", *real(entries), at=C1, store=StoreName.TRUSTED_CA)
    (found,) = only(changes(*before_and_after([*NODE, *first.said], second.said, files=(first, second)))).lists
    assert [item.sha256 for item in found.added] == [item.sha256 for item in real(added)]
    assert [item.sha256 for item in found.removed] == [item.sha256 for item in real(removed)]
    assert found.reordered is reordered
    assert (found.before, found.after) == (2, len(entries))


def test_the_same_again_changes_nothing() -> None:
    files = Files().put("a.pem", leaf(), at=C1, slot=Slot.SERVER)
    said = [*NODE, *files.said, *zone(C1, "UC", "traversal-client", port=7001)]
    change = only(changes(*before_and_after(said, said, files=(files,))))
    assert (change.kind, change.each, change.untouched) == (None, (), (Slot.SERVER,))
    assert not replaces([change])


def test_facts_of_the_node_and_of_its_zones_come_with_both_values() -> None:
    first = [
        *NODE,
        *zone(C1, "UC", "traversal-client", port=7001, peers=["e1.example.com"]),
        *zone(C1, "Old", "dns", "2"),
    ]
    second = [
        *node("expc1.example.com", version="X15.0"),
        *zone(C1, "UC", "traversal-client", port=7001, tls_verify=True, peers=["e1.example.com", "e2.example.com"]),
        *zone(C1, "New", "neighbor", "3"),
    ]
    change = only(changes(*before_and_after(first, second)))
    said = {(item.key, item.zone): (item.kind, item.before, item.after) for item in change.facts}
    assert said == {
        (FactKey.VERSION, None): (ChangeKind.REPLACED, ("X14.3",), ("X15.0",)),
        (FactKey.ZONE_PEER, "UC"): (
            ChangeKind.REPLACED,
            ("e1.example.com",),
            ("e1.example.com", "e2.example.com"),
        ),
        (FactKey.ZONE_TLS_VERIFY, "UC"): (ChangeKind.ADDED, (), ("true",)),
        (FactKey.ZONE_NAME, "New"): (ChangeKind.ADDED, (), ("New",)),
        (FactKey.ZONE_NAME, "Old"): (ChangeKind.REMOVED, ("Old",), ()),
    }


def test_a_zone_is_shown_at_the_peer_whose_dump_speaks_of_it() -> None:
    two = NodeRef(name="expc2.example.com")
    pair = [*node(C1.name, cluster="expc.example.com"), *node(two.name, cluster="expc.example.com")]
    dump = [fact(two, FactKey.DOMAIN_NAME, "example.com", upload="two.txt", proven=True)]
    ref = zone(two, "UC", "traversal-client")
    second = [*dump, *(fact(item.subject, item.key, item.value, upload="two.txt", proven=True) for item in ref)]
    found = {item.node: item for item in changes(*before_and_after(pair, second))}
    assert [item.key for item in found[two.name].facts if item.zone] == [FactKey.ZONE_NAME]
    assert [item.key for item in found[C1.name].facts if item.zone] == []


def test_zones_are_followed_when_the_cluster_gets_another_name_or_role() -> None:
    first = [*node(C1.name, cluster="old.example.com"), *zone(C1, "UC", "neighbor")]
    second = [*node(C1.name, cluster="new.example.com"), *zone(C1, "Edge", "traversal-client")]
    change = only(changes(*before_and_after(first, second)))
    said = {(item.key, item.zone): item.kind for item in change.facts}
    assert said == {
        (FactKey.CLUSTER, None): ChangeKind.REPLACED,
        (FactKey.ROLE, None): ChangeKind.REPLACED,
        (FactKey.ZONE_NAME, "Edge"): ChangeKind.ADDED,
        (FactKey.ZONE_NAME, "UC"): ChangeKind.REMOVED,
    }


def test_what_belongs_to_the_whole_deployment_comes_first() -> None:
    enabled = fact(DeploymentRef(), FactKey.MRA_ENABLED, True)
    domain = fact(DeploymentRef(), FactKey.MRA_DOMAIN, "example.com")
    everybody, _ = changes(*before_and_after(NODE, [enabled, domain]))
    assert (everybody.node, everybody.role) == ("", None)
    assert [(item.key, item.after) for item in everybody.facts] == [
        (FactKey.MRA_ENABLED, ("true",)),
        (FactKey.MRA_DOMAIN, ("example.com",)),
    ]
    assert everybody.kind is ChangeKind.ADDED


def test_a_node_of_which_nothing_is_left_is_removed() -> None:
    gone = node("gone.example.com", version="X14.3")
    before, after = assemble([[*NODE, *gone]], {}, {}), assemble([NODE], {}, {})
    found = {item.node: item for item in changes(before, after)}
    assert found["gone.example.com"].kind is ChangeKind.REMOVED
    assert found["expc1.example.com"].kind is None
    assert replaces(found.values())


def test_changes_are_stored_as_plain_values_and_come_back_equal() -> None:
    first = Files().put("old.pem", leaf(), at=C1, slot=Slot.SERVER)
    first.put("ca.pem", ROOT, at=C1, store=StoreName.TRUSTED_CA).put("client.pem", leaf(), at=C1, slot=Slot.CLIENT)
    second = Files().put("new.pem", leaf(), at=C1, slot=Slot.SERVER)
    second.put("ca.pem", ISSUING, at=C1, store=StoreName.TRUSTED_CA)
    more = [*second.said, *zone(C1, "UC", "traversal-client"), fact(DeploymentRef(), FactKey.MRA_ENABLED, True)]
    found = changes(*before_and_after([*NODE, *first.said], more, files=(first, second)))
    stored = json.loads(json.dumps(changes_values(found)))
    assert changes_of(stored) == found
    assert {kind for item in found for kind in map(type, item.each)} >= {FactChange}


def test_changes_of_an_unknown_form_are_refused() -> None:
    with pytest.raises(ValueError, match="expcert-changes/9"):
        changes_of({"format": "expcert-changes/9", "nodes": []})
