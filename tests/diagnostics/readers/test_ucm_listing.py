"""What `show cert` printed in a terminal session."""

import time

import pytest

from diagnostics.estate.observations import FactKey, Listed, Listing, NodeRef, Origin, Slot, StoreName
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.samples.authority import sha256
from tests.builders.unified_cm import (
    PAGER,
    capture,
    decoded,
    file_name,
    list_own,
    list_trust,
    show_own,
    show_trust,
    trust_answer,
    whole,
)

NAME = "putty.log"
CUCM = NodeRef(name="cucm1.example.com")


@pytest.fixture
def node(plan):
    return plan.node("cucm1.example.com")


@pytest.fixture
def read_capture(read_files):
    return lambda *parts, **options: read_files({NAME: capture(*parts, **options)})


def listings(outcome):
    return [item for item in outcome.reading.observations if isinstance(item, Listing)]


def entries(listing):
    return [(item.name, item.serial) for item in listing.listed]


def test_a_list_is_known_by_names_and_serial_numbers_in_its_order(read_capture, node):
    outcome = read_capture(list_trust(node.trust))
    by_store = {item.store: item for item in listings(outcome)}
    assert set(by_store) == {StoreName.TOMCAT_TRUST, StoreName.CALLMANAGER_TRUST}
    for store, listing in by_store.items():
        expected = [file_name(item).rpartition("_") for item in node.trust[store.value]]
        assert entries(listing) == [(name, serial) for name, _, serial in expected]
        assert (listing.node, listing.complete, listing.slot) == (CUCM, True, None)
    file = outcome.file(NAME)
    assert (file.kind, file.outcome, file.problems) == (Kind.UCM_LISTING, Outcome.READ, ())
    assert file.found == {"listed": sum(len(items) for items in node.trust.values())}


def test_each_entry_says_its_line(read_capture, node):
    outcome = read_capture(list_trust(node.trust), newline="\n")
    lines = capture(list_trust(node.trust), newline="\n").decode().split("\n")
    for listing in listings(outcome):
        for item in listing.listed:
            assert item.serial in lines[item.line - 1].casefold()
        assert listing.source.text == lines[listing.source.line - 1]


@pytest.mark.parametrize(
    ("stem", "name", "serial"),
    [
        (
            "InCommon_RSA_Server_CA_4720d0fa85461a7e17a1640291846374",
            "InCommon_RSA_Server_CA",
            "4720d0fa85461a7e17a1640291846374",
        ),
        ("CAPF-36205338", "CAPF-36205338", None),
        ("Cisco_Root_CA_M2_01", "Cisco_Root_CA_M2", "1"),
        ("cucm1.example.com_00AB", "cucm1.example.com", "ab"),
        ("Zürich_CA_7f", "Zürich_CA", "7f"),
        ("No_Serial_Here", "No_Serial_Here", None),
        ("Zero_0", "Zero", "0"),
    ],
)
def test_the_name_of_a_file_in_a_list_holds_common_name_and_serial_number(read_capture, stem, name, serial):
    (listing,) = listings(read_capture(list_trust({}, [f"tomcat-trust/{stem}.pem: Trust Certificate"])))
    assert entries(listing) == [(name, serial)]


def test_certificates_that_the_node_shows_go_to_their_slots(read_capture, node):
    outcome = read_capture(*(show_own(slot, node.issued(slot)) for slot in node.identity))
    files = outcome.certificate_files()
    assert {item.slot.value: files[item.path].certificates for item in outcome.placements()} == {
        slot: (node.issued(slot).sha256,) for slot in node.identity
    }
    assert all(item.installed and item.node == CUCM for item in outcome.placements())
    assert outcome.file(NAME).found == {"certificates": len(node.identity)}
    assert listings(outcome) == []


@pytest.mark.parametrize(
    "command", ["show cert own tomcat", "admin:show cert own tomcat", "  SHOW CERT OWN tomcat/tomcat.pem "]
)
def test_the_command_is_known_in_every_spelling(read_files, node, command):
    lines = ["administrator@cucm1.example.com's password: ", command, *show_own("tomcat", node.issued("tomcat"))[1:]]
    outcome = read_files({NAME: "\n".join(lines).encode()})
    (placement,) = outcome.placements()
    assert (placement.slot, placement.node) == (Slot.TOMCAT, CUCM)


