"""Whose a status or an answer is, by its path alone."""

import pytest

from diagnostics.estate.observations import NodeRef, Source
from diagnostics.readers.answer_names import node_of_answer


def node(path: str) -> NodeRef | None:
    upload, _, member = path.partition("!")
    return node_of_answer(Source(upload=upload, member=member or None))


@pytest.mark.parametrize(
    ("path", "name", "folder"),
    [
        ("expc1_dns.json", "expc1", ""),
        ("exp-c-1_mra.json", "exp-c-1", ""),
        ("case/expc1.example.com.json", "expc1.example.com", "case"),
        ("case/expc1.example.com_zone_neighborzone.json", "expc1.example.com", "case"),
        ("case/expe1-status.xml", "expe1", "case"),
        ("case/status-expe1.xml.txt", "expe1", "case"),
        ("case.zip!expressway-core/dns.json", "expressway-core", "case.zip/expressway-core"),
        ("case/control/controller-server-cucm.json", "control", "case/control"),
        ("case/a/status (1).xml", "a", "case/a"),
        ("case/a/2026-11-01.json", "a", "case/a"),
        ("case/a/ticket694211337.json", "a", "case/a"),
        ("case/a/notes of the weekend.json", "a", "case/a"),
        ("x/xstat_dump_exp_e1_2026-11-01_10_30_00.xml", "exp_e1", "x"),
    ],
)
def test_the_name_tells_the_node_else_the_folder_does(path, name, folder):
    assert node(path) == NodeRef(name=name, container=folder)


@pytest.mark.parametrize(
    "path", ["dns.json", "status.xml", "answers.json", "api-v1-provisioning-common-mra.json", "1.json"]
)
def test_a_file_in_no_folder_whose_name_says_what_was_asked_alone_names_no_node(path):
    assert node(path) is None


@pytest.mark.parametrize("name", ["a" * 100_000, "-" * 100_000, "exp1-" * 20_000, "." * 100_000, "_1a" * 30_000])
def test_no_name_takes_time_in_the_square_of_its_length(name):
    node(f"{name}.json")
    node(f"case/{name}")


def test_a_folder_with_control_characters_in_its_name_gives_a_name_that_can_be_shown():
    assert node("a/x\x1b\ud800/dns.json") == NodeRef(name="x\ufffd\ufffd", container="a/x\x1b\ud800")
