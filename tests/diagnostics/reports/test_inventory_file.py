"""The inventory that is written: filled in, blank, in every form, and the same when it is read back."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from diagnostics.estate.assemble import assemble
from diagnostics.estate.observations import ClusterRef, DeploymentRef, Fact, FactKey, NodeRef, Source, ZoneRef
from diagnostics.readers import SourceFile, read
from diagnostics.readers.base import Outcome
from diagnostics.reports.inventory_file import InventoryForm, inventory_document, inventory_file
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import healthy
from tests.diagnostics.rules.judging import AT

FILLED = (InventoryForm.YAML, InventoryForm.JSON, InventoryForm.XLSX)
EMPTY = assemble([], {}, {})


def read_back(content):
    """The deployment that a file says, and what became of the file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "inventory"
        path.write_bytes(content)
        reading = read([SourceFile(name="inventory", path=path)])
    (file,) = reading.files
    return assemble([reading.observations], reading.certificates, reading.crls), file


def deployment_of(files):
    with TemporaryDirectory() as folder:
        sources = []
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        reading = read(sources)
    return assemble([reading.observations], reading.certificates, reading.crls)


def said(*facts):
    """A deployment of bare facts."""
    where = Source(upload="x")
    return assemble([[Fact(source=where, subject=about, key=key, value=value) for about, key, value in facts]], {}, {})


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("form", FILLED)
@pytest.mark.parametrize("hand_over", [as_artefacts, as_inventory], ids=["artefacts", "inventory"])
def test_what_is_written_of_an_estate_reads_back_as_the_same_facts(form, hand_over):
    plan = healthy(at=AT, im_presence=1)
    plan.cluster("expc.example.com").settings.verify_origin_server = True
    plan.cluster("expe.example.com").tls_verification = "enforce"
    deployment = deployment_of(hand_over(plan))
    again, file = read_back(inventory_file(deployment, form))
    assert inventory_document(again) == inventory_document(deployment)
    assert (file.outcome, file.problems) == (Outcome.READ, ())
    for before, after in zip(deployment.clusters, again.clusters, strict=True):
        assert (before.name, before.role, before.size) == (after.name, after.role, after.size)
        for mine, its in zip(before.nodes, after.nodes, strict=True):
            assert (mine.fqdn, mine.addresses, mine.release) == (its.fqdn, its.addresses, its.release)
        assert [(zone.name, zone.type, zone.uses_tls) for zone in before.zones] == [
            (zone.name, zone.type, zone.uses_tls) for zone in after.zones
        ]


def test_a_csv_has_every_node_and_what_is_known_of_it():
    deployment = deployment_of(as_artefacts(healthy(at=AT)))
    again, file = read_back(inventory_file(deployment, InventoryForm.CSV))
    assert file.problems == ()
    for before, after in zip(deployment.nodes(), again.nodes(), strict=True):
        assert (before.fqdn, before.role, before.cluster, before.addresses) == (
            *(after.fqdn, after.role, after.cluster, after.addresses),
        )
        assert before.release == after.release
        assert (before.server_entry and before.server_entry.value) == (after.server_entry and after.server_entry.value)


def test_the_table_of_nodes_begins_with_the_promised_columns():
    content = inventory_file(said((NodeRef(name="a.example.com"), FactKey.ROLE, "unified-cm")), InventoryForm.CSV)
    assert content.decode("utf-8-sig").splitlines() == [
        "cluster,role,fqdn,address,version",
        "a.example.com,unified-cm,a.example.com,,",
    ]


@pytest.mark.parametrize("form", list(InventoryForm))
def test_a_blank_one_reads_as_an_inventory_that_says_nothing(form):
    deployment, file = read_back(inventory_file(EMPTY, form))
    assert (file.outcome, file.problems) == (Outcome.READ, ())
    assert list(deployment.nodes()) == []


def test_the_example_in_the_blank_form_is_a_valid_inventory_of_every_role():
    lines = inventory_file(EMPTY, InventoryForm.YAML).decode().splitlines()
    start = lines.index("format: expcert-inventory/1")
    example = [line.removeprefix("# ") for line in lines[start:]]
    deployment, file = read_back("\n".join(example).encode())
    assert {cluster.role.value for cluster in deployment.clusters} == {
        *("expressway-c", "expressway-e", "unified-cm", "im-presence", "unity-connection"),
    }
    assert all(problem.code.value == "missing-file" for problem in file.problems)
    document = yaml.safe_load("\n".join(example))
    assert set(document["mra"]) == {
        *("enabled", "domains", "xmpp_federation_domains", "chat_node_aliases"),
        *("phone_security_profiles", "cms_join_hosts"),
    }


