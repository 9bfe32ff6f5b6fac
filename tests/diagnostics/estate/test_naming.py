"""Which node a source means by a bare host name."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Observation, Sign, SignCode, Slot, Source
from diagnostics.samples.authority import root
from tests.diagnostics.estate.said import AT, Files, estate, fact, node

BARE = NodeRef(name="expc1", container="diagnostic_log_expc1.tar.gz")


def names(*said, files: Files | None = None) -> list[str]:
    return [item.fqdn for item in estate(list(said), files=files).nodes()]


def test_host_and_domain_of_the_same_archive_make_the_name() -> None:
    said = [fact(BARE, FactKey.HOST_NAME, "expc1"), fact(BARE, FactKey.DOMAIN_NAME, "example.com")]
    assert names(*said) == ["expc1.example.com"]


def test_a_bare_name_is_the_one_node_elsewhere_that_is_called_so() -> None:
    assert names(*node("expc1.example.com"), fact(BARE, FactKey.VERSION, "X15.0")) == ["expc1.example.com"]


def test_a_bare_name_that_two_nodes_share_stays_bare() -> None:
    said = [*node("expc1.example.com"), *node("expc1.example.net"), fact(BARE, FactKey.VERSION, "X15.0")]
    assert sorted(names(*said)) == ["expc1", "expc1.example.com", "expc1.example.net"]


def test_the_server_certificate_completes_a_bare_name() -> None:
    issued = root(at=AT).issue(common_name="expc1.example.com", dns=["expc1.example.com", "expc.example.com"])
    files = Files().put("server_expc1.pem", issued, at=BARE, slot=Slot.SERVER)
    assert names(files=files) == ["expc1.example.com"]


def test_it_does_so_behind_the_ca_certificates_of_its_file_too() -> None:
    authority = root("expc1.root.example", at=AT)
    issued = authority.issue(common_name="expc1.example.com", dns=["expc1.example.com"])
    files = Files().put("server_expc1.pem", authority, issued, at=BARE, slot=Slot.SERVER)
    assert names(files=files) == ["expc1.example.com"]


def test_a_certificate_with_two_such_names_does_not_guess() -> None:
    issued = root(at=AT).issue(common_name=None, dns=["expc1.example.com", "expc1.example.net"])
    files = Files().put("server_expc1.pem", issued, at=BARE, slot=Slot.SERVER)
    assert names(files=files) == ["expc1"]


def test_one_host_name_in_two_archives_is_two_nodes_where_the_domains_differ() -> None:
    other = NodeRef(name="expc1", container="lab.tar.gz")
    said = [
        fact(ref, key, value)
        for ref, domain in ((BARE, "example.com"), (other, "lab.example"))
        for key, value in ((FactKey.HOST_NAME, "expc1"), (FactKey.DOMAIN_NAME, domain))
    ]
    assert sorted(names(*said)) == ["expc1.example.com", "expc1.lab.example"]


def test_one_node_written_in_two_cases_is_one_node() -> None:
    assert names(*node("ExpC1.example.com"), *node("expc1.example.com")) == ["ExpC1.example.com"]


# what is called after its folder alone

FOLDER = NodeRef(name="control", container="site/control")


def dump_in_folder(host: str = "expc1", **more: str) -> list[Observation]:
    ref = NodeRef(name=host, container=FOLDER.container)
    said = {"host_name": host, "domain_name": "example.com", **more}
    return [fact(ref, FactKey[key.upper()], value) for key, value in said.items()]


def status_in_folder(**more: str) -> list[Observation]:
    return [fact(FOLDER, FactKey[key.upper()], value) for key, value in {"version": "X15.0", **more}.items()]


def test_a_file_without_a_name_is_the_one_nodes_whose_dump_lies_in_the_same_folder() -> None:
    found = estate([*status_in_folder(address="192.0.2.1"), *dump_in_folder(address="192.0.2.1")])
    assert [(item.fqdn, item.version.value if item.version else None) for item in found.nodes()] == [
        ("expc1.example.com", "X15.0")
    ]


def test_a_sign_without_a_name_is_that_nodes_too() -> None:
    sign = Sign(source=Source(upload="status.xml"), node=FOLDER, code=SignCode.ALARM, name="20004")
    assert [item.node for item in estate([sign, *dump_in_folder()]).signs] == ["expc1.example.com"]


@pytest.mark.parametrize(
    "beside",
    [
        [*dump_in_folder("expc1"), *dump_in_folder("expc2")],
        dump_in_folder(address="198.51.100.7"),
        [fact(NodeRef(name="cucm1", container=FOLDER.container), FactKey.SERVER_ENTRY, "cucm1")],
        dump_in_folder("cucm1", role="unified-cm"),
    ],
    ids=["two nodes", "another address", "a server that is spoken of", "a Unified CM"],
)
def test_it_stays_by_itself_where_the_folder_does_not_say_whose_it_is(beside: list[Observation]) -> None:
    assert "control" in names(*status_in_folder(address="192.0.2.1"), *beside)


def test_a_folder_called_after_a_known_node_is_that_nodes_whatever_lies_beside() -> None:
    found = estate([*node("control.example.com"), *status_in_folder(), *dump_in_folder()])
    versions = {item.fqdn: item.version.value if item.version else None for item in found.nodes()}
    assert versions == {"control.example.com": "X15.0", "expc1.example.com": None}
