"""The text report names what contradicts what, and files that fit several places."""

from datetime import UTC, datetime

from diagnostics.readers import SourceFile, read
from diagnostics.reports.diagnosis import diagnose_reading
from diagnostics.reports.render import render
from diagnostics.reports.text import as_text
from diagnostics.samples.artefacts import as_artefacts, as_inventory
from diagnostics.samples.healthy import healthy

AT = datetime(2026, 11, 1, tzinfo=UTC)


def text_of(files: dict[str, bytes], folder) -> str:
    sources = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sources.append(SourceFile(name=name, path=path))
    return " ".join(as_text(render(diagnose_reading(read(sources), at=AT)), width=200).split())


def test_an_estate_without_either_says_nothing_of_them(tmp_path) -> None:
    text = text_of(as_inventory(healthy(at=AT)), tmp_path)
    assert "contradict" not in text
    assert "put nowhere" not in text


def test_a_dump_and_an_inventory_that_differ_are_shown_side_by_side(tmp_path) -> None:
    plan = healthy(at=AT)
    dumps = as_artefacts(plan)
    plan.zone("expc.example.com", "UC traversal").tls_verify = False
    text = text_of({**dumps, **as_inventory(plan)}, tmp_path)
    start = text.index("Files contradict each other; the first of each counts:")
    told = text[start:]
    assert "- expc.example.com, UC traversal, TLS verify mode On diagnostic_log_expc1" in told
    assert "Off inventory.yaml:" in told


def test_a_file_that_fits_several_places_is_named_with_them(tmp_path) -> None:
    plan = healthy(at=AT)
    for fqdn in ("expc1.example.com", "expc2.example.com"):
        del plan.node(fqdn).identity["server"]
    shared = plan.authorities["private-issuing"].issue(common_name="expc.example.com", dns=["expc.example.com"])
    text = text_of({**as_inventory(plan), "shared.pem": shared.pem}, tmp_path)
    assert (
        "- shared.pem: expc1.example.com server (by the names in the certificate) and expc2.example.com server "
        "(by the names in the certificate)"
    ) in text


def test_certificates_in_folders_of_nodes_that_nobody_knows_are_not_passed_over_in_silence(tmp_path) -> None:
    plan = healthy(at=AT)
    folders = {f"{node.host}/server.pem": node.issued("server").pem for node in plan.nodes("expressway-c")}
    text = text_of(folders, tmp_path)
    assert "Certificates that were put on no node:" in text
    assert text.endswith("belong: - expc1/server.pem - expc2/server.pem")


def test_certificates_that_have_a_place_or_are_asked_for_are_not_named_as_put_on_no_node(tmp_path) -> None:
    plan = healthy(at=AT)
    renewed = plan.authorities["private-issuing"].issue(
        common_name="expc1.example.com", dns=["expc1.example.com"], not_before=AT
    )
    text = text_of({**as_artefacts(plan), "renewed.pem": renewed.pem}, tmp_path)
    assert "- renewed.pem: expc1.example.com server" in text
    assert "put on no node" not in text


def test_of_many_certificates_without_a_place_some_are_named_and_the_rest_is_counted(tmp_path) -> None:
    plan = healthy(at=AT)
    content = plan.node("expc1.example.com").issued("server").pem
    text = text_of({f"copies/{number:02}.pem": content for number in range(12)}, tmp_path)
    assert text.endswith("- copies/07.pem - and 4 more")
