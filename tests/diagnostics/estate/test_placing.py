"""Files go to the slots and lists that placements name."""

from dataclasses import replace

import pytest

from diagnostics.estate.observations import CertificateFile, NodeRef, Placement, Slot, Source, StoreName
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


def test_of_two_paths_that_differ_in_case_alone_each_is_its_own_file() -> None:
    upper, lower = leaf(), leaf()
    files = Files().put("A.pem", upper, at=NODE, slot=Slot.SERVER).put("a.pem", lower, at=NODE, slot=Slot.CLIENT)
    (found,) = estate(files=files).nodes()
    assert found.certificates[Slot.SERVER].certificate.sha256 == upper.sha256
    assert found.certificates[Slot.CLIENT].certificate.sha256 == lower.sha256


def test_a_missing_file_is_missing_from_the_upload_that_names_it() -> None:
    said = Placement(source=source(line=12), node=NODE, path="gone.pem", slot=Slot.SERVER)
    found = estate([], [said], [])
    assert [number for number, _, _ in found.unresolved] == [1]


def unread(path: str, form: str, *, faults: int = 0) -> CertificateFile:
    return CertificateFile(source=Source(upload=path), form=form, certificates=(), lines=(), faults=faults)


def placed(
    path: str, slot: Slot | None = None, store: StoreName | None = None, *, installed: bool = False
) -> Placement:
    return Placement(source=source(), node=NODE, path=path, slot=slot, store=store, installed=installed)


def test_what_holds_no_certificate_is_kept_as_the_file_of_its_slot() -> None:
    found = estate([unread("server.pem", "request"), placed("server.pem", Slot.SERVER)])
    (only,) = found.nodes()
    assert only.certificates == {}
    assert {place: (file.form, file.source.path) for place, file in only.unread.items()} == {
        Slot.SERVER: ("request", "server.pem")
    }
    assert "server.pem" in {item.upload for item in only.sources}
    assert found.loose == ()


def test_a_later_file_without_a_certificate_takes_the_place_of_an_earlier_one_and_the_next_gives_it_back() -> None:
    old, new = leaf(), leaf()
    first = Files().put("old.pem", old, at=NODE, slot=Slot.SERVER)
    second = [unread("server.pem", "pkcs12", faults=1), placed("server.pem", Slot.SERVER)]
    third = Files().put("new.pem", new, at=NODE, slot=Slot.SERVER)
    third.certificates |= first.certificates
    empty = Files()
    empty.certificates |= first.certificates

    (taken,) = estate(first.said, second, files=empty).nodes()
    (given_back,) = estate(first.said, second, [], files=third).nodes()
    assert (taken.certificates, set(taken.unread)) == ({}, {Slot.SERVER})
    assert given_back.certificates[Slot.SERVER].certificate.sha256 == new.sha256
    assert given_back.unread == {}


def test_in_one_upload_what_holds_no_certificate_takes_no_place_from_what_does() -> None:
    own = leaf()
    files = Files().put("written.pem", own, at=NODE, slot=Slot.SERVER)
    files.said += [unread("shown.pem", "damaged-pem", faults=1), placed("shown.pem", Slot.SERVER, installed=True)]
    found = estate(files=files)
    (only,) = found.nodes()
    assert only.certificates[Slot.SERVER].certificate.sha256 == own.sha256
    assert only.unread[Slot.SERVER].form == "damaged-pem"
    assert found.contradictions == ()


@pytest.mark.parametrize("form", ["empty", "pem"])  # a file without a byte; a snapshot's list without an entry
def test_an_empty_list_that_was_handed_in_is_an_empty_list(form: str) -> None:
    (only,) = estate([unread("ca.pem", form), placed("ca.pem", store=StoreName.TRUSTED_CA)]).nodes()
    assert only.trust[StoreName.TRUSTED_CA].certificates == ()
    assert only.unread == {}


@pytest.mark.parametrize(("form", "faults"), [("pkcs12", 1), ("crl", 0), ("pem", 2), ("damaged-pem", 1)])
def test_a_list_of_which_nothing_could_be_read_is_not_an_empty_list(form: str, faults: int) -> None:
    (only,) = estate([unread("ca.pem", form, faults=faults), placed("ca.pem", store=StoreName.TRUSTED_CA)]).nodes()
    assert only.trust == {}
    assert set(only.unread) == {StoreName.TRUSTED_CA}


def test_a_list_remembers_how_many_of_its_blocks_were_lost() -> None:
    files = Files().put("ca.pem", ROOT)
    files.said[0] = replace(files.said[0], faults=3)
    files.said.append(placed("ca.pem", store=StoreName.TRUSTED_CA))
    (only,) = estate(files=files).nodes()
    assert only.trust[StoreName.TRUSTED_CA].lost == 3


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
