"""Files go to the slots and lists that placements name."""

from diagnostics.estate.observations import NodeRef, Placement, Slot, StoreName
from diagnostics.samples.authority import Issued, root
from tests.diagnostics.estate.said import AT, Files, estate, source

NODE = NodeRef(name="expc1.example.com")
ROOT = root(at=AT)
ISSUING = ROOT.intermediate("Issuing CA")


def leaf(name: str = "expc1.example.com") -> Issued:
    return ISSUING.issue(common_name=name, dns=[name])


def test_the_leaf_of_a_file_is_installed_and_the_rest_stands_above_it_in_any_order() -> None:
    own = leaf()
    files = Files().put("server.pem", ROOT, ISSUING, own, at=NODE, slot=Slot.SERVER)
    (found,) = estate(files=files).nodes()
    installed = found.certificates[Slot.SERVER]
    assert installed.certificate.sha256 == own.sha256
    assert [item.sha256 for item in installed.above] == [ROOT.sha256, ISSUING.sha256]
    assert installed.source.line == 41


def test_a_list_keeps_its_order_and_the_line_of_each_entry() -> None:
    files = Files().put("ca.pem", ISSUING, ROOT, at=NODE, store=StoreName.TRUSTED_CA)
    (found,) = estate(files=files).nodes()
    store = found.trust[StoreName.TRUSTED_CA]
    assert [item.sha256 for item in store.certificates] == [ISSUING.sha256, ROOT.sha256]
    assert [item.line for item in store.sources] == [1, 21]


def test_a_certificate_twice_in_a_list_stays_twice() -> None:
    files = Files().put("ca.pem", ROOT, ROOT, at=NODE, store=StoreName.TRUSTED_CA)
    (found,) = estate(files=files).nodes()
    assert len(found.trust[StoreName.TRUSTED_CA].certificates) == 2


def test_the_newest_upload_has_the_slot_and_leaves_the_list_alone() -> None:
    old, new = leaf(), leaf()
    first = (
        Files().put("old.pem", old, at=NODE, slot=Slot.SERVER).put("ca.pem", ROOT, at=NODE, store=StoreName.TRUSTED_CA)
    )
    second = Files().put("new.pem", new, at=NODE, slot=Slot.SERVER)
    second.certificates |= first.certificates
    found = estate(first.said, [], files=second)
    (only,) = found.nodes()
    assert only.certificates[Slot.SERVER].certificate.sha256 == new.sha256
    assert StoreName.TRUSTED_CA in only.trust
    assert found.contradictions == ()


def test_what_the_node_shows_comes_before_what_somebody_wrote_down() -> None:
    written, shown = leaf(), leaf()
    files = Files().put("written.pem", written, at=NODE, slot=Slot.SERVER)
    files.put("shown.pem", shown, at=NODE, slot=Slot.SERVER, installed=True)
    found = estate(files=files)
    (only,) = found.nodes()
    assert only.certificates[Slot.SERVER].certificate.sha256 == shown.sha256
    assert only.certificates[Slot.SERVER].proven
    (contradiction,) = found.contradictions
    assert [path for path, _ in contradiction.said] == ["shown.pem", "written.pem"]


def test_two_copies_of_one_certificate_do_not_contradict_each_other() -> None:
    own = leaf()
    files = Files().put("a.pem", own, at=NODE, slot=Slot.SERVER).put("b.pem", own, at=NODE, slot=Slot.SERVER)
    found = estate(files=files)
    assert found.contradictions == ()
    assert len(found.copies[own.sha256]) == 2


def test_a_placement_of_a_file_that_is_not_there_is_kept_and_the_node_is_known() -> None:
    said = Placement(source=source(line=12), node=NODE, path="gone.pem", slot=Slot.SERVER)
    found = estate([said])
    assert [(number, where.line, path) for number, where, path in found.unresolved] == [(0, 12, "gone.pem")]
    assert [item.fqdn for item in found.nodes()] == ["expc1.example.com"]


def test_a_path_is_found_whatever_its_case() -> None:
    files = Files().put("Nodes/Server.pem", leaf())
    files.said.append(Placement(source=source(), node=NODE, path="nodes/server.pem", slot=Slot.SERVER))
    (found,) = estate(files=files).nodes()
    assert Slot.SERVER in found.certificates


def test_a_file_that_nobody_placed_is_loose() -> None:
    own = leaf()
    (loose,) = estate(files=Files().put("renewal.pem", own)).loose
    assert [item.sha256 for item in loose.certificates] == [own.sha256]
    assert loose.file.source.upload == "renewal.pem"


def test_one_file_in_two_places_is_placed_twice_and_not_loose() -> None:
    files = Files().put("shared.pem", leaf(), at=NODE, slot=Slot.SERVER)
    files.said.append(Placement(source=source(), node=NODE, path="shared.pem", slot=Slot.CLIENT))
    found = estate(files=files)
    (only,) = found.nodes()
    assert set(only.certificates) == {Slot.SERVER, Slot.CLIENT}
    assert found.loose == ()
    assert [place.text for place in found.placed[0, "shared.pem"]] == [
        "expc1.example.com server",
        "expc1.example.com client",
    ]
