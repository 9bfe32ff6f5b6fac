"""The built-in sample: the faults that it states are there, judged independently, and no others are."""

import io
import re
import tarfile
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from diagnostics.samples.blueprint import EstatePlan, NodePlan
from diagnostics.samples.broken import (
    ALSO_TRUE,
    B2B_ZONE,
    FAULTS,
    NEW_INTERMEDIATE,
    TYPED,
    WAITING_FILE,
    Fault,
    sample_estate,
    sample_files,
)
from diagnostics.samples.healthy import UC_ZONE

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture(params=[AT, datetime(2033, 7, 31, 23, 59, 59, tzinfo=UTC)], ids=["2026", "2033"])
def plan(request) -> EstatePlan:
    return sample_estate(request.param)


def fault(code: str) -> Fault:
    return next(item for item in FAULTS if item.code == code)


def server(node: NodePlan) -> x509.Certificate:
    return node.issued("server").certificate


def sent_by(node: NodePlan) -> list[x509.Certificate]:
    """The CA certificates that a node sends: of its own chain, those that its own list holds."""
    chain, above = [], server(node)
    while above.issuer != above.subject:
        found = [item for item in node.trust["trusted-ca"] if item.subject == above.issuer]
        if not found:
            break
        above = found[0]
        chain.append(above)
    return chain


def failures(openssl, plan: EstatePlan, *, with_sent: bool) -> set[tuple[str, str, str]]:
    """Verifier, store and presenter of every connection whose chain OpenSSL refuses."""
    expressways = list(plan.nodes("expressway-c", "expressway-e"))
    judged = [
        (verifier, store, presenter, slot)
        for verifier in plan.nodes()
        for store in verifier.trust
        for presenter in expressways
        for slot in presenter.identity
        if store == "trusted-ca" or presenter in plan.nodes("expressway-c")
    ]
    judged += [
        (core, "trusted-ca", voice, slot)
        for core in plan.nodes("expressway-c")
        for voice in plan.nodes("unified-cm")
        for slot in voice.identity
    ]
    assert len(judged) == 4 * 4 + 2 * 2 + 2 * 2
    return {
        (verifier.fqdn, store, presenter.fqdn)
        for verifier, store, presenter, slot in judged
        if openssl.verify(
            presenter.issued(slot).certificate,
            trusted=verifier.trust[store],
            at=plan.at,
            sent=sent_by(presenter) if with_sent and slot == "server" else (),
        )
    }


FORGOTTEN_TOMCAT = {
    ("cucm1.example.com", "tomcat-trust", "expc1.example.com"),
    ("cucm1.example.com", "tomcat-trust", "expc2.example.com"),
}


def test_from_the_lists_alone_the_stated_chains_fail_and_no_other(openssl, plan):
    stated = fault("ssh-tunnel-intermediate-missing")

    assert failures(openssl, plan, with_sent=False) == {(stated.node, stated.store, stated.peer)} | FORGOTTEN_TOMCAT


def test_with_what_is_sent_the_traversal_zones_come_up(openssl, plan):
    assert failures(openssl, plan, with_sent=True) == FORGOTTEN_TOMCAT


def test_adding_what_is_stated_as_missing_puts_every_chain_right(openssl, plan):
    for item in FAULTS:
        if item.missing:
            store = plan.node(item.node).trust[item.store]
            missing = [plan.authorities[name].certificate for name in item.missing]
            assert not set(missing) & set(store)
            store += missing

    assert failures(openssl, plan, with_sent=False) == set()


def test_of_all_names_only_the_mistyped_one_is_on_no_certificate(openssl, plan):
    cores, edges = plan.cluster("expc.example.com"), plan.cluster("expe.example.com")
    missing = {
        (zone.name, zone.verify_name, node.fqdn)
        for zone in edges.zones
        for node in cores.nodes
        if not openssl.carries(server(node), zone.verify_name)
    }
    missing |= {
        (zone.name, peer, peer)
        for zone in cores.zones
        for peer in zone.peers
        if not openssl.carries(server(plan.node(peer)), peer)
    }

    assert missing == {(B2B_ZONE, TYPED, "expc1.example.com"), (B2B_ZONE, TYPED, "expc2.example.com")}
    assert fault("traversal-verify-name-not-in-cert").zone == B2B_ZONE
    assert sorted(TYPED) == sorted("expc.example.com")
    assert plan.zone("expc.example.com", UC_ZONE).cause is None
    assert plan.zone("expc.example.com", B2B_ZONE).cause == plan.zone("expe.example.com", B2B_ZONE).cause is not None


