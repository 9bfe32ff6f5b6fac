"""Which known node a certificate or a name in a path means."""

import pytest

from diagnostics.estate.known_nodes import KnownNode, KnownNodes, folders
from diagnostics.estate.observations import Role
from diagnostics.pki.loading import load_certificate
from diagnostics.samples.authority import root
from tests.diagnostics.estate.said import AT


def known(fqdn: str, *addresses: str, role: Role = Role.EXPRESSWAY_C) -> KnownNode:
    return KnownNode(key=fqdn.casefold(), fqdn=fqdn, role=role, addresses=addresses)


NODES = KnownNodes(
    [
        known("expc1.example.com", "192.0.2.11", "2001:db8::11"),
        known("expc2.example.com"),
        known("exp-e1.example.com"),
        known("exp.example.com"),
        known("expc1.lab.example"),
        known("ca.example.com"),
        known("ExpE_9"),
    ]
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("expc2", "expc2.example.com"),
        ("EXPC2", "expc2.example.com"),
        ("certs of expc2 (final)", "expc2.example.com"),
        ("diagnostic_log_expc2_2026-11-01_10_30_00.tar.gz", "expc2.example.com"),
        ("expc2.zip", "expc2.example.com"),
        ("expc1.example.com", "expc1.example.com"),
        ("expc1.lab.example_server", "expc1.lab.example"),
        ("192.0.2.11", "expc1.example.com"),
        ("192.0.2.11_server", "expc1.example.com"),
        ("exp-e1-ca", "exp-e1.example.com"),
        ("expe_9-server", "ExpE_9"),
    ],
)
def test_a_name_in_a_path_means_the_node_that_is_called_so_between_separators(text: str, meant: str) -> None:
    found = NODES.meant(text)
    assert found is not None
    assert found.fqdn == meant


@pytest.mark.parametrize(
    "text",
    [
        "expc1",  # two nodes have that host name
        "expc1_expc2",  # either
        "expc20",
        "myexpc2",
        "192.0.2.110",
        "ca",  # that is what a list is called
        "",
        "-" * 500,
        "x." * 10_000,
    ],
)
def test_what_means_several_nodes_or_none_means_none(text: str) -> None:
    found = NODES.meant(text)
    assert found is None


def test_a_certificate_with_thousands_of_names_means_what_its_first_ones_say() -> None:
    names = [f"h{number}.example.org" for number in range(3_000)]
    issued = root(at=AT).issue(common_name=None, dns=["expc2.example.com", *names])
    carried = NODES.carried(load_certificate(issued.der))
    assert [node.fqdn for node in carried.nodes] == ["expc2.example.com"]
    assert carried.exact


def test_folders_come_innermost_first_and_not_all_of_a_hostile_path() -> None:
    assert folders("a.zip/b/c/file.pem") == ("c", "b", "a.zip")
    assert folders("file.pem") == ()
    assert len(folders("d/" * 5_000 + "file.pem")) == 20