def test_the_line_of_a_certificate_is_where_its_block_begins(read_capture, node):
    part = show_own("tomcat", node.issued("tomcat"))
    outcome = read_capture(part, newline="\n")
    (file,) = outcome.certificate_files().values()
    lines = capture(part, newline="\n").decode().split("\n")
    assert lines[file.lines[0] - 1] == "-----BEGIN CERTIFICATE-----"


def test_a_certificate_without_its_block_is_known_by_name_and_serial_number(read_capture, node):
    held = node.issued("tomcat")
    (listing,) = listings(read_capture(["admin:show cert own tomcat/tomcat.pem", *decoded(held.certificate)]))
    assert (listing.slot, listing.store) == (Slot.TOMCAT, None)
    assert entries(listing) == [("cucm1.example.com", f"{held.certificate.serial_number:x}")]


def test_single_entries_of_a_list_do_not_make_the_whole_list(read_capture, node):
    (shown, *_) = node.trust["tomcat-trust"]
    (listing,) = listings(read_capture(show_trust("tomcat-trust", shown)))
    assert not listing.complete
    assert entries(listing) == [tuple(file_name(shown).rsplit("_", 1))]


def test_single_entries_add_nothing_to_a_list_that_is_there(read_capture, node):
    (shown, *_) = node.trust["tomcat-trust"]
    outcome = read_capture(list_trust({"tomcat-trust": node.trust["tomcat-trust"]}), show_trust("tomcat-trust", shown))
    (listing,) = listings(outcome)
    assert listing.complete
    assert len(listing.listed) == len(node.trust["tomcat-trust"])


def test_the_role_is_told_by_the_units(read_capture, plan):
    assert read_capture(list_own("tomcat", "callmanager")).values(FactKey.ROLE) == ["unified-cm"]
    assert read_capture(list_own("tomcat", "cup", "cup-xmpp")).values(FactKey.ROLE) == ["im-presence"]
    # Unity Connection has tomcat alone, and so has a bare Unified CM.
    assert read_capture(list_own("tomcat")).values(FactKey.ROLE) == []
    (fact,) = read_capture(list_own("callmanager")).facts(FactKey.ROLE)
    assert (fact.origin, fact.proven) == (Origin.LISTING, False)


def test_the_pager_is_taken_out_and_what_it_hid_is_read(read_capture, node):
    lines = list_trust({"tomcat-trust": node.trust["tomcat-trust"]})
    erased = f"{PAGER}\r{' ' * len(PAGER)}\r{lines[3]}"
    backspaced = PAGER + "\x08 \x08" * len(PAGER)
    (listing,) = listings(read_capture([*lines[:3], erased, backspaced, *lines[4:]]))
    assert listing.complete
    assert len(listing.listed) == len(node.trust["tomcat-trust"])


def test_the_pager_inside_a_certificate_does_not_break_it(read_capture, node):
    lines = show_own("tomcat", node.issued("tomcat"))
    lines[-5:-5] = [PAGER, f"{PAGER}\r{' ' * 70}\r"]
    outcome = read_capture(lines)
    assert outcome.file(NAME).problems == ()
    assert [file.certificates for file in outcome.certificate_files().values()] == [(node.issued("tomcat").sha256,)]


def test_a_list_left_in_the_pager_is_said_to_be_cut_short(read_capture, node):
    lines = list_trust({"tomcat-trust": node.trust["tomcat-trust"]})
    outcome = read_capture([*lines[:3], PAGER])
    (problem,) = outcome.file(NAME).problems
    assert (problem.code, outcome.file(NAME).outcome) == (ProblemCode.CUT_SHORT, Outcome.PARTLY)
    (listing,) = listings(outcome)
    assert not listing.complete
    assert len(listing.listed) == 2


