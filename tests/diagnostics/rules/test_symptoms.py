"""What nodes reported, tied to the finding that explains it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from diagnostics.estate.observations import NodeRef, Sign, SignCode, Source
from diagnostics.expressway.alarms import ALARMS as WORDS_OF_ALARMS
from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import Batch, diagnose
from diagnostics.reports.public import report
from diagnostics.reports.redaction import without_addresses
from diagnostics.reports.render import render
from diagnostics.reports.symptoms import SIGNS, symptom_values
from diagnostics.reports.text import as_text
from diagnostics.rules.base import Before, Symptom
from diagnostics.rules.symptom_alarms import ALARMS, alarm_number
from diagnostics.rules.symptoms import MOST_STRANGERS
from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.broken import sample_estate
from diagnostics.samples.healthy import UC_ZONE, healthy
from tests.builders.logs import (
    CERTIFICATE_CHANGED,
    CLOSED,
    EXPC,
    EXPE,
    IDENTITY,
    ORDINARY,
    SELF_SIGNED,
    alarm,
    carried,
    inbound,
    log_of,
    outbound,
    proxy_failed,
    proxy_name,
    proxy_untrusted,
    replication,
)
from tests.diagnostics.rules.cases.base import node, reissue, without
from tests.diagnostics.rules.judging import AT, diagnosis, diagnosis_of

UNEXPLAINED = "symptom-unexplained"


@pytest.fixture
def plan() -> EstatePlan:
    return healthy(at=AT)


def judged(plan: EstatePlan) -> dict[str, Any]:
    return diagnosis(plan, "artefacts")


def finding(document: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = (item for item in document["findings"] if item["code"] == code)
    assert isinstance(found, dict)
    return found


def codes(document: dict[str, Any]) -> set[str]:
    return {item["code"] for item in document["findings"]}


def told(document: dict[str, Any], code: str) -> list[tuple[str, str, str | None, int]]:
    return [(item["code"], item["node"], item["peer"], item["count"]) for item in finding(document, code)["symptoms"]]


def test_a_healthy_estate_with_a_clean_log_has_no_finding(plan):
    for item in plan.nodes("expressway-c", "expressway-e"):
        item.log += [*ORDINARY, *carried("expc1.example.com", "expc.example.com")]

    assert judged(plan)["findings"] == []


def test_a_refusal_by_the_node_itself_is_a_symptom_of_its_own_list(plan):
    without(plan, "expc1", "public-root")
    node(plan, "expc1").log += [outbound(SELF_SIGNED, name="expe1.example.com")] * 3
    document = judged(plan)

    assert codes(document) == {"traversal-peer-ca-not-trusted"}
    assert told(document, "traversal-peer-ca-not-trusted") == [
        ("tls-outbound-untrusted", "expc1.example.com", "expe1.example.com", 3)
    ]


def test_an_alert_is_a_symptom_of_the_other_sides_list(plan):
    without(plan, "expc1", "public-root")
    node(plan, "expe1").log.append(inbound("tlsv1 alert unknown ca", peer=EXPC, port=7001))
    document = judged(plan)

    assert codes(document) == {"traversal-peer-ca-not-trusted"}
    assert told(document, "traversal-peer-ca-not-trusted") == [
        ("tls-inbound-rejected", "expe1.example.com", "expc1.example.com", 1)
    ]


def test_the_same_words_at_the_wrong_end_stay_unexplained(plan):
    """expc1 lacks the root of Expressway-E; that expe1 refuses expc1 has another cause."""
    without(plan, "expc1", "public-root")
    node(plan, "expe1").log.append(inbound(SELF_SIGNED, peer=EXPC, port=7001))
    document = judged(plan)

    assert codes(document) == {"traversal-peer-ca-not-trusted", UNEXPLAINED}
    assert told(document, UNEXPLAINED) == [("tls-inbound-untrusted", "expe1.example.com", "expc1.example.com", 1)]


def test_a_failure_with_another_node_than_the_findings_stays_unexplained(plan):
    without(plan, "expc1", "public-root")
    node(plan, "expc2").log.append(outbound(SELF_SIGNED))

    assert told(judged(plan), UNEXPLAINED) == [("tls-outbound-untrusted", "expc2.example.com", "expe1.example.com", 1)]


def test_a_name_is_not_what_a_missing_root_explains(plan):
    without(plan, "expc1", "public-root")
    node(plan, "expc1").log.append(outbound(IDENTITY, name="expe1.example.com"))

    assert UNEXPLAINED in codes(judged(plan))


def test_a_wrong_verify_name_explains_what_every_edge_reports_and_both_ends_of_the_zone(plan):
    zone = plan.zone("expe.example.com", UC_ZONE)
    zone.verify_name, zone.cause = "expc.exmaple.com", "TLS negotiation error"
    plan.zone("expc.example.com", UC_ZONE).cause = "TLS negotiation error"
    for edge in ("expe1", "expe2"):
        node(plan, edge).log.append(inbound(IDENTITY, peer=EXPC, port=7001))
    document = judged(plan)

    assert codes(document) == {"traversal-verify-name-not-in-cert"}
    found = {
        (item["code"], item["node"]) for item in finding(document, "traversal-verify-name-not-in-cert")["symptoms"]
    }
    assert {("tls-inbound-name", "expe1.example.com"), ("tls-inbound-name", "expe2.example.com")} <= found
    assert {("zone-failed", "expc1.example.com"), ("zone-failed", "expc2.example.com")} <= found


def test_a_wrong_peer_address_explains_that_the_other_end_saw_the_connection_closed(plan):
    plan.zone("expc.example.com", UC_ZONE).peers[0] = EXPE
    node(plan, "expc1").log.append(outbound(IDENTITY, name=EXPE))
    node(plan, "expe1").log.append(inbound(CLOSED, peer=EXPC, port=7001))
    document = judged(plan)

    assert not any(code.startswith("symptom-") for code in codes(document))
    reported = {item["code"] for found in document["findings"] for item in found["symptoms"]}
    assert reported == {"tls-outbound-name", "tls-inbound-closed"}


def test_an_address_that_is_no_nodes_is_known_by_the_port_of_the_zone(plan):
    """Network address translation: expe1 sees another address than expc1 has."""
    without(plan, "expe1", "private-root")
    node(plan, "expe1").log.append(inbound(SELF_SIGNED, peer="203.0.113.99", port=7001))
    document = judged(plan)

    assert codes(document) == {"traversal-peer-ca-not-trusted"}
    assert told(document, "traversal-peer-ca-not-trusted") == [
        ("tls-inbound-untrusted", "expe1.example.com", "203.0.113.99", 1)
    ]


def test_an_address_that_is_no_nodes_is_known_by_the_names_in_its_certificate(plan):
    without(plan, "expe1", "private-root")
    node(plan, "expe1").log += [
        *carried("expc2.example.com", "expc2.example.com", "expc.example.com"),
        inbound(SELF_SIGNED, peer="203.0.113.99", port=5061),
    ]

    assert told(judged(plan), "traversal-peer-ca-not-trusted") == [
        ("tls-inbound-untrusted", "expe1.example.com", "expc2.example.com", 1)
    ]


def test_an_expired_certificate_explains_refusals_at_both_ends(plan):
    reissue(plan, "expc1", not_before=AT - timedelta(days=400), not_after=AT - timedelta(hours=1))
    node(plan, "expe1").log.append(inbound("certificate has expired", peer=EXPC, port=7001))
    node(plan, "expc1").log.append(outbound("sslv3 alert certificate expired", name="expe1.example.com"))
    document = judged(plan)

    assert {item[0] for item in told(document, "server-cert-expired")} == {
        "tls-inbound-untrusted",
        "tls-outbound-rejected",
    }
    assert UNEXPLAINED not in codes(document)


def test_a_gap_in_the_own_chain_explains_that_a_stranger_refuses_the_certificate(plan):
    without(plan, "expe1", "public-issuing")
    node(plan, "expe1").log.append(inbound("sslv3 alert certificate unknown", port=5062))
    document = judged(plan)

    assert told(document, "own-chain-gap") == [("tls-inbound-rejected", "expe1.example.com", "203.0.113.45", 1)]
    assert UNEXPLAINED not in codes(document)


@pytest.mark.parametrize(
    ("spoil", "line", "code", "sign"),
    [
        (
            lambda plan: without(plan, "cucm1", "private-root", "private-issuing", store="tomcat-trust"),
            proxy_failed(),
            "uc-expc-chain-missing-on-ucm",
            "proxy-rejected",
        ),
        (
            lambda plan: without(plan, "expc1", "ucm-root"),
            proxy_untrusted(),
            "uc-node-ca-not-trusted",
            "proxy-untrusted",
        ),
        (
            lambda plan: setattr(plan.node("cucm1.example.com"), "server_entry", "cucm1"),
            proxy_name(server="192.0.2.31", sni="cucm1"),
            "uc-node-name-not-in-cert",
            "proxy-name",
        ),
    ],
    ids=["rejected", "untrusted", "name"],
)
def test_what_the_http_proxy_logs_is_tied_to_the_finding_about_unified_cm(plan, spoil, line, code, sign):
    spoil(plan)
    node(plan, "expc1").log.append(line)
    document = diagnosis_of(_with_entry(plan), "artefacts")

    found = [item["symptoms"] for item in document["findings"] if item["code"] == code]
    assert found
    assert all([item["code"] for item in symptoms] == [sign] for symptoms in found)
    assert UNEXPLAINED not in codes(document)


@pytest.mark.parametrize("name", ["expc1.example.com", "expc.example.com"])
def test_a_proxy_line_with_the_nodes_own_name_is_of_the_unified_cm_that_refuses_it(plan, name):
    """As the published line has it."""
    without(plan, "cucm1", "private-root", "private-issuing", store="tomcat-trust")
    node(plan, "expc1").log.append(proxy_failed(name))
    document = judged(plan)

    assert told(document, "uc-expc-chain-missing-on-ucm") == [
        ("proxy-rejected", "expc1.example.com", "cucm1.example.com", 1)
    ]
    assert UNEXPLAINED not in codes(document)


def test_a_proxy_line_with_the_nodes_own_name_and_several_servers_names_none_of_them():
    plan = healthy(at=AT, unified_cm=2)
    node(plan, "expc1").log.append(proxy_failed("expc1.example.com"))

    assert told(judged(plan), UNEXPLAINED) == [("proxy-rejected", "expc1.example.com", None, 1)]
    (found,) = render(judged(plan))["findings"]
    assert "is refused over HTTPS by the other end" in found["title"]
    assert found["symptoms"][0]["sentence"].startswith("The other end refused the certificate of expc1.example.com")


def _with_entry(plan: EstatePlan) -> dict[str, bytes]:
    """Archives, and for the entry of System > Server, which stands in no archive, an inventory of that alone."""
    entry = plan.node("cucm1.example.com").server_entry
    files = dict(as_artefacts(plan))
    if entry is not None:
        files["inventory.yaml"] = (
            "format: expcert-inventory/1\nclusters:\n  - name: cucm1.example.com\n    role: unified-cm\n"
            f"    nodes:\n      - fqdn: cucm1.example.com\n        address: 192.0.2.31\n        server_entry: {entry}\n"
        ).encode()
    return files


@pytest.mark.parametrize(
    "text",
    [
        "Unified Communications SSH tunnel failure - This system cannot communicate with one or more remote hosts: {host}",
        "Unified Communications SSH tunnel notification failure - Port 2222",
    ],
)
def test_the_tunnels_alarm_is_a_symptom_of_the_missing_intermediate(plan, text):
    without(plan, "expc2", "public-issuing")
    node(plan, "expc2").alarms.append(text.format(host="expe1.example.com"))
    document = judged(plan)

    assert codes(document) == {"ssh-tunnel-intermediate-missing"}
    assert {item["code"] for item in finding(document, "ssh-tunnel-intermediate-missing")["symptoms"]} <= {
        "alarm",
        "tunnels-down",
    }
    assert finding(document, "ssh-tunnel-intermediate-missing")["symptoms"]


def test_a_missing_intermediate_of_the_tunnels_does_not_explain_a_failing_zone(plan):
    without(plan, "expc2", "public-issuing")
    plan.zone("expc.example.com", UC_ZONE).cause = "TLS negotiation error"
    document = judged(plan)

    assert {item["node"] for item in document["findings"] if item["code"] == UNEXPLAINED} == {
        "expc1.example.com",
        "expc2.example.com",
    }


def test_an_alarm_in_the_log_is_known_by_its_number_and_in_the_status_by_its_words(plan):
    reissue(plan, "expc1", not_before=AT - timedelta(days=400), not_after=AT - timedelta(hours=1))
    node(plan, "expc1").log.append(alarm("40068", "Server certificate validity: Server certificate expired"))
    node(plan, "expc1").alarms.append("Server certificate validity - Server certificate expired or expires today")
    document = judged(plan)

    assert [item["code"] for item in finding(document, "server-cert-expired")["symptoms"]] == ["alarm", "alarm"]
    assert UNEXPLAINED not in codes(document)


@pytest.mark.parametrize(
    "text",
    [
        "Cluster TLS permissive - Cluster TLS verification mode permits invalid certificates",
        "Restart required - Cluster configuration has been changed",
        "Security alert - The admin user has the default password set",
    ],
)
def test_an_alarm_that_asks_for_nothing_here_is_no_finding(plan, text):
    node(plan, "expc1").alarms.append(text)

    assert judged(plan)["findings"] == []


def test_every_alarm_with_causes_has_words_by_which_it_is_known():
    assert set(ALARMS) <= {alarm.number for alarm in WORDS_OF_ALARMS}


@pytest.mark.parametrize("separator", [" - ", ": "])
@pytest.mark.parametrize(
    ("description", "number"),
    [
        ("Server certificate expired or Server certificate expires today", "40068"),
        ("Server certificate expires in 12 days", "40069"),
    ],
)
def test_an_alarm_without_a_number_is_that_of_its_whole_text(separator, description, number):
    detail = f"Server certificate validity{separator}{description}"
    sign = Sign(source=Source(upload="log.txt"), node=NodeRef(name="expc1"), code=SignCode.ALARM, detail=detail)

    assert alarm_number(sign) == number


# Time


def test_a_symptom_older_than_the_certificate_in_place_says_so(plan):
    reissue(plan, "expc1", not_before=AT - timedelta(seconds=5), not_after=AT + timedelta(days=2))
    without(plan, "expe1", "private-root")
    node(plan, "expe1").log.append(inbound(SELF_SIGNED, peer=EXPC, port=7001))
    (symptom,) = finding(judged(plan), "traversal-peer-ca-not-trusted")["symptoms"]

    assert (symptom["before"], symptom["changed"]) == ("issued", "2026-11-01T10:29:55Z")
    (line,) = finding(render(judged(plan)), "traversal-peer-ca-not-trusted")["symptoms"]
    assert line["doubt"] == "Last seen before the certificate in place was issued (2026-11-01 10:29 UTC)."


def test_a_symptom_before_a_change_that_the_node_logged_says_so(plan):
    node(plan, "expe1").log += [inbound(IDENTITY, peer=EXPC, port=7001), *ORDINARY * 3, CERTIFICATE_CHANGED]
    found = finding(judged(plan), UNEXPLAINED)

    assert (found["variant"], found["severity"]) == ("stale", "info")
    assert found["symptoms"][0]["before"] == "changed"


def test_a_symptom_after_the_change_stands(plan):
    node(plan, "expe1").log += [CERTIFICATE_CHANGED, *ORDINARY * 3, inbound(IDENTITY, peer=EXPC, port=7001)]
    found = finding(judged(plan), UNEXPLAINED)

    assert (found["variant"], found["severity"]) == ("name", "medium")
    assert found["symptoms"][0]["before"] is None


# Several uploads


def uploads(*logs: dict[str, bytes], folder: Path) -> dict[str, Any]:
    """The diagnosis of uploads that came one after the other."""
    batches, certificates, crls = [], {}, {}
    for number, files in enumerate(logs):
        sources = []
        for name, content in files.items():
            path = folder / f"{number}-{name}"
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        reading = read(sources)
        batches.append(Batch(observations=reading.observations, files=reading.files))
        certificates.update(reading.certificates)
        crls.update(reading.crls)
    return diagnose(batches, certificates, crls, at=AT).document


def test_a_newer_log_in_which_all_is_well_ends_what_an_older_one_reported(plan, tmp_path):
    node(plan, "expe1").log.append(inbound(SELF_SIGNED))
    before = as_artefacts(plan)
    clean = {"loggingsnapshot_expe1_2026-11-01_11_00_00.txt": log_of(ORDINARY, at=AT + timedelta(minutes=30))}

    assert codes(uploads(before, folder=tmp_path)) == {UNEXPLAINED}
    assert codes(uploads(before, clean, folder=tmp_path)) == set()


def test_an_address_in_a_log_takes_nothing_from_those_of_the_dump(plan, tmp_path):
    without(plan, "expe1", "private-root")
    told = [*ORDINARY, replication(("10.9.9.9", "expc1"), ("10.9.9.8", "expc2"))]
    later = {
        "loggingsnapshot_expc1_2026-11-01_11_00_00.txt": log_of(told, host="expc1"),
        "loggingsnapshot_expe1_2026-11-01_11_00_00.txt": log_of([inbound(SELF_SIGNED, peer=EXPC, port=5061)]),
    }
    document = uploads(as_artefacts(plan), later, folder=tmp_path)

    assert told_peers(document, "traversal-peer-ca-not-trusted") == ["expc1.example.com"]


def test_a_log_alone_tells_addresses_by_which_other_logs_are_understood(plan, tmp_path):
    full = [replication(("10.9.9.9", "expc1.example.com"), ("10.9.9.8", "expc2.example.com"))]
    files = {
        "a.txt": log_of(full, host="expc1"),
        "b.txt": log_of([inbound(SELF_SIGNED, peer="10.9.9.9", port=5061)], host="expe1"),
    }

    assert told_peers(uploads(files, folder=tmp_path), UNEXPLAINED) == ["expc1"]


def told_peers(document: dict[str, Any], code: str) -> list[str | None]:
    return [peer for _, _, peer, _ in told(document, code)]


# Grouping


def test_one_peer_is_one_finding_however_many_lines(plan):
    node(plan, "expe1").log += [inbound(SELF_SIGNED, port=port) for port in (5061, 5062) for _ in range(5)]
    found = finding(judged(plan), UNEXPLAINED)

    assert found["peer"] == "203.0.113.45"
    assert {(item["port"], item["count"]) for item in found["symptoms"]} == {(5062, 5), (5061, 5)}


@pytest.mark.parametrize(("strangers", "findings"), [(MOST_STRANGERS, MOST_STRANGERS), (MOST_STRANGERS + 1, 1)])
def test_many_strangers_are_one_finding(plan, strangers, findings):
    node(plan, "expe1").log += [inbound(SELF_SIGNED, peer=f"203.0.113.{number}") for number in range(strangers)]
    found = [item for item in judged(plan)["findings"] if item["code"] == UNEXPLAINED]

    assert len(found) == findings
    assert {peer for item in found for peer in item["peers"]} == {f"203.0.113.{number}" for number in range(strangers)}


def test_a_finding_keeps_its_id_from_one_log_to_the_next(plan):
    node(plan, "expe1").log.append(inbound(SELF_SIGNED))
    first = finding(judged(plan), UNEXPLAINED)["id"]
    node(plan, "expe1").log += [inbound(SELF_SIGNED, source=4711)] * 7

    assert finding(judged(plan), UNEXPLAINED)["id"] == first


# The report


def test_the_sample_tells_every_fault_that_its_nodes_report():
    document = judged(sample_estate(AT))
    reported = {found["code"]: {item["code"] for item in found["symptoms"]} for found in document["findings"]}

    assert "tls-inbound-name" in reported["traversal-verify-name-not-in-cert"]
    assert reported["uc-expc-chain-missing-on-ucm"] == {"proxy-rejected"}
    assert "alarm" in reported["ssh-tunnel-intermediate-missing"]
    assert not any(code.startswith("symptom-") for code in reported)


def test_the_promised_report_has_symptoms_only_where_there_are_some(plan):
    without(plan, "expc1", "public-root", "ucm-root")
    node(plan, "expc1").log += [outbound(SELF_SIGNED, name="expe1.example.com")] * 412
    promised = {item["code"]: item for item in report(judged(plan))["findings"]}

    (symptom,) = promised["traversal-peer-ca-not-trusted"]["symptoms"]
    assert set(symptom) == {"code", "node", "peer", "count", "first", "last", "detail", "source"}
    assert symptom["count"] == 412
    assert symptom["source"]["line"] is not None
    assert "Event=" in symptom["source"]["text"]
    assert "symptoms" not in promised["uc-node-ca-not-trusted"]


def test_the_report_says_how_often_and_when(plan):
    without(plan, "expc1", "public-root")
    node(plan, "expc1").log += [outbound(SELF_SIGNED, name="expe1.example.com")] * 2
    flat = " ".join(as_text(render(judged(plan))).split())

    assert (
        "Reported: expc1.example.com called expe1.example.com:7001 and refused its certificate: self signed certificate "
        "in certificate chain. Seen 2 times, last at 2026-11-01 10:29 UTC." in flat
    )


def test_a_document_of_an_older_release_has_no_symptoms_and_renders(plan):
    document = judged(plan)
    without(plan, "expc1", "public-root")
    document = judged(plan)
    for found in document["findings"]:
        del found["symptoms"]

    assert [item["symptoms"] for item in render(document)["findings"]] == [[]]
    assert "symptoms" not in report(document)["findings"][0]


def test_unexplained_failures_put_an_estate_at_risk_and_other_ones_do_not(plan):
    node(plan, "expe1").log.append(inbound("no shared cipher"))
    assert judged(plan)["summary"]["verdict"] == "healthy"
    node(plan, "expe1").log.append(inbound(SELF_SIGNED))
    assert judged(plan)["summary"]["verdict"] == "at-risk"


def test_addresses_in_symptoms_are_redacted_with_the_others(plan):
    node(plan, "expe1").log.append(inbound(SELF_SIGNED))
    redacted = str(report(without_addresses(judged(plan))))

    assert "203.0.113.45" not in redacted
    assert "198.51.100.21" not in redacted
    assert "address-" in redacted


def test_every_kind_of_sign_has_its_words():
    assert set(SIGNS) == {code.value for code in SignCode}
    for code, sentence in SIGNS.items():
        assert "{node}" in sentence, code
        assert sentence.endswith("."), code


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-11-01T10:29:00Z", "2026-11-01T10:29:00Z"),
        ("2026-11-01 10:29:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_moment_that_a_status_writes_in_another_form_is_left_out(moment, shown):
    sign = Sign(source=Source(upload="x"), node=NodeRef(name="expe1"), code=SignCode.ZONE_FAILED, last=moment)

    (values,) = symptom_values([Symptom(node="expe1", peer=None, sign=sign)])
    assert values["last"] == shown


def test_what_is_seen_most_often_stands_before_what_was_seen_once_and_later(plan):
    often, once = [inbound(IDENTITY)] * 412, [inbound(IDENTITY, port=port) for port in range(5070, 5080)]
    node(plan, "expe1").log += [*often, *once]

    said = finding(judged(plan), UNEXPLAINED)["symptoms"]

    assert [line["count"] for line in said] == [412, *[1] * 10]
    assert said[0]["last"] < said[1]["last"]


def test_what_may_be_over_stands_behind_what_goes_on_however_often_it_was_seen():
    source, at = Source(upload="x"), "2026-11-01T10:29:00Z"
    often, once = (
        Sign(source=source, node=NodeRef(name="expe1"), code=SignCode.TLS_INBOUND_NAME, last=at, count=count)
        for count in (412, 1)
    )
    over = Symptom(node="expe1", peer=None, sign=often, before=Before.CHANGED, changed=at)
    goes_on = Symptom(node="expe1", peer=None, sign=once)

    assert [values["count"] for values in symptom_values([over, goes_on])] == [1, 412]
