"""Files of which nobody says where they belong: placed by what they say, asked for, or left alone."""

from datetime import timedelta

import pytest

from diagnostics.estate.model import Deployment, PlaceReason
from diagnostics.estate.observations import FactKey, NodeRef, Role, Slot, StoreName
from diagnostics.samples.authority import Issued, root, self_signed
from tests.diagnostics.estate.said import AT, Files, estate, fact, node, uploads, zone

ROOT = root(at=AT)
ISSUING = ROOT.intermediate("Issuing CA")
C1, C2, E1 = (NodeRef(name=f"{host}.example.com") for host in ("expc1", "expc2", "expe1"))
PAIR = [
    *node("expc1.example.com", cluster="expc.example.com", role="expressway-c", version="X14.3.2"),
    *node("expc2.example.com", cluster="expc.example.com", role="expressway-c", version="X14.3.2"),
]
SPLIT = node("expc1.example.com", role="expressway-c", version="X15.5")
VOICE = [
    *node("cucm1.example.com", cluster="cucm.example.com", role="unified-cm"),
    *node("cucm2.example.com", cluster="cucm.example.com", role="unified-cm"),
]


def leaf(*names: str, cn: str | None = None, **more) -> Issued:
    return ISSUING.issue(common_name=cn or names[0], dns=names, **more)


def places(found: Deployment, path: str, batch: int = 0) -> list[tuple[str, str]]:
    return [(place.text, place.reason or "") for place in found.placed.get((batch, path), ())]


def asked(found: Deployment, path: str) -> list[str]:
    return [place.text for item in found.questions if item.source.path == path for place in item.candidates]


def is_loose(found: Deployment, path: str) -> bool:
    return path in {item.file.source.path for item in found.loose}


# by names


@pytest.mark.parametrize(
    "path", ["a.pem", "export/certificate.cer", "expc2/kept beside.pem", "peer/expc2.example.com.pem"]
)
def test_a_certificate_with_the_name_of_one_node_is_that_nodes(path: str) -> None:
    own = leaf("expc1.example.com", "expc.example.com")
    found = estate(PAIR, files=Files().put(path, own))
    assert places(found, path) == [("expc1.example.com server", "names")]
    first, second = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == own.sha256
    assert first.certificates[Slot.SERVER].proven is False
    assert second.certificates == {}
    assert found.loose == ()
    assert found.questions == ()


def test_what_names_no_known_node_stays_loose() -> None:
    found = estate(PAIR, files=Files().put("a.pem", leaf("expc3.example.com", "expc1.example.net")))
    assert is_loose(found, "a.pem")
    assert found.placed == {}
    assert found.questions == ()


def test_case_and_a_final_dot_do_not_matter() -> None:
    found = estate(PAIR, files=Files().put("a.pem", leaf("EXPC1.Example.COM.")))
    assert places(found, "a.pem") == [("expc1.example.com server", "names")]


def test_the_names_of_all_peers_in_each_peers_certificate_are_told_apart_by_the_common_name() -> None:
    names = ("expc.example.com", "expc1.example.com", "expc2.example.com")
    files = Files().put("a.pem", leaf(*names, cn="expc1.example.com"))
    files.put("b.pem", leaf(*names, cn="expc2.example.com"))
    found = estate(PAIR, files=files)
    assert places(found, "a.pem") == [("expc1.example.com server", "names")]
    assert places(found, "b.pem") == [("expc2.example.com server", "names")]


def test_one_certificate_with_the_names_of_all_peers_and_a_common_name_of_none_is_asked_for() -> None:
    shared = leaf("expc.example.com", "expc1.example.com", "expc2.example.com")
    found = estate(PAIR, files=Files().put("a.pem", shared))
    assert asked(found, "a.pem") == ["expc1.example.com server", "expc2.example.com server"]
    assert found.placed == {}
    assert is_loose(found, "a.pem")
    assert all(not item.certificates for item in found.nodes())