def test_every_line_of_the_blank_form_but_its_format_is_a_comment():
    lines = inventory_file(EMPTY, InventoryForm.YAML).decode().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["format: expcert-inventory/1"]


@pytest.mark.parametrize("form", [InventoryForm.CSV, InventoryForm.XLSX])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'", "'=", "#"])
def test_what_a_spreadsheet_would_compute_is_disarmed_and_reads_back_as_it_was(form, start):
    name = f"{start}cmd|' /C calc'!A0"
    deployment = said(
        (NodeRef(name="a.example.com"), FactKey.CLUSTER, name),
        (NodeRef(name="a.example.com"), FactKey.ROLE, "unified-cm"),
    )
    content = inventory_file(deployment, form)
    again, _ = read_back(content)
    assert [cluster.name for cluster in again.clusters] == [name]
    if form is InventoryForm.CSV:
        assert rows_of(content)[0]["cluster"] == f"'{name}"
    else:
        (cell,) = [row[0] for row in load_workbook(io.BytesIO(content))["Nodes"].iter_rows(min_row=2, max_row=2)]
        assert (cell.value, cell.data_type) == (f"'{name}", "s")


def test_releases_stay_text_in_a_workbook():
    deployment = said((NodeRef(name="a.example.com"), FactKey.VERSION, "14.10"))
    content = inventory_file(deployment, InventoryForm.XLSX)
    page = load_workbook(io.BytesIO(content))["Nodes"]
    (cell,) = [cell for row in page.iter_rows(min_row=2) for cell in row if cell.value == "14.10"]
    assert (cell.data_type, cell.number_format) == ("s", "@")
    assert [node.version.value for node in read_back(content)[0].nodes()] == ["14.10"]


def test_a_workbook_offers_the_roles_and_explains_itself():
    book = load_workbook(io.BytesIO(inventory_file(EMPTY, InventoryForm.XLSX)))
    assert book.sheetnames == ["Nodes", "Zones", "Notes"]
    offered = [item.formula1 for item in book["Nodes"].data_validations.dataValidation]
    assert offered == ['"expressway-c,expressway-e,unified-cm,im-presence,unity-connection"']


def test_nodes_that_differ_say_so_each():
    a, b = NodeRef(name="a.example.com"), NodeRef(name="b.example.com")
    deployment = said(
        *((node, FactKey.CLUSTER, "c.example.com") for node in (a, b)),
        (a, FactKey.VERSION, "X14.0"),
        (b, FactKey.VERSION, "X15.0"),
        (a, FactKey.TLS_VERIFICATION, "enforce"),
        (ClusterRef(name="c.example.com"), FactKey.SIP_EKU_CHECKING, False),
    )
    (cluster,) = inventory_document(deployment)["clusters"]
    assert "version" not in cluster
    assert [node["version"] for node in cluster["nodes"]] == ["X14.0", "X15.0"]
    assert [node.get("tls_verification") for node in cluster["nodes"]] == ["enforce", None]
    assert cluster["settings"] == {"sip_eku_checking": False}
    for form in FILLED:
        assert inventory_document(read_back(inventory_file(deployment, form))[0]) == inventory_document(deployment)


def test_peers_whose_cluster_name_nobody_knows_are_not_given_one():
    nodes = [NodeRef(name=f"{host}.example.com") for host in "ab"]
    deployment = said(*((node, FactKey.CLUSTER_PEER, peer.name) for node in nodes for peer in nodes))
    (cluster,) = inventory_document(deployment)["clusters"]
    assert "name" not in cluster
    for form in (*FILLED, InventoryForm.CSV):
        again, file = read_back(inventory_file(deployment, form))
        assert file.problems == ()
        (after,) = again.clusters
        assert (after.told_name, after.size, len(after.nodes)) == (None, 2, 2)


def test_peers_of_which_nothing_is_there_stay_peers():
    node = NodeRef(name="a.example.com")
    facts = [(node, FactKey.CLUSTER_PEER, f"{host}.example.com") for host in "abc"]
    deployment = said((node, FactKey.CLUSTER, "c.example.com"), *facts)
    for form in (*FILLED, InventoryForm.CSV):
        (after,) = read_back(inventory_file(deployment, form))[0].clusters
        assert (after.size, len(after.nodes), after.told_name.value) == (3, 1, "c.example.com")


