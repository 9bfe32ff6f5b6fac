"""What an upload said, stored and loaded back: nothing lost, nothing doubled, and in a constant number of queries."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from diagnostics.estate.assemble import assemble
from diagnostics.readers import Reading as EngineReading
from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose, diagnose_reading
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import healthy
from expcert.accounts.models import Workspace
from expcert.inventory import services
from expcert.inventory.models import Certificate, Cluster, Deployment, Node, Reading, RevocationList, Zone
from expcert.inventory.signals import facts_changed

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def reading_of(tmp_path):
    """What the engine reads from files, path -> bytes."""

    def run(files: dict[str, bytes]) -> EngineReading:
        sources = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}-{number}"
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        return read(sources)

    return run


@pytest.fixture
def with_a_crl() -> dict[str, bytes]:
    plan = healthy(at=AT)
    node = plan.node("expc1.example.com")
    issuer = plan.authorities["private-issuing"]
    node.crls.append(issuer.crl(this_update=AT - timedelta(days=1), next_update=AT + timedelta(days=6)))
    return as_artefacts(plan)


@pytest.fixture(autouse=True)
def heard():
    """Whoever listens for new facts; nobody else does here."""
    calls = []

    def listen(**said: object) -> None:
        calls.append((said["deployment"], said["upload_id"]))

    facts_changed.connect(listen)
    yield calls
    facts_changed.disconnect(listen)


def test_what_is_stored_is_what_was_read(deployment, reading_of, with_a_crl):
    reading = reading_of(with_a_crl)
    assert reading.crls

    services.record(deployment, reading, upload_id=None)
    facts = services.facts_of(deployment)

    (batch,) = facts.batches
    assert tuple(batch.observations) == reading.observations
    assert tuple(batch.files) == reading.files
    assert {sha256: item.der for sha256, item in facts.certificates.items()} == {
        sha256: item.der for sha256, item in reading.certificates.items()
    }
    assert {sha256: item.der for sha256, item in facts.crls.items()} == {
        sha256: item.der for sha256, item in reading.crls.items()
    }


def test_the_diagnosis_of_what_is_stored_is_that_of_what_was_read(deployment, reading_of, sample):
    reading = reading_of(sample)
    services.record(deployment, reading, upload_id=None)

    facts = services.facts_of(deployment)

    stored = diagnose(facts.batches, facts.certificates, facts.crls, at=AT).document
    assert stored == diagnose_reading(reading, at=AT)


def test_whoever_listens_hears_of_new_facts_in_the_transaction_that_stores_them(deployment, reading_of, upload, heard):
    services.record(deployment, reading_of({"note.txt": b"nothing"}), upload_id=upload.pk)

    assert heard == [(deployment, upload.pk)]


def test_a_listener_that_fails_keeps_the_facts_from_being_stored(deployment, reading_of, sample):
    def failing(**_: object) -> None:
        raise RuntimeError("a defect of the listener")

    facts_changed.connect(failing)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            services.record(deployment, reading_of(sample), upload_id=None)
    finally:
        facts_changed.disconnect(failing)

    assert not (Reading.objects.exists() or Certificate.objects.exists())


@pytest.mark.parametrize("uploads", [1, 5])
def test_an_estate_is_loaded_in_three_queries_and_one_for_revocation_lists_whatever_its_size(
    deployment, reading_of, uploads, django_assert_num_queries
):
    for number in range(uploads):
        files = as_inventory(healthy(at=AT, expressway_c=number + 1, domain=f"example{number}.com"))
        services.record(deployment, reading_of(files), upload_id=None)

    with django_assert_num_queries(3):
        facts = services.facts_of(deployment)

    assert len(facts.batches) == uploads


@pytest.mark.parametrize("nodes", [1, 4])
def test_an_upload_is_stored_in_a_number_of_queries_that_its_size_does_not_change(
    deployment, reading_of, nodes, django_assert_max_num_queries
):
    reading = reading_of(as_inventory(healthy(at=AT, expressway_c=nodes, expressway_e=nodes, unified_cm=nodes)))

    with django_assert_max_num_queries(14):  # of which eight are savepoints
        services.record(deployment, reading, upload_id=None)


def test_the_batches_are_in_the_order_in_which_they_were_applied(deployment, reading_of):
    for number in range(3):
        row = services.record(deployment, reading_of({f"note-{number}.txt": b"nothing"}), upload_id=None)
        Reading.objects.filter(pk=row.pk).update(applied_at=AT + timedelta(minutes=-number))

    facts = services.facts_of(deployment)

    assert [batch.files[0].source.upload for batch in facts.batches] == ["note-2.txt", "note-1.txt", "note-0.txt"]


def test_a_certificate_is_stored_once_however_often_it_is_handed_over(deployment, reading_of, sample):
    reading = reading_of(sample)
    other = Deployment.objects.create(workspace=deployment.workspace, name="the same customer's other estate")
    services.record(deployment, reading, upload_id=None)
    first = dict(Certificate.objects.values_list("sha256", "first_seen"))

    services.record(deployment, reading, upload_id=None)
    services.record(other, reading, upload_id=None)

    assert dict(Certificate.objects.values_list("sha256", "first_seen")) == first
    assert len(first) == Certificate.objects.count() == len(reading.certificates)


def test_what_one_workspace_holds_tells_another_nothing(deployment, reading_of, with_a_crl):
    elsewhere = Deployment.objects.create(workspace=Workspace.objects.create(name="Elsewhere"), name="theirs")
    reading = reading_of(with_a_crl)

    services.record(deployment, reading, upload_id=None)
    services.record(elsewhere, reading, upload_id=None)

    assert Certificate.objects.count() == 2 * len(reading.certificates)
    assert RevocationList.objects.count() == 2
    Certificate.objects.filter(workspace=elsewhere.workspace).delete()
    assert services.facts_of(elsewhere).certificates == {}
    assert len(services.facts_of(deployment).certificates) == len(reading.certificates)


def test_subject_and_end_are_copied_out_for_lists(deployment, reading_of, sample):
    reading = reading_of(sample)

    services.record(deployment, reading, upload_id=None)

    for row in Certificate.objects.all():
        facts = reading.certificates[row.sha256]
        assert (row.subject, row.not_after, bytes(row.der)) == (facts.subject.text, facts.not_after, facts.der)


def test_certificates_are_given_in_the_order_asked_for_and_unknown_ones_left_out(deployment, reading_of, sample):
    reading = reading_of(sample)
    services.record(deployment, reading, upload_id=None)
    wanted = sorted(reading.certificates, reverse=True)[:4]

    found = services.certificates_by_fingerprint(deployment, [wanted[0], "0" * 64, *wanted[1:]])

    assert [item.sha256 for item in found] == wanted


def test_bytes_that_cannot_be_loaded_any_more_are_left_out_and_the_rest_is_loaded(deployment, reading_of, sample):
    reading = reading_of(sample)
    services.record(deployment, reading, upload_id=None)
    spoilt = min(reading.certificates)
    Certificate.objects.filter(sha256=spoilt).update(der=b"not a certificate")

    assert set(services.facts_of(deployment).certificates) == set(reading.certificates) - {spoilt}
    assert services.certificates_by_fingerprint(deployment, [spoilt]) == []


def test_a_revocation_list_that_cannot_be_loaded_any_more_is_left_out_as_well(deployment, reading_of, with_a_crl):
    services.record(deployment, reading_of(with_a_crl), upload_id=None)
    RevocationList.objects.update(der=b"not a list")

    facts = services.facts_of(deployment)

    assert facts.crls == {}
    assert facts.certificates


# The estate as the latest diagnosis saw it


def assembled(reading: EngineReading):
    return assemble([reading.observations], reading.certificates, reading.crls)


def test_the_estate_is_remembered_with_its_nodes_zones_and_lists(deployment, reading_of):
    plan = healthy(at=AT)

    services.remember_estate(deployment, assembled(reading_of(as_inventory(plan))))

    assert set(deployment.clusters.values_list("name", "role")) == {(item.name, item.role) for item in plan.clusters}
    for node in plan.nodes():
        row = Node.objects.get(fqdn=node.fqdn)
        assert row.addresses == [node.address]
        assert row.installed == {slot: node.issued(slot).sha256 for slot in node.identity}
        assert {name: len(held) for name, held in row.trusted.items()} == {
            name: len(held) for name, held in node.trust.items()
        }
    server = Zone.objects.get(type="traversal-server")
    assert (server.port, server.verify_name) == (7001, "expc.example.com")
    assert Zone.objects.get(type="traversal-client").peers == ["expe1.example.com", "expe2.example.com"]
    deployment.refresh_from_db()
    assert deployment.name == plan.name


def test_what_is_gone_is_forgotten_and_nothing_is_doubled(deployment, reading_of):
    services.remember_estate(deployment, assembled(reading_of(as_inventory(healthy(at=AT, expressway_c=3)))))

    for _ in range(2):
        services.remember_estate(deployment, assembled(reading_of(as_inventory(healthy(at=AT, expressway_c=1)))))

    assert (Cluster.objects.count(), Node.objects.count(), Zone.objects.count()) == (3, 4, 2)


def test_another_deployment_keeps_its_estate(deployment, reading_of):
    other = Deployment.objects.create(workspace=deployment.workspace, name="another")
    for row in (deployment, other):
        services.remember_estate(row, assembled(reading_of(as_inventory(healthy(at=AT)))))
    before = list(other.clusters.values_list("pk", flat=True))

    services.remember_estate(deployment, assembled(reading_of({"note.txt": b"nothing"})))

    assert list(other.clusters.values_list("pk", flat=True)) == before
    assert not deployment.clusters.exists()


def test_names_longer_than_their_columns_are_cut_and_not_refused(deployment, reading_of):
    plan = healthy(at=AT)
    plan.name = "N" * 500
    plan.clusters[0].name = "c" * 400 + ".example.com"
    plan.clusters[0].zones[0].name = "z" * 400
    plan.clusters[0].version = "X14.3.2" + "v" * 100
    plan.clusters[1].zones[0].verify_name = "v" * 400

    services.remember_estate(deployment, assembled(reading_of(as_inventory(plan))))

    for model in (Deployment, Cluster, Node, Zone):
        for row in model.objects.all():
            row.clean_fields(exclude=[f.name for f in model._meta.fields if not getattr(f, "max_length", None)])


def test_a_port_that_is_none_does_not_keep_the_estate_from_being_stored(deployment, reading_of):
    plan = healthy(at=AT)
    for cluster in plan.clusters:
        for zone in cluster.zones:
            zone.port = 2**40

    services.remember_estate(deployment, assembled(reading_of(as_inventory(plan))))

    assert all(port is None or 0 <= port <= 65535 for port in Zone.objects.values_list("port", flat=True))


def test_a_deployment_that_nobody_named_takes_the_name_that_the_files_give(deployment, reading_of):
    plan = healthy(at=AT)
    plan.name = ""

    services.remember_estate(deployment, assembled(reading_of(as_inventory(plan))))
    assert deployment.name == "example.com"

    plan.name = "Example Corp"
    services.remember_estate(deployment, assembled(reading_of(as_inventory(plan))))
    assert Deployment.objects.get(pk=deployment.pk).name == "Example Corp"


def test_the_name_that_a_person_gave_stays(deployment, reading_of):
    deployment.named_by_person = True
    before = deployment.name

    services.remember_estate(deployment, assembled(reading_of(as_inventory(healthy(at=AT)))))

    assert deployment.name == before
