"""The diagnostic log of a node: which node its members belong to, and what is missing from some."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, SignCode, Slot, Source, StoreName
from diagnostics.readers.base import Kind, Outcome
from diagnostics.readers.member_names import member_name, node_of_member
from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.artefacts import diagnostic_archive, diagnostic_members, xconf_dump
from diagnostics.samples.healthy import healthy
from tests.builders.logs import proxy_failed

NAME = "diagnostic_log_expc1_2026-11-01_10_30_00.tar.gz"


def test_all_members_of_a_diagnostic_archive_speak_of_one_node(read_files, plan):
    outcome = read_files({NAME: diagnostic_archive(plan, plan.node("expc1.example.com"))})

    node = NodeRef(name="expc1", container=NAME)
    assert {fact.subject for fact in outcome.facts(FactKey.HOST_NAME, FactKey.VERSION, FactKey.ADDRESS)} == {node}
    assert outcome.values(FactKey.VERSION) == ["X14.3.2"]
    assert [fact.value for fact in outcome.facts(FactKey.ROLE) if fact.subject == node] == ["expressway-c"]
    assert {(item.node, item.slot, item.store, item.installed) for item in outcome.placements()} == {
        (node, Slot.SERVER, None, True),
        (node, None, StoreName.TRUSTED_CA, True),
    }
    assert outcome.file(NAME).outcome is Outcome.READ


def test_placements_point_at_the_files_with_the_certificates(read_files, plan):
    core = plan.node("expc1.example.com")
    outcome = read_files({NAME: diagnostic_archive(plan, core)})
    files = outcome.certificate_files()
    by_place = {item.slot or item.store: files[item.path].certificates for item in outcome.placements()}
    assert by_place[Slot.SERVER] == (core.issued("server").sha256,)
    assert len(by_place[StoreName.TRUSTED_CA]) == len(core.trust["trusted-ca"])


def test_the_client_certificate_of_x15_5_goes_to_its_own_slot(read_files, plan):
    plan = healthy(at=plan.at, split_stores=True)
    core = plan.node("expc1.example.com")
    outcome = read_files({NAME: diagnostic_archive(plan, core)})
    (client,) = (item for item in outcome.placements() if item.slot is Slot.CLIENT)
    assert outcome.certificate_files()[client.path].certificates == (core.issued("client").sha256,)


@pytest.mark.parametrize(
    ("name", "prefix", "host"),
    [
        ("ca_expc1_2026-11-01_10_30_00.pem", "ca", "expc1"),
        ("ca_expc1_2026-11-01_10:30:00.pem", "ca", "expc1"),
        ("server_expc1_2026-11-01T10:30:00+02:00.pem", "server", "expc1"),
        ("server_exp_core_1_2026-11-01_10_30_00.pem", "server", "exp_core_1"),
        ("server_exp-1_20261101T103000Z.pem", "server", "exp-1"),
        ("client_expc1_2026_11_01_10_30_00.pem", "client", "expc1"),
        ("xconf_dump_exp_c_1_2026-11-01_10_30_00.txt", "xconf_dump", "exp_c_1"),
        ("xstat_dump_EXPC1_2026.11.01.10.30.00.xml", "xstat_dump", "EXPC1"),
        ("loggingsnapshot_expc1_2026-11-01_10_30_00.txt", "loggingsnapshot", "expc1"),
        ("folder/Server_expc1_2026-11-01_10_30_00.PEM", "server", "expc1"),
    ],
)
def test_host_names_are_found_whatever_the_form_of_the_time(name, prefix, host):
    found = member_name(Source(upload="log.tar.gz", member=name))
    assert found is not None
    assert (found.prefix, found.host) == (prefix, host)


@pytest.mark.parametrize(
    "name", ["server.pem", "server_expc1.pem", "ca_2026-11-01_10_30_00.pem", "other_expc1_2026-11-01.pem", "ca__.pem"]
)
def test_other_names_name_no_node(name):
    assert node_of_member(Source(upload="log.tar.gz", member=name)) is None


def test_members_with_colons_and_hosts_with_underscores_are_placed(read_files, plan):
    files = {
        name.replace("10_30_00", "10:30:00").replace("expc1", "exp_core_1"): content
        for name, content in diagnostic_members(plan, plan.node("expc1.example.com")).items()
    }
    outcome = read_files({"log.tar.gz": tar_gz(files, plan.at)})
    assert {item.node.name for item in outcome.placements()} == {"exp_core_1"}
    assert len(outcome.placements()) == 2


def test_a_log_alone_is_accepted_and_read(read_files, plan):
    """After a restart while logging, nothing else is in the archive."""
    plan.node("expc1.example.com").log.append(proxy_failed())
    members = diagnostic_members(plan, plan.node("expc1.example.com"))
    log = {name: content for name, content in members.items() if name.startswith("loggingsnapshot")}
    outcome = read_files({NAME: tar_gz(log, plan.at)})
    (member,) = log
    assert outcome.file(NAME).outcome is Outcome.READ
    assert outcome.file(f"{NAME}/{member}").kind is Kind.LOG
    assert outcome.codes(f"{NAME}/{member}") == []
    there, sign = outcome.reading.observations
    assert (there.code, sign.code) == (SignCode.LOG_TAKEN, SignCode.PROXY_REJECTED)
    assert there.node == sign.node == NodeRef(name="expc1", container=NAME)


@pytest.mark.parametrize("missing", ["xconf_dump", "xstat_dump", "ca", "server", "loggingsnapshot"])
def test_a_missing_member_leaves_the_others_standing(read_files, plan, missing):
    members = diagnostic_members(plan, plan.node("expc1.example.com"))
    kept = {name: content for name, content in members.items() if not name.startswith(f"{missing}_")}
    assert len(kept) == len(members) - 1
    outcome = read_files({NAME: tar_gz(kept, plan.at)})
    assert outcome.file(NAME).outcome is Outcome.READ
    assert len(outcome.placements()) == 2 - (missing in ("ca", "server"))
    assert bool(outcome.values(FactKey.VERSION)) == (missing != "xstat_dump")
    assert bool(outcome.values(FactKey.HOST_NAME)) == (missing != "xconf_dump")


def test_the_same_host_name_in_two_archives_is_two_nodes(read_files, plan):
    files = diagnostic_members(plan, plan.node("expc1.example.com"))
    both = zip_of({"site1/log.tar.gz": tar_gz(files, plan.at), "site2/log.tar.gz": tar_gz(files, plan.at)})
    outcome = read_files({"both.zip": both})
    assert {item.node.container for item in outcome.placements()} == {
        "both.zip/site1/log.tar.gz",
        "both.zip/site2/log.tar.gz",
    }


def test_the_same_members_count_when_they_were_unpacked_before(read_files, plan):
    members = diagnostic_members(plan, plan.node("expc1.example.com"))
    outcome = read_files({f"expc1/{name}": content for name, content in members.items()})
    assert {item.node for item in outcome.placements()} == {NodeRef(name="expc1", container="expc1")}


def test_a_dump_under_another_name_speaks_for_the_host_in_it(read_files, plan):
    outcome = read_files({"config/my dump.txt": xconf_dump(plan, plan.node("expc1.example.com"))})
    assert {fact.subject for fact in outcome.facts(FactKey.DOMAIN_NAME)} == {NodeRef(name="expc1", container="config")}