def test_a_folder_decides_between_the_peers_that_a_shared_certificate_names() -> None:
    shared = leaf("expc.example.com", "expc1.example.com", "expc2.example.com")
    files = Files().put("expc1/server.pem", shared).put("expc2/server.pem", shared)
    found = estate(PAIR, files=files)
    assert places(found, "expc1/server.pem") == [("expc1.example.com server", "folder")]
    assert places(found, "expc2/server.pem") == [("expc2.example.com server", "folder")]
    assert found.questions == ()


def test_a_certificate_for_the_cluster_alone_is_asked_for() -> None:
    found = estate(PAIR, files=Files().put("a.pem", leaf("expc.example.com")))
    assert asked(found, "a.pem") == ["expc1.example.com server", "expc2.example.com server"]


def test_a_wildcard_is_asked_for_even_where_one_node_is_known() -> None:
    wild = leaf("*.example.com")
    assert asked(estate(PAIR, files=Files().put("a.pem", wild)), "a.pem") == [
        "expc1.example.com server",
        "expc2.example.com server",
    ]
    alone = estate(PAIR[:4], files=Files().put("a.pem", wild))
    assert alone.placed == {}
    assert asked(alone, "a.pem") == ["expc1.example.com server"]


def test_a_wildcard_in_the_folder_of_a_node_is_that_nodes() -> None:
    found = estate(PAIR, files=Files().put("expc2/server.pem", leaf("*.example.com")))
    assert places(found, "expc2/server.pem") == [("expc2.example.com server", "folder")]


def test_an_address_in_the_certificate_means_the_node_that_has_it() -> None:
    said = [*PAIR, fact(C2, FactKey.ADDRESS, "192.0.2.12")]
    own = ISSUING.issue(common_name="collab", dns=[], ips=["192.0.2.12"])
    assert places(estate(said, files=Files().put("a.pem", own)), "a.pem") == [("expc2.example.com server", "names")]


def test_a_bare_host_name_means_the_one_node_that_is_called_so() -> None:
    assert places(estate(PAIR, files=Files().put("a.pem", leaf("expc2"))), "a.pem") == [
        ("expc2.example.com server", "names")
    ]
    two = [*PAIR, *node("expc2.example.net", role="expressway-c")]
    found = estate(two, files=Files().put("a.pem", leaf("expc2")))
    assert asked(found, "a.pem") == ["expc2.example.com server", "expc2.example.net server"]


def test_a_node_that_a_log_knows_by_its_host_name_is_found_by_the_full_name_in_the_certificate() -> None:
    bare = NodeRef(name="expe1", container="logs")
    said = [fact(bare, FactKey.ADDRESS, "192.0.2.21", proven=True)]
    assert places(estate(said, files=Files().put("a.pem", leaf("expe1.example.com"))), "a.pem") == [
        ("expe1 server", "names")
    ]


# nodes that only a configuration names

ALONE = [
    *node("expc1.example.com", cluster="expc.example.com", role="expressway-c"),
    *(fact(C1, FactKey.CLUSTER_PEER, name) for name in ("expc1.example.com", "expc2.example.com")),
    *zone(C1, "UC", "traversal-client", peers=["expe1.example.com", "expe2.example.com", "192.0.2.9"]),
]


def test_the_certificate_of_a_peer_of_which_nothing_else_is_there_makes_it_known() -> None:
    files = Files().put("a.pem", leaf("expe1.example.com", "expe.example.com")).put("b.pem", leaf("expc2.example.com"))
    found = estate(ALONE, files=files)
    assert places(found, "a.pem") == [("expe1.example.com server", "names")]
    assert places(found, "b.pem") == [("expc2.example.com server", "names")]
    assert [(item.role, [one.fqdn for one in item.nodes]) for item in found.clusters] == [
        (Role.EXPRESSWAY_C, ["expc1.example.com", "expc2.example.com"]),
        (Role.EXPRESSWAY_E, ["expe1.example.com"]),
    ]


def test_a_peer_that_no_file_is_for_is_no_node() -> None:
    found = estate(ALONE, files=Files().put("a.pem", leaf("collab.example.com", "expe1.example.com")))
    assert [item.fqdn for item in found.nodes()] == ["expc1.example.com"]
    assert is_loose(found, "a.pem")


