"""What people hand over beside diagnostic logs: saved answers of each node in its folder, and keys in a heap."""

from datetime import timedelta
from typing import Any

from diagnostics.reports.render import render
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import pem
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE, healthy
from diagnostics.samples.inventory import Files
from tests.builders import unified_cm
from tests.builders.expressway import as_json, cucm_answer, dns_answer, sip_answer, traversal_client, traversal_server
from tests.diagnostics.rules.judging import AT, diagnosis_of

WRONG_NAME, UNKNOWN = "traversal-verify-name-not-in-cert", "cannot-tell"
EDGES = ("expe1.example.com", "expe2.example.com")


def answers(plan: EstatePlan, verify_names: dict[str, str]) -> Files:
    """A folder for each Expressway, with the answers that name it and its zone, its certificate and its list."""
    files: Files = {}
    for node in plan.nodes("expressway-c", "expressway-e"):
        zone = traversal_client(Name=UC_ZONE)
        if node.fqdn in verify_names:
            zone = traversal_server(Name=UC_ZONE, SIPTLSVerifySubjectName=verify_names[node.fqdn])
        files |= {
            f"{node.host}/dns.json": as_json(dns_answer(SystemHostName=node.host, DomainName=node.domain)),
            f"{node.host}/sip.json": as_json(sip_answer()),
            f"{node.host}/zones.json": as_json([zone]),
            f"{node.host}/server.pem": node.issued("server").pem,
            f"{node.host}/root.pem": pem(node.trust["trusted-ca"]),
        }
    return files