def test_escape_sequences_and_corrections_of_typing_errors_leave_no_trace(read_files, node):
    entry = list_trust({"tomcat-trust": node.trust["tomcat-trust"]})[1]
    lines = [
        "admin@cucm1.example.com's password:",
        "\x1b[2J\x1b[0madmin:sow\x08\x08how cert list trust",
        f"\x1b[1m{entry}\x1b[0m",
    ]
    (listing,) = listings(read_files({NAME: "\r\n".join([*lines, "admin:"]).encode()}))
    assert len(listing.listed) == 1


def test_an_entry_that_a_terminal_broke_in_two_is_one(read_capture, node):
    entry = list_trust({"tomcat-trust": node.trust["tomcat-trust"]})[1]
    (listing,) = listings(read_capture(list_trust({}, [entry[:50], entry[50:]])))
    assert entries(listing) == [tuple(file_name(node.trust["tomcat-trust"][0]).rsplit("_", 1))]


def test_two_sessions_in_one_capture_are_two_nodes(read_files, node, plan):
    other = plan.node("expc1.example.com")  # whose certificates do for a second Unified CM
    text = (
        whole(node)
        + b"\r\n"
        + capture(list_trust({"tomcat-trust": other.trust["trusted-ca"]}), host="cucm2.example.com")
    )
    found = listings(read_files({NAME: text}))
    assert {(item.node.name, item.store, len(item.listed)) for item in found} == {
        ("cucm1.example.com", StoreName.TOMCAT_TRUST, len(node.trust["tomcat-trust"])),
        ("cucm1.example.com", StoreName.CALLMANAGER_TRUST, len(node.trust["callmanager-trust"])),
        ("cucm2.example.com", StoreName.TOMCAT_TRUST, len(other.trust["trusted-ca"])),
    }
    assert len({item.source.path for item in found}) == 3


@pytest.mark.parametrize(
    ("lines", "node"),
    [
        (["administrator@cucm1.example.com's password:"], NodeRef(name="cucm1.example.com")),
        (["$ ssh administrator@cucm1.example.com"], NodeRef(name="cucm1.example.com")),
        (["ssh -o StrictHostKeyChecking=no admin@192.0.2.31"], NodeRef(name="192.0.2.31")),
        (["admin@cucm1's password:"], NodeRef(name="cucm1", container="site")),
        (
            ["admin:show status", "", "Host Name          : cucm1", "Date               : Sun"],
            NodeRef(name="cucm1", container="site"),
        ),
    ],
    ids=["password", "ssh", "address", "bare name", "show status"],
)
def test_what_a_session_says_of_its_node_names_it(read_files, plan, lines, node):
    trust = list_trust({"tomcat-trust": plan.node("cucm1.example.com").trust["tomcat-trust"]})
    outcome = read_files({f"site/{NAME}": "\n".join([*lines, *trust, "admin:"]).encode()})
    (listing,) = listings(outcome)
    assert listing.node == node
    assert outcome.file(f"site/{NAME}").problems == ()


def test_a_capture_that_does_not_name_its_node_says_so(read_capture, node):
    outcome = read_capture(list_trust(node.trust), show_own("tomcat", node.issued("tomcat")), host=None)
    assert outcome.codes(NAME) == [ProblemCode.NODE_NOT_NAMED]
    assert outcome.file(NAME).outcome is Outcome.READ
    assert {item.node for item in listings(outcome)} == {None}
    assert outcome.placements() == []
    assert outcome.facts() == []


def test_certificates_of_services_that_no_rule_speaks_of_are_passed_over(read_capture, node):
    held = node.issued("tomcat")
    lines = ["admin:show cert own CAPF/CAPF.pem", *decoded(held.certificate), *held.pem.decode().splitlines()]
    outcome = read_capture(list_trust({}, ["CAPF-trust/CAPF-1234.pem: x", "ipsec-trust/cucm1_0a.pem: x"]), lines)
    assert outcome.certificate_files() == {}
    assert listings(outcome) == []
    assert outcome.file(NAME).problems == ()