def test_a_folder_called_after_a_peer_holds_its_list() -> None:
    found = estate(ALONE, files=Files().put("expe2/trusted-ca.pem", ROOT, ISSUING))
    assert places(found, "expe2/trusted-ca.pem") == [("expe2.example.com trusted-ca", "folder")]


def test_a_cluster_that_a_zone_reaches_by_its_name_is_no_node() -> None:
    said = [
        *node("expe1.example.com", cluster="expe.example.com", role="expressway-e"),
        *node("expe2.example.com", cluster="expe.example.com", role="expressway-e"),
        *zone(C1, "UC", "traversal-client", peers=["expe.example.com"]),
    ]
    found = estate(said, files=Files().put("a.pem", leaf("expe.example.com")))
    assert asked(found, "a.pem") == ["expe1.example.com server", "expe2.example.com server"]


def test_an_entry_of_system_server_that_spells_a_nodes_address_or_host_is_no_second_candidate() -> None:
    said = [*node("cucm1.example.com", role="unified-cm", address="192.0.2.31")]
    for entry in ("192.0.2.31", "CUCM1"):
        reached = NodeRef(name=entry, container="logs")
        said += [
            fact(reached, FactKey.SERVER_ENTRY, entry, proven=True),
            fact(reached, FactKey.ROLE, "unified-cm", proven=True),
        ]
    own = ISSUING.issue(common_name="cucm1", dns=["cucm1"], ips=["192.0.2.31"])
    found = estate(said, files=Files().put("tomcat.pem", own))
    assert places(found, "tomcat.pem") == [("cucm1.example.com tomcat", "names")]
    assert [item.fqdn for item in found.nodes()] == ["cucm1.example.com"]


# contradicting hints


def test_a_peers_certificate_under_the_name_of_another_nodes_server_certificate_is_asked_for() -> None:
    found = estate(PAIR, files=Files().put("expc1/server.pem", leaf("expc2.example.com")))
    assert asked(found, "expc1/server.pem") == ["expc2.example.com server", "expc1.example.com server"]
    assert [place.reason for place in found.questions[0].candidates] == [PlaceReason.NAMES, PlaceReason.FOLDER]
    assert found.placed == {}


def test_a_file_name_that_contradicts_the_names_is_asked_for() -> None:
    found = estate(PAIR, files=Files().put("expc1_server.pem", leaf("expc2.example.com")))
    assert asked(found, "expc1_server.pem") == ["expc2.example.com server", "expc1.example.com server"]


def test_names_that_fit_nothing_leave_it_to_a_folder_and_file_name_that_say_slot_and_node() -> None:
    found = estate(PAIR, files=Files().put("expc1/server.pem", leaf("collab.example.org")))
    assert places(found, "expc1/server.pem") == [("expc1.example.com server", "folder")]
    other = estate(PAIR, files=Files().put("expc1/partner.pem", leaf("collab.example.org")))
    assert other.placed == {}
    assert is_loose(other, "expc1/partner.pem")


@pytest.mark.parametrize(
    "path", ["expc1_server.cer", "EXPC1-servercert.pem", "expc1.example.com.pem", "expc1.pem", "expc1 server (2).pem"]
)
def test_a_file_called_like_a_node_is_that_nodes_where_the_names_fit_nothing(path: str) -> None:
    found = estate(PAIR, files=Files().put(path, leaf("collab.example.org")))
    assert places(found, path) == [("expc1.example.com server", "file-name")]


@pytest.mark.parametrize("path", ["expc10/server.pem", "myexpc1/server.pem", "server.pem", "expc/server.pem"])
def test_a_folder_that_only_resembles_a_node_says_nothing(path: str) -> None:
    found = estate(PAIR, files=Files().put(path, leaf("collab.example.org")))
    assert found.placed == {}
    assert is_loose(found, path)


# the slot