def of(document: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [item for item in document["findings"] if item["code"] == code]


def test_saved_answers_that_name_no_cluster_are_of_zones_whose_other_end_is_known() -> None:
    document = diagnosis_of(answers(healthy(at=AT), dict.fromkeys(EDGES, "expc.example.com")), "artefacts")

    assert document["findings"] == []
    assert {item["code"] for item in document["outcomes"] if item["outcome"] == UNKNOWN and item["zone"]} == set()
    held = [item["cluster"] for item in document["outcomes"] if item["code"] == WRONG_NAME]
    assert set(held) == set(EDGES)


def test_the_zone_of_every_edge_is_judged_where_no_answer_names_their_cluster() -> None:
    wanted = {"expe1.example.com": "expc.example.com", "expe2.example.com": "expc.example.org"}
    document = diagnosis_of(answers(healthy(at=AT), wanted), "artefacts")

    assert [(item["cluster"], item["zone"]) for item in of(document, WRONG_NAME)] == [("expe2.example.com", UC_ZONE)]


def test_a_wrong_name_is_held_against_every_node_that_meets_the_zone_though_no_answer_names_their_cluster() -> None:
    document = diagnosis_of(answers(healthy(at=AT), dict.fromkeys(EDGES, "expc.example.org")), "artefacts")
    (first, second) = render(document)["findings"]

    for finding in (first, second):
        assert "which no certificate of expc1.example.com and expc2.example.com carries" in finding["title"]
        assert "(its cluster FQDN): expc.example.com." in finding["remedy"]["steps"][0]


def test_the_one_node_that_lacks_the_name_is_found_though_no_answer_names_its_cluster() -> None:
    plan = healthy(at=AT)
    node = plan.node("expc2.example.com")
    node.identity["server"] = plan.authorities["private-issuing"].reissue(node.issued("server"), dns=[node.fqdn])
    document = diagnosis_of(answers(plan, dict.fromkeys(EDGES, "expc.example.com")), "artefacts")

    assert {(item["code"], item["node"]) for item in document["findings"]} == {
        ("traversal-verify-name-partial-cluster", "expc2.example.com")
    }


def test_the_zone_of_every_node_without_a_cluster_is_listed_once_with_everyone_who_presents_to_it() -> None:
    document = diagnosis_of(answers(healthy(at=AT), dict.fromkeys(EDGES, "expc.example.com")), "artefacts")
    nodes = ("expc1.example.com", "expc2.example.com", *EDGES)

    assert sorted(item["cluster"] for item in document["zones"]) == sorted(nodes)
    assert {
        item["cluster"]: [check["node"] for check in item["checks"]]
        for item in document["zones"]
        if item["type"] == "traversal-server"
    } == {edge: ["expc1.example.com", "expc2.example.com"] for edge in EDGES}


def test_a_missing_certificate_of_unified_cm_is_asked_for_as_its_snapshot() -> None:
    files = answers(healthy(at=AT, expressway_e=0), {})
    document = diagnosis_of({**files, "expc1/cucm.json": as_json([cucm_answer()])}, "artefacts")
    settled = {
        item["settled_by"]
        for item in render(document)["outcomes"]
        if item["reason_code"] == "certificate-unknown" and item["node"] == "cucm1.example.com"
    }

    (advice,) = settled
    assert advice.startswith(
        "Upload the diagnostic log of cucm1.example.com (Expressway), its certificate snapshot (Uni"
    )


def test_a_renewal_that_waits_is_held_against_its_order_before_somebody_uploads_it_to_the_node() -> None:
    plan = healthy(at=AT, expressway_c=1, expressway_e=0, unified_cm=0)
    issuing, node = plan.authorities["private-issuing"], plan.node("expc1.example.com")
    renewed = issuing.reissue(node.issued("server"), not_before=AT - timedelta(days=1))
    wrong = diagnosis_of({**as_artefacts(plan), "new.pem": issuing.pem + renewed.pem}, "artefacts")
    right = diagnosis_of({**as_artefacts(plan), "new.pem": renewed.pem + issuing.pem}, "artefacts")

    assert [(item["code"], item["severity"], item["node"]) for item in wrong["findings"]] == [
        ("cert-file-issuer-first", "medium", "expc1.example.com")
    ]
    assert right["findings"] == []


def test_a_capture_that_names_no_node_and_was_put_on_one_by_its_file_name_is_not_called_nobodys() -> None:
    plan = healthy(at=AT)
    files = {name: content for name, content in as_artefacts(plan).items() if "cucm1" not in name}
    node = plan.node("cucm1.example.com")
    capture = unified_cm.capture(unified_cm.list_trust({**node.trust}), host=None)

    for name, told in (("cucm1.txt", []), ("putty.log", ["node-not-named"])):
        document = diagnosis_of({**files, name: capture}, "artefacts")
        (row,) = (item for item in document["files"] if item["upload"] == name)
        assert [problem["code"] for problem in row["problems"]] == told


def test_one_key_in_two_files_is_one_problem_and_another_key_is_another() -> None:
    plan = healthy(at=AT)
    first, second = (node.issued("server") for node in plan.nodes("expressway-c"))
    files = {"key.pem": first.key_pem, "copy of key.pem": first.key_pem, "other.pem": second.key_pem}
    found = of(diagnosis_of({"expc1.pem": first.pem, **files}, "artefacts"), "private-key-uploaded")
    by_file = {item["evidence"][0]["upload"]: item for item in found}

    assert len(by_file) == 3
    same = [by_file["key.pem"], by_file["copy of key.pem"]]
    assert {item["cause"] for item in same} == {None, *(item["id"] for item in same if item["cause"] is None)}
    assert by_file["other.pem"]["cause"] is None


def before_and_after() -> tuple[Files, Files]:
    """The diagnostic logs of an Expressway-E whose certificate had run out, of a node that was put right since."""
    plan = healthy(at=AT)
    node = plan.node(EDGES[0])
    good = node.identity["server"]
    node.identity["server"] = plan.authorities["public-issuing"].reissue(
        node.issued("server"), not_after=AT - timedelta(days=1)
    )
    node.alarms.append("Server certificate expired - Renew it")
    plan.zone("expc.example.com", UC_ZONE).cause = "TLS negotiation error"
    plan.at = AT - timedelta(hours=2)
    before = as_artefacts(plan)
    node.identity["server"] = good
    node.alarms.clear()
    plan.zone("expc.example.com", UC_ZONE).cause = None
    plan.at = AT
    return before, as_artefacts(plan)


def test_of_two_logs_of_a_node_in_one_upload_the_later_one_counts_in_whatever_order_they_come() -> None:
    before, after = before_and_after()
    assert {item["code"] for item in diagnosis_of(before, "artefacts")["findings"]} == {
        "server-cert-expired",
        "symptom-unexplained",
    }

    for files in ({**before, **after}, {**after, **before}):
        document = diagnosis_of(files, "artefacts")
        assert document["findings"] == []
        assert {item["what"] for item in document["contradictions"]} == {"server"}