@pytest.mark.parametrize("form", list(InventoryForm))
def test_an_entry_of_system_server_may_still_turn_out_to_be_a_node(form):
    plan = healthy(at=AT)
    plan.node("cucm1.example.com").server_entry = "192.0.2.31"
    files = as_artefacts(plan)
    snapshot = {path: files.pop(path) for path in list(files) if "cucm1" in path}
    before = deployment_of(files)
    assert "192.0.2.31" in {node.fqdn for node in before.nodes()}
    after = deployment_of({**files, "inventory": inventory_file(before, form), **snapshot})
    assert [node.fqdn for node in after.nodes()] == [node.fqdn for node in deployment_of({**files, **snapshot}).nodes()]


def test_what_sources_differ_on_is_said_above_the_file():
    node = NodeRef(name="a.example.com")
    deployment = said((node, FactKey.VERSION, "X14.0\n- evil: x"), (node, FactKey.VERSION, "X15.0"))
    text = inventory_file(deployment, InventoryForm.YAML).decode()
    assert "Sources say different things here" in text
    (line,) = [line for line in text.splitlines() if line.startswith("#   ") and "X15.0" in line]
    assert "X14.0" in line
    assert "evil" not in yaml.safe_load(text)["clusters"][0]


def test_a_file_in_another_language_has_the_same_facts():
    deployment = deployment_of(as_inventory(healthy(at=AT)))
    english, japanese = (yaml.safe_load(inventory_file(deployment, InventoryForm.YAML, code)) for code in ("en", "ja"))
    assert english == japanese == json.loads(inventory_file(deployment, InventoryForm.JSON))


WORDS = (
    st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=30)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}\.example\.com", fullmatch=True)
ADDRESSES = st.ip_addresses(v=4).map(str)
RELEASES = st.from_regex(r"[Xv]?[0-9]{1,2}(\.[0-9]{1,3}){0,4}(-[0-9]{1,3}|\([0-9]\)SU[0-9])?", fullmatch=True)
FLAGS = st.sampled_from([None, True, False])


@st.composite
def facts(draw):
    """What dumps and inventories may have said of a few clusters, zones and the deployment."""
    found = [(DeploymentRef(), FactKey.DEPLOYMENT_NAME, draw(WORDS))]
    found += [(DeploymentRef(), FactKey.MRA_DOMAIN, domain) for domain in draw(st.lists(NAMES, max_size=3))]
    if (enabled := draw(FLAGS)) is not None:
        found.append((DeploymentRef(), FactKey.MRA_ENABLED, enabled))
    nodes = iter(draw(st.lists(NAMES, min_size=1, max_size=6, unique=True)))
    for cluster, role in draw(
        st.lists(st.tuples(WORDS, ROLES), min_size=1, max_size=3, unique_by=lambda it: it[0].casefold())
    ):
        ref = ClusterRef(name=cluster)
        for fqdn in [next(nodes, None) for _ in range(draw(st.integers(1, 2)))]:
            if fqdn is None:
                continue
            node = NodeRef(name=fqdn)
            found += [(node, FactKey.CLUSTER, cluster), (node, FactKey.ROLE, role)]
            for key, values in (
                (FactKey.VERSION, RELEASES),
                (FactKey.SERVER_ENTRY, WORDS),
                (FactKey.ADDRESS, ADDRESSES),
                (FactKey.VERIFY_ORIGIN_SERVER, FLAGS),
                (FactKey.REVOCATION_MODE, FLAGS),
                (FactKey.TLS_VERIFICATION, st.sampled_from([None, "enforce", "permissive"])),
            ):
                if (value := draw(st.none() | values)) is not None:
                    found.append((node, key, value))
        for number, name in enumerate(draw(st.lists(WORDS, max_size=2, unique_by=str.casefold)), 1):
            zone = ZoneRef(owner=ref, key=str(number))
            found += [(zone, FactKey.ZONE_NAME, name), (zone, FactKey.ZONE_TYPE, "neighbor")]
            found.append((zone, FactKey.ZONE_PORT, draw(st.integers(1, 65535))))
            if (transport := draw(st.sampled_from([None, "TLS", "TCP"]))) is not None:
                found.append((zone, FactKey.ZONE_TRANSPORT, transport))
            found += [(zone, FactKey.ZONE_PEER, peer) for peer in draw(st.lists(NAMES, max_size=2, unique=True))]
    return found


ROLES = st.sampled_from(["expressway-c", "expressway-e", "unified-cm", "im-presence", "unity-connection"])


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(facts())
def test_reading_back_what_was_written_gives_the_same_facts(found):
    deployment = said(*found)
    document = inventory_document(deployment)
    for form in FILLED:
        again, file = read_back(inventory_file(deployment, form))
        assert file.problems == ()
        assert inventory_document(again) == document