def test_a_certificate_for_clients_alone_is_the_client_certificate_from_x15_5_on() -> None:
    files = Files().put("one.pem", leaf("expc1.example.com", usages=("server",)))
    files.put("two.pem", leaf("expc1.example.com", usages=("client",)))
    found = estate(SPLIT, files=files)
    assert places(found, "one.pem") == [("expc1.example.com server", "names")]
    assert places(found, "two.pem") == [("expc1.example.com client", "names")]


def test_before_x15_5_there_is_no_other_slot_for_it() -> None:
    found = estate(PAIR, files=Files().put("two.pem", leaf("expc1.example.com", usages=("client",))))
    assert places(found, "two.pem") == [("expc1.example.com server", "names")]


def test_where_the_release_is_not_known_it_is_asked_for() -> None:
    said = node("expc1.example.com", role="expressway-c")
    found = estate(said, files=Files().put("two.pem", leaf("expc1.example.com", usages=("client",))))
    assert asked(found, "two.pem") == ["expc1.example.com client", "expc1.example.com server"]


def test_a_file_called_client_is_the_client_certificate_unless_its_usages_say_otherwise() -> None:
    both = leaf("expc1.example.com")
    found = estate(SPLIT, files=Files().put("expc1/client.pem", both))
    assert places(found, "expc1/client.pem") == [("expc1.example.com client", "names")]
    server_only = leaf("expc1.example.com", usages=("server",))
    found = estate(SPLIT, files=Files().put("expc1/client.pem", server_only))
    assert asked(found, "expc1/client.pem") == ["expc1.example.com client", "expc1.example.com server"]


def test_on_unified_cm_the_names_do_not_tell_the_slot() -> None:
    found = estate(VOICE, files=Files().put("a.pem", leaf("cucm1.example.com", key="rsa")))
    assert asked(found, "a.pem") == ["cucm1.example.com tomcat", "cucm1.example.com callmanager"]


@pytest.mark.parametrize(
    ("path", "slot"),
    [
        ("tomcat.pem", "tomcat"),
        ("cucm1_tomcat.pem", "tomcat"),
        ("cucm1/CallManager.pem", "callmanager"),
        ("cucm1/tomcat-ECDSA/certificate.pem", "tomcat-ecdsa"),
        ("CallManager-ECDSA/cucm1.pem", "callmanager-ecdsa"),
    ],
)
def test_file_and_folder_tell_the_slot_of_unified_cm(path: str, slot: str) -> None:
    found = estate(VOICE, files=Files().put(path, leaf("cucm1.example.com")))
    assert places(found, path) == [(f"cucm1.example.com {slot}", "names")]


def test_a_multi_server_certificate_is_placed_by_its_folder_and_asked_for_without_one() -> None:
    shared = leaf("cucm-ms.example.com", "cucm1.example.com", "cucm2.example.com")
    files = Files().put("cucm2/tomcat.pem", shared)
    assert places(estate(VOICE, files=files), "cucm2/tomcat.pem") == [("cucm2.example.com tomcat", "folder")]
    found = estate(VOICE, files=Files().put("tomcat.pem", shared))
    assert asked(found, "tomcat.pem") == ["cucm1.example.com tomcat", "cucm2.example.com tomcat"]


def test_a_common_name_does_not_make_a_multi_server_certificate_one_nodes() -> None:
    shared = leaf("cucm1.example.com", "cucm2.example.com", cn="cucm1.example.com")
    found = estate(VOICE, files=Files().put("tomcat.pem", shared))
    assert asked(found, "tomcat.pem") == ["cucm1.example.com tomcat", "cucm2.example.com tomcat"]


def test_a_slot_of_expressway_in_a_name_is_none_of_unified_cm() -> None:
    found = estate(VOICE, files=Files().put("cucm1/server.pem", leaf("cucm1.example.com", key="rsa")))
    assert asked(found, "cucm1/server.pem") == ["cucm1.example.com tomcat", "cucm1.example.com callmanager"]