def test_one_domain_is_missing_from_one_edge_certificate(openssl, plan):
    missing = {
        (node.fqdn, domain)
        for node in plan.nodes("expressway-e")
        for domain in plan.mra_domains
        if not any(openssl.carries(server(node), name) for name in (domain, f"collab-edge.{domain}"))
    }

    assert missing == {("expe1.example.com", "example.net")}
    assert fault("edge-domain-missing-from-san").node == "expe1.example.com"


def test_cluster_and_node_names_are_everywhere(openssl, plan):
    for cluster in plan.clusters:
        for node in cluster.nodes:
            for slot in node.identity:
                assert openssl.carries(node.issued(slot).certificate, node.fqdn)
            if "server" in node.identity:
                assert openssl.carries(server(node), cluster.name)


def test_one_certificate_ends_within_a_month_and_none_has_ended(plan):
    held = {(node.fqdn, slot): node.issued(slot).certificate for node in plan.nodes() for slot in node.identity}
    held |= {(name, "ca"): authority.certificate for name, authority in plan.authorities.items()}
    ending = {place for place, item in held.items() if item.not_valid_after_utc < plan.at + MONTH}

    assert ending == {("expe2.example.com", "server")} == {fault("server-cert-expiring").certificate}
    assert held["expe2.example.com", "server"].not_valid_after_utc == plan.at + timedelta(days=12)
    assert all(item.not_valid_before_utc < plan.at for item in held.values())


def test_the_waiting_renewal_is_right_in_all_but_its_form(openssl, plan):
    content = plan.extra_files[WAITING_FILE]

    assert openssl.decoded(content, "PEM") == ""
    assert "expe2.example.com" in openssl.decoded(content, "DER")
    renewal, installed = x509.load_der_x509_certificate(content), server(plan.node("expe2.example.com"))
    assert renewal.subject == installed.subject
    assert names(renewal) == names(installed)
    assert openssl.verify(renewal, trusted=plan.node("expe2.example.com").trust["trusted-ca"], at=plan.at) == ""


def names(certificate: x509.Certificate) -> list[str]:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )


def test_the_lists_of_the_peers_differ_by_the_new_intermediate_alone(plan):
    first, second = (set(node.trust["trusted-ca"]) for node in plan.nodes("expressway-c"))

    assert first - second == {plan.authorities[NEW_INTERMEDIATE].certificate}
    assert second < first
    edges = [node.trust["trusted-ca"] for node in plan.nodes("expressway-e")]
    assert edges[0] == edges[1]


def test_both_roles_are_allowed_everywhere(plan):
    for node in plan.nodes():
        for slot in node.identity:
            usages = node.issued(slot).certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            assert {usage.dotted_string for usage in usages} == {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}


def test_the_faults_name_what_is_there(plan):
    assert len({item.code for item in FAULTS}) == len(FAULTS) == 6
    assert not {item.code for item in FAULTS} & ALSO_TRUE
    for item in FAULTS:
        cluster = plan.cluster(item.cluster)
        if item.node:
            assert plan.node(item.node) in cluster.nodes
        if item.peer:
            assert plan.node(item.peer)
        if item.zone:
            assert plan.zone(item.cluster, item.zone)
        if item.store:
            assert item.store in plan.node(item.node).trust
        if item.certificate:
            assert plan.node(item.certificate[0]).issued(item.certificate[1])
        if item.file:
            assert item.file in plan.extra_files


def test_the_files_are_archives_a_snapshot_and_a_binary_certificate():
    files = sample_files(AT)

    assert sorted(files) == [
        "cucm1.example.com_certificates.json",
        *(f"diagnostic_log_{host}_2026-11-01_10_30_00.tar.gz" for host in ("expc1", "expc2", "expe1", "expe2")),
        WAITING_FILE,
    ]
    assert not [name for name, content in files.items() if b"PRIVATE KEY" in content]


def test_logs_and_status_tell_the_same_story():
    files = sample_files(AT)
    texts = {}
    for name, content in files.items():
        if name.endswith(".tar.gz"):
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
                for member in archive.getmembers():
                    texts[member.name] = archive.extractfile(member).read().decode()

    def saying(pattern: str) -> set[str]:
        return {name.removesuffix(name[-24:]) for name, text in texts.items() if re.search(pattern, text)}

    assert saying("SSH tunnel failure - .*expe1.example.com") == {"xstat_dump_expc2"}
    assert saying(f'Common-name="{TYPED}"') == {"loggingsnapshot_expe1", "loggingsnapshot_expe2"}
    assert saying("cucm1.example.com.*alert unknown ca") == {"loggingsnapshot_expc1", "loggingsnapshot_expc2"}
    assert saying("PRIVATE KEY") == set()


def test_the_sample_is_made_in_well_under_a_second():
    sample_files(AT)  # the first one makes the RSA keys
    before = time.process_time()
    sample_files(AT)

    assert time.process_time() - before < 1