def test_a_lost_block_is_told_with_its_line(read_capture, node):
    lines = show_own("tomcat", node.issued("tomcat"))
    lines[-6] = "!" + lines[-6][1:]
    outcome = read_capture(lines)
    (problem, *_) = outcome.file(NAME).problems
    assert problem.code is ProblemCode.BLOCK_LOST
    assert problem.line is not None
    (file,) = outcome.certificate_files().values()
    assert file.faults


def test_decoded_text_without_its_command_says_what_to_capture(read_files, node):
    outcome = read_files({NAME: "\n".join(decoded(node.issued("tomcat").certificate)).encode()})
    assert outcome.codes(NAME) == [ProblemCode.WHICH_PLACE]
    assert outcome.file(NAME).kind is Kind.UCM_LISTING


def test_decoded_text_without_its_command_still_gives_its_certificate(read_files, node):
    text = "\n".join(show_own("tomcat", node.issued("tomcat"))[1:])
    outcome = read_files({NAME: text.encode()})
    assert [file.certificates for file in outcome.certificate_files().values()] == [(node.issued("tomcat").sha256,)]


def test_the_block_format_that_is_no_real_output_is_not_taken_for_it(read_files):
    text = (
        "Unit: tomcat\nType: own\nName: tomcat\nIssuer: CN=cucm-pub.lab.local\nExpires: Thu Jan 30 00:53:07 UTC 2030\n"
    )
    assert read_files({NAME: text.encode()}).file(NAME).kind is Kind.TEXT


def test_a_private_key_in_a_session_is_noticed_and_forgotten(read_capture, node):
    outcome = read_capture(list_trust(node.trust), node.issued("tomcat").key_pem.decode().splitlines())
    assert ProblemCode.PRIVATE_KEY in outcome.codes(NAME)
    secret = node.issued("tomcat").key_pem.decode().splitlines()[1]
    assert secret not in repr(outcome.reading)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_capture_saved_by_notepad_is_read(read_files, node, encoding):
    outcome = read_files({NAME: capture(list_trust(node.trust)).decode().encode(encoding)})
    assert len(listings(outcome)) == 2


def test_more_entries_than_the_bound_make_a_list_that_is_not_whole(read_files, node):
    lines = [f"tomcat-trust/CA_number_{number}_{number:x}.pem: Trust Certificate" for number in range(30)]
    outcome = read_files({NAME: capture(list_trust({}, lines))}, limits=Limits(certificates=10))
    (listing,) = listings(outcome)
    assert (len(listing.listed), listing.complete) == (10, False)


@pytest.mark.parametrize(
    "line",
    [
        "tomcat-trust/" + "a" * 3000,
        "tomcat-trust/" + "a_" * 1900 + ".pem",
        "\x08" * 3000,
        "admin:" * 600,
        "show cert own " + " " * 3000,
        "x@" * 1900,
        "\x1b[" + "1;" * 1900,
        "ssh " * 900,
    ],
    ids=lambda line: repr(line[:12]),
)
def test_lines_made_to_take_long_do_not(read_files, line):
    data = ("admin:show cert list trust\n" + f"{line}\n" * 500).encode()
    started = time.process_time()
    read_files({NAME: data})
    assert time.process_time() - started < 2


def test_what_the_listing_holds_is_plain_and_can_be_stored(read_capture):
    outcome = read_capture(list_trust({}, ["tomcat-trust/Evil\u202e\u0007_0a.pem: x"]))
    (listing,) = listings(outcome)
    assert listing.listed == (Listed(name="Evil\ufffd\ufffd", serial="a", line=listing.listed[0].line),)


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_answer_about_one_list_is_read_and_left_for_its_folder_to_place(read_files, node, wrapped):
    path = "cucm1.example.com/tomcat-trust.json"
    outcome = read_files({path: trust_answer(node.trust["tomcat-trust"], wrapped=wrapped)})
    assert outcome.file(path).kind is Kind.UCM_SNAPSHOT
    assert outcome.codes(path) == [ProblemCode.NODE_NOT_NAMED]
    assert outcome.placements() == []
    assert [file.certificates for file in outcome.certificate_files().values()] == [
        tuple(sha256(item) for item in node.trust["tomcat-trust"])
    ]