def test_a_self_signed_certificate_that_calls_itself_a_ca_is_its_nodes() -> None:
    own = self_signed("cucm1.example.com", at=AT, ca=True, dns=["cucm1.example.com"])
    found = estate(VOICE, files=Files().put("tomcat.pem", own))
    assert places(found, "tomcat.pem") == [("cucm1.example.com tomcat", "names")]


def test_a_ca_that_is_called_like_no_node_is_no_nodes() -> None:
    found = estate(PAIR, files=Files().put("a.pem", ROOT))
    assert found.placed == {}
    assert is_loose(found, "a.pem")


def test_the_certificate_in_a_whole_chain_counts_whatever_its_position() -> None:
    own = leaf("expc1.example.com")
    found = estate(PAIR, files=Files().put("chain.pem", ROOT, ISSUING, own))
    assert places(found, "chain.pem") == [("expc1.example.com server", "names")]
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == own.sha256


def test_certificates_of_two_hosts_in_one_file_are_no_ones() -> None:
    found = estate(PAIR, files=Files().put("both.pem", leaf("expc1.example.com"), leaf("expc2.example.com")))
    assert found.placed == {}
    assert is_loose(found, "both.pem")


# lists


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("expc1/trusted-ca.pem", "folder"),
        ("expc1.example.com/ca.pem", "folder"),
        ("export.zip/nodes/expc1/root.pem", "folder"),
        ("expc1/certs_root.pem", "folder"),
        ("expc1-ca.pem", "file-name"),
        ("expc1_trusted_ca.pem", "file-name"),
        ("trusted-ca/expc1.pem", "file-name"),
    ],
)
def test_ca_certificates_under_the_name_of_a_list_are_the_list_of_their_node(path: str, reason: str) -> None:
    found = estate(PAIR, files=Files().put(path, ROOT, ISSUING))
    assert places(found, path) == [("expc1.example.com trusted-ca", reason)]
    first, _ = found.nodes()
    assert [item.sha256 for item in first.trust[StoreName.TRUSTED_CA].certificates] == [ROOT.sha256, ISSUING.sha256]


@pytest.mark.parametrize(
    "path",
    ["trusted-ca.pem", "expc1/Example Root CA.pem", "expc1/chain.pem", "ca-bundle.crt", "cucm1/ca.pem", "other/ca.pem"],
)
def test_ca_certificates_without_such_a_hint_stay_loose(path: str) -> None:
    found = estate([*PAIR, *VOICE], files=Files().put(path, ROOT, ISSUING))
    assert found.placed == {}
    assert is_loose(found, path)


def test_one_ca_certificate_that_is_called_like_itself_or_a_list_is_asked_for_or_left_alone() -> None:
    files = Files().put("expc1/ca.pem", ROOT).put("expc2/root.pem", ROOT)
    found = estate(PAIR, files=files)
    assert asked(found, "expc1/ca.pem") == ["expc1.example.com trusted-ca"]
    assert asked(found, "expc2/root.pem") == []
    assert is_loose(found, "expc2/root.pem")


def test_the_files_of_a_folder_called_like_a_list_are_one_list() -> None:
    files = Files().put("cucm1/tomcat-trust/Root_CA_01.pem", ROOT).put("cucm1/tomcat-trust/Issuing_02.pem", ISSUING)
    found = estate(VOICE, files=files)
    first, _ = found.nodes()
    store = first.trust[StoreName.TOMCAT_TRUST]
    assert store.fingerprints == {ROOT.sha256, ISSUING.sha256}
    assert len(store.files) == 2
    assert places(found, "cucm1/tomcat-trust/Issuing_02.pem") == [("cucm1.example.com tomcat-trust", "folder")]


def test_a_nodes_certificate_in_such_a_folder_is_an_entry_and_not_that_nodes() -> None:
    own = leaf("expc1.example.com")
    files = Files().put("cucm1/tomcat-trust/expc1.example.com_4f.pem", own)
    found = estate([*PAIR, *VOICE], files=files)
    by_name = {item.fqdn: item for item in found.nodes()}
    assert by_name["cucm1.example.com"].trust[StoreName.TOMCAT_TRUST].fingerprints == {own.sha256}
    assert by_name["expc1.example.com"].certificates == {}


def test_a_folder_of_entries_of_nobody_is_loose() -> None:
    found = estate(
        [*PAIR, *VOICE], files=Files().put("tomcat-trust/expc1.example.com_4f.pem", leaf("expc1.example.com"))
    )
    assert found.placed == {}


def test_a_list_that_folder_and_file_give_to_different_nodes_is_asked_for() -> None:
    found = estate(PAIR, files=Files().put("expc1/expc2-trusted-ca.pem", ROOT, ISSUING))
    assert asked(found, "expc1/expc2-trusted-ca.pem") == [
        "expc1.example.com trusted-ca",
        "expc2.example.com trusted-ca",
    ]


def test_ca_certificates_handed_in_as_the_server_certificate_are_spoken_of_at_the_node() -> None:
    found = estate(PAIR, files=Files().put("expc1/server.pem", ROOT, ISSUING))
    assert places(found, "expc1/server.pem") == [("expc1.example.com server", "folder")]
    first, _ = found.nodes()
    assert first.certificates == {}
    assert set(first.unread) == {Slot.SERVER}


# against what is surer, inside one upload and across uploads


def sure(path: str, issued: Issued, *, at: NodeRef = C1, slot: Slot = Slot.SERVER) -> Files:
    return Files().put(path, issued, at=at, slot=slot, installed=True)


def test_a_renewal_beside_the_archive_that_shows_the_old_certificate_is_asked_for() -> None:
    old, new = leaf("expc1.example.com"), leaf("expc1.example.com", not_before=AT - timedelta(days=1))
    found = estate(PAIR, files=sure("shown.pem", old).put("renewal.pem", new))
    assert asked(found, "renewal.pem") == ["expc1.example.com server"]
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == old.sha256
    assert found.contradictions == ()


def test_what_is_older_than_the_installed_one_is_a_leftover() -> None:
    old, new = leaf("expc1.example.com", not_before=AT - timedelta(days=300)), leaf("expc1.example.com")
    found = estate(PAIR, files=sure("shown.pem", new).put("old.pem", old))
    assert found.questions == ()
    assert is_loose(found, "old.pem")


def test_a_copy_of_the_installed_certificate_belongs_there_too_and_changes_nothing() -> None:
    own = leaf("expc1.example.com")
    found = estate(PAIR, files=sure("shown.pem", own).put("copy.pem", own))
    assert places(found, "copy.pem") == [("expc1.example.com server", "names")]
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].file.source.path == "shown.pem"
    assert first.certificates[Slot.SERVER].proven
    assert found.loose == ()


def test_a_copy_of_a_shared_certificate_that_one_peer_is_known_to_have_is_not_asked_for() -> None:
    shared = leaf("expc.example.com", "expc1.example.com", "expc2.example.com")
    found = estate(PAIR, files=sure("shown.pem", shared).put("copy.pem", shared))
    assert found.questions == ()
    assert places(found, "copy.pem") == [("expc1.example.com server", "names")]


def test_two_certificates_that_are_equally_likely_for_one_slot_are_both_asked_for() -> None:
    files = Files().put("a.pem", leaf("expc1.example.com")).put("b.pem", leaf("expc1.example.com"))
    found = estate(PAIR, files=files)
    assert asked(found, "a.pem") == asked(found, "b.pem") == ["expc1.example.com server"]
    assert found.placed == {}


def test_of_two_that_one_on_which_folder_and_names_agree_has_the_slot() -> None:
    current = leaf("expc1.example.com", not_before=AT - timedelta(days=10))
    older = leaf("expc1.example.com", not_before=AT - timedelta(days=400))
    found = estate(PAIR, files=Files().put("backup/old.pem", older).put("expc1/server.pem", current))
    assert places(found, "expc1/server.pem") == [("expc1.example.com server", "names")]
    assert found.questions == ()
    assert is_loose(found, "backup/old.pem")


def test_a_later_renewal_with_the_nodes_name_takes_the_place_of_what_the_archive_showed() -> None:
    old, new = leaf("expc1.example.com"), leaf("expc1.example.com", not_before=AT - timedelta(days=1))
    found = uploads(sure("shown.pem", old), Files().put("renewal.pem", new), nodes=PAIR)
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == new.sha256
    assert places(found, "renewal.pem", batch=1) == [("expc1.example.com server", "names")]
    assert found.questions == ()


def test_a_later_upload_of_an_older_certificate_takes_no_place_that_is_surely_filled() -> None:
    old, new = leaf("expc1.example.com", not_before=AT - timedelta(days=300)), leaf("expc1.example.com")
    found = uploads(sure("shown.pem", new), Files().put("old.pem", old), nodes=PAIR)
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == new.sha256
    assert found.questions == ()
    assert is_loose(found, "old.pem")


def test_what_does_not_name_the_node_takes_no_place_that_is_surely_filled_and_is_asked_for() -> None:
    shown, other = leaf("expc1.example.com"), leaf("collab.example.org", not_before=AT - timedelta(days=1))
    found = uploads(sure("shown.pem", shown), Files().put("expc1/server.pem", other), nodes=PAIR)
    first, _ = found.nodes()
    assert first.certificates[Slot.SERVER].certificate.sha256 == shown.sha256
    assert asked(found, "expc1/server.pem") == ["expc1.example.com server"]


def test_a_later_list_that_is_only_called_so_is_asked_for_where_the_archive_showed_one() -> None:
    shown = Files().put("ca.pem", ROOT, ISSUING, at=C1, store=StoreName.TRUSTED_CA, installed=True)
    found = uploads(shown, Files().put("expc1-ca.pem", ISSUING, ROOT, ROOT), nodes=PAIR)
    assert asked(found, "expc1-ca.pem") == ["expc1.example.com trusted-ca"]
    first, _ = found.nodes()
    assert len(first.trust[StoreName.TRUSTED_CA].certificates) == 2


def test_a_later_guess_takes_the_place_of_an_earlier_one_that_was_no_better() -> None:
    first_list, second_list = Files().put("expc1-ca.pem", ROOT, ISSUING), Files().put("expc1-ca.pem", ISSUING, ROOT)
    found = uploads(first_list, second_list, nodes=PAIR)
    first, _ = found.nodes()
    assert [item.sha256 for item in first.trust[StoreName.TRUSTED_CA].certificates] == [ISSUING.sha256, ROOT.sha256]


def test_what_is_sure_takes_the_place_of_an_earlier_guess_and_answers_what_was_asked() -> None:
    shared = leaf("expc.example.com", "expc1.example.com", "expc2.example.com")
    one, two = leaf("expc1.example.com"), leaf("expc2.example.com")
    later = sure("one.pem", one).put("two.pem", two, at=C2, slot=Slot.SERVER, installed=True)
    assert len(uploads(Files().put("a.pem", shared), nodes=PAIR).questions) == 1
    found = uploads(Files().put("a.pem", shared), later, nodes=PAIR)
    assert found.questions == ()
    assert [item.certificates[Slot.SERVER].certificate.sha256 for item in found.nodes()] == [one.sha256, two.sha256]


def test_a_renewal_where_there_are_two_slots_is_asked_for_both() -> None:
    old, new = leaf("expc1.example.com"), leaf("expc1.example.com", not_before=AT - timedelta(days=1))
    files = sure("server.pem", old).put("renewal.pem", new)
    assert asked(estate(SPLIT, files=files), "renewal.pem") == ["expc1.example.com server", "expc1.example.com client"]


def test_a_place_that_an_inventory_gives_a_file_is_not_asked_for_elsewhere() -> None:
    shared = leaf("expc.example.com", "expc1.example.com", "expc2.example.com")
    found = estate(PAIR, files=Files().put("expc2/server.pem", shared, at=C1, slot=Slot.SERVER))
    assert places(found, "expc2/server.pem") == [("expc1.example.com server", "inventory")]
    assert found.questions == ()
