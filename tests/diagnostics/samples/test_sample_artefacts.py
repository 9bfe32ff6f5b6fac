"""A plan as files: what is in them, and that they are of the documented form."""

import base64
import io
import json
import re
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import yaml
from cryptography import x509

from diagnostics.samples.artefacts import (
    as_artefacts,
    as_inventory,
    logging_snapshot,
    tar_gz,
    ucm_snapshot,
    xconf_dump,
    xstat_dump,
    zip_of,
)
from diagnostics.samples.blueprint import EstatePlan, SettingsPlan, ZonePlan
from diagnostics.samples.healthy import UC_ZONE, healthy

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TAIL = "2026-11-01_10_30_00"
NAMESPACE = {"s": "http://www.tandberg.no/XML/CUIL/1.0"}
# The line form of a dump, as the formats reference gives it.
LINE = re.compile(r'^\*c xConfiguration (?P<path>.+?):\s?(?:"(?P<q>.*)"|(?P<u>[^"]*))\s*$')


@pytest.fixture
def plan() -> EstatePlan:
    return healthy(at=AT, im_presence=1)


def settings_of(plan: EstatePlan, fqdn: str) -> dict[str, str | None]:
    """Path -> value of a node's dump; None: unset."""
    found: dict[str, str | None] = {}
    for line in xconf_dump(plan, plan.node(fqdn)).decode().splitlines():
        matched = LINE.match(line)
        assert matched, line
        assert matched["path"] not in found, line
        found[matched["path"]] = matched["q"]
    return found


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as opened:
        return {item.name: opened.extractfile(item).read() for item in opened.getmembers()}


def test_the_inventory_names_every_file_and_every_file_is_there(plan):
    plan.node("expc1.example.com").crls.append(
        plan.authorities["private-issuing"].crl(this_update=AT, next_update=AT + timedelta(days=7))
    )
    files = as_inventory(plan)
    document = yaml.safe_load(files["inventory.yaml"])

    named = set()
    for cluster in document["clusters"]:
        for node in cluster["nodes"]:
            named |= {*node.get("certificates", {}).values(), *node.get("trust", {}).values(), *node.get("crls", [])}
    assert named == set(files) - {"inventory.yaml"}
    for path in named - {"nodes/expc1.example.com/crl-1.pem"}:
        assert x509.load_pem_x509_certificates(files[path]), path
    assert list(x509.load_pem_x509_crl(files["nodes/expc1.example.com/crl-1.pem"])) == []


def test_the_inventory_says_what_the_plan_says(plan):
    cluster = plan.cluster("expe.example.com")
    cluster.settings = SettingsPlan(server_eku_upload=False, revocation=True, revocation_fallback="revoked")
    plan.node("expe2.example.com").version = "X14.3.3"
    document = yaml.safe_load(as_inventory(plan)["inventory.yaml"])

    assert document["format"] == "expcert-inventory/1"
    assert document["mra"]["domains"] == ["example.com"]
    by_name = {item["name"]: item for item in document["clusters"]}
    edge = by_name["expe.example.com"]
    assert edge["settings"] == {"server_eku_upload": False, "revocation": {"mode": True, "fallback": "revoked"}}
    assert [node.get("version") for node in edge["nodes"]] == [None, "X14.3.3"]
    assert edge["zones"] == [
        {
            "name": UC_ZONE,
            "type": "traversal-server",
            "unified_communications": True,
            "port": 7001,
            "tls_verify": True,
            "tls_verify_subject_name": "expc.example.com",
        }
    ]
    assert by_name["expc.example.com"]["zones"][0]["peers"] == ["expe1.example.com", "expe2.example.com"]
    assert by_name["cucm1.example.com"]["version"] == "15.0.1"
    assert by_name["cucm1.example.com"]["nodes"][0]["server_entry"] == "cucm1.example.com"


def test_an_archive_holds_the_documented_members(plan):
    files = as_artefacts(plan)

    assert set(files) == {
        *(f"diagnostic_log_{host}_{TAIL}.tar.gz" for host in ("expc1", "expc2", "expe1", "expe2")),
        "cucm1.example.com_certificates.json",
        "imp1.example.com_certificates.json",
    }
    held = members(files[f"diagnostic_log_expe1_{TAIL}.tar.gz"])
    assert set(held) == {
        f"loggingsnapshot_expe1_{TAIL}.txt",
        f"xconf_dump_expe1_{TAIL}.txt",
        f"xstat_dump_expe1_{TAIL}.xml",
        f"ca_expe1_{TAIL}.pem",
        f"server_expe1_{TAIL}.pem",
    }
    node = plan.node("expe1.example.com")
    assert x509.load_pem_x509_certificates(held[f"ca_expe1_{TAIL}.pem"]) == node.trust["trusted-ca"]
    assert held[f"server_expe1_{TAIL}.pem"] == node.issued("server").pem


def test_split_stores_add_the_client_certificate():
    plan = healthy(at=AT, split_stores=True)
    held = members(as_artefacts(plan)[f"diagnostic_log_expc1_{TAIL}.tar.gz"])

    assert held[f"client_expc1_{TAIL}.pem"] == plan.node("expc1.example.com").issued("client").pem
    assert held[f"server_expc1_{TAIL}.pem"] == plan.node("expc1.example.com").issued("server").pem


def test_what_the_plan_lacks_has_no_file(plan):
    node = plan.node("expc2.example.com")
    node.identity.clear()
    node.trust.clear()

    held = members(as_artefacts(plan)[f"diagnostic_log_expc2_{TAIL}.tar.gz"])
    assert not [name for name in held if name.endswith(".pem")]
    assert not [path for path in as_inventory(plan) if "expc2" in path]


def test_raw_bytes_land_as_they_are(plan):
    node = plan.node("expc2.example.com")
    der = node.issued("server").der
    node.identity["server"] = der

    assert members(as_artefacts(plan)[f"diagnostic_log_expc2_{TAIL}.tar.gz"])[f"server_expc2_{TAIL}.pem"] == der
    assert as_inventory(plan)["nodes/expc2.example.com/server.pem"] == der


def test_extra_files_and_revocation_lists_lie_beside(plan):
    crl = plan.authorities["ucm-root"].crl(this_update=AT, next_update=AT + timedelta(days=7))
    plan.node("cucm1.example.com").crls.append(crl)
    plan.extra_files["notes.txt"] = b"from the helpdesk"

    files = as_artefacts(plan)
    assert files["crl_cucm1_1.pem"] == crl
    assert files["notes.txt"] == as_inventory(plan)["notes.txt"] == b"from the helpdesk"


def test_two_nodes_of_one_host_name_are_refused(plan):
    plan.node("expc2.example.com").fqdn = "expc1.example.net"

    with pytest.raises(ValueError, match="not unique"):
        as_artefacts(plan)


def test_the_same_plan_makes_the_same_bytes(plan):
    assert as_artefacts(plan) == as_artefacts(plan)
    assert as_inventory(plan) == as_inventory(plan)


def test_the_dump_of_an_expressway_c(plan):
    settings = settings_of(plan, "expc1.example.com")

    assert settings["IP DNS Hostname"] == "expc1"
    assert settings["IP DNS Domain Name"] == "example.com"
    assert settings["Alternates Cluster Name"] == "expc.example.com"
    assert [settings[f"Alternates Peer {n} Address"] for n in (1, 2, 3)] == [
        "expc1.example.com",
        "expc2.example.com",
        None,
    ]
    assert settings["SIP Domain 1 Name"] == "example.com"
    assert settings["SIP Domain 1 Edgesip"] == "On"
    assert settings["EdgeConfigServer VerifyOriginServer"] == "On"
    zone = {key.removeprefix("Zones Zone 1 "): value for key, value in settings.items() if "Zone 1 " in key}
    assert zone["Type"] == "TraversalClient"
    assert zone["TraversalClient Peer 2 Address"] == "expe2.example.com"
    assert zone["TraversalClient Peer 6 Address"] is None
    assert zone["TraversalClient Collaboration Edge"] == zone["TraversalClient SIP TLS Verify Mode"] == "On"
    assert settings["Zones Zone 2 Name"] == "CEtls-cucm1.example.com"
    assert settings["Zones Zone 2 Neighbor Peer 1 Address"] == "cucm1.example.com"
    assert len(settings) > 120


def test_the_dump_of_an_expressway_e(plan):
    settings = settings_of(plan, "expe2.example.com")

    assert settings["Zones Zone 1 Type"] == "TraversalServer"
    assert settings["Zones Zone 1 TraversalServer SIP TLS Verify Subject Name"] == "expc.example.com"
    assert settings["Zones Zone 1 TraversalServer SIP Port"] == "7001"
    assert not [key for key in settings if key.startswith(("SIP Domain", "Zones Zone 2"))]


def test_an_unset_value_is_a_colon_and_a_blank(plan):
    lines = xconf_dump(plan, plan.node("expc1.example.com")).decode().splitlines()

    assert "*c xConfiguration Zones Zone 1 TraversalClient Peer 3 Address: " in lines


def test_the_password_in_the_dump_is_enciphered_and_harmless(plan):
    password = settings_of(plan, "expc1.example.com")["Zones Zone 1 TraversalClient Authentication Password"]

    assert base64.b64decode(password.removeprefix("{cipher}")) == b"made up for a sample, opens nothing"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("verify_origin_server", "EdgeConfigServer VerifyOriginServer"),
        ("server_eku_upload", "XCP TLS Certificate CVS EnableServerEkuUpload"),
        ("sip_eku_checking", "SIP TLS Certificate ExtendedKeyUsage Checking Mode"),
    ],
)
@pytest.mark.parametrize(("value", "text"), [(True, "On"), (False, "Off"), (None, "absent")])
def test_a_switch_is_said_or_not(plan, name, key, value, text):
    setattr(plan.cluster("expc.example.com").settings, name, value)

    assert settings_of(plan, "expc1.example.com").get(key, "absent") == text


def test_revocation_checking_is_in_the_dump(plan):
    plan.cluster("expc.example.com").settings = SettingsPlan(revocation=True, revocation_fallback="revoked")
    stem = "SIP TLS Certificate Revocation Checking"

    of_c, of_e = settings_of(plan, "expc1.example.com"), settings_of(plan, "expe1.example.com")
    assert (of_c[f"{stem} Mode"], of_c[f"{stem} Source Inaccessibility Behavior"]) == ("On", "Fail")
    assert (of_e[f"{stem} Mode"], of_e[f"{stem} Source Inaccessibility Behavior"]) == ("Off", "Ignore")


def test_other_zones_and_single_nodes():
    plan = healthy(at=AT, expressway_e=1, version="X12.7")
    plan.mra_enabled = False
    edge = plan.cluster("expe1.example.com")
    edge.zones += [
        ZonePlan(name=f"Partner {n}", kind="dns", verify_name=f"sip.partner{n}.example.org") for n in range(2, 12)
    ]
    plan.zone("expe1.example.com", UC_ZONE).tls_verify = False
    plan.zone("expc.example.com", UC_ZONE).peers = [f"expe{n}.example.com" for n in range(1, 7)]
    of_e, of_c = settings_of(plan, "expe1.example.com"), settings_of(plan, "expc1.example.com")

    assert of_e["Alternates Cluster Name"] is None
    assert of_e["Alternates Peer 1 Address"] is None
    assert of_e["Alternates ConfigurationMaster"] == "1"
    assert of_e["Zones Zone 1 TraversalServer SIP TLS Verify Mode"] == "Off"
    assert of_e["Zones Zone 11 DNS SIP TLS Verify Subject Name"] == "sip.partner11.example.org"
    names = [value for key, value in of_e.items() if re.fullmatch(r"Zones Zone \d+ Name", key)]
    assert names == [UC_ZONE, *(f"Partner {n}" for n in range(2, 12))]
    assert of_c["Zones Zone 1 TraversalClient Peer 6 Address"] == "expe6.example.com"
    assert of_c["CollaborationEdge Enabled"] == "Off"
    assert "Zones Zone 2 Name" not in of_c
    assert "EdgeConfigServer VerifyOriginServer" not in of_c


def test_the_status_gives_version_role_zones_and_alarms(plan):
    plan.node("expe1.example.com").alarms.append("Title - Description & more")
    plan.cluster("expe.example.com").tls_verification = "permissive"
    plan.zone("expe.example.com", UC_ZONE).cause = "System unreachable"
    of_e = ET.fromstring(xstat_dump(plan, plan.node("expe1.example.com")))
    of_c = ET.fromstring(xstat_dump(plan, plan.node("expc1.example.com")))

    assert of_e.get("product") == "TANDBERG VCS"
    version = "s:SystemUnit/s:Software/s:Version"
    role = "s:SystemUnit/s:Software/s:Configuration/s:Expressway"
    assert of_e.findtext(version, namespaces=NAMESPACE) == of_e.get("version") == "X14.3.2"
    assert of_e.findtext(role, namespaces=NAMESPACE) == "True"
    assert of_c.findtext(role, namespaces=NAMESPACE) == "False"
    assert all(element.get("item") for element in of_c.iter() if element is not of_c)
    assert [item.text for item in of_e.findall("s:Warnings/s:Warning/s:Reason", NAMESPACE)] == [
        "Title - Description & more",
        "Cluster TLS permissive - Cluster TLS verification mode permits invalid certificates",
    ]
    assert not of_c.findall("s:Warnings/s:Warning", NAMESPACE)
    zone_of_e = of_e.find("s:Zones/s:Zone", NAMESPACE)
    assert zone_of_e.findtext("s:Status", namespaces=NAMESPACE) == "Failed"
    assert zone_of_e.findtext("s:Cause", namespaces=NAMESPACE) == "System unreachable"
    zone_of_c = of_c.find("s:Zones/s:Zone", NAMESPACE)
    assert zone_of_c.findtext("s:Status", namespaces=NAMESPACE) == "Active"
    peers = zone_of_c.findall("s:TraversalClient/s:Peer/s:SIP/s:Address", NAMESPACE)
    assert [peer.text for peer in peers] == ["198.51.100.21", "198.51.100.22"]


def test_log_lines_have_the_published_form(plan):
    node = plan.node("expc1.example.com")
    node.log.append('tvcs: Event="Outbound TLS Negotiation Error" Service="SIP" Level="1"')
    node.log.append("traffic_server[2030]: [ET_NET 1] ERROR: SSL connection failed for 'cucm1.example.com': error")
    lines = logging_snapshot(plan, node).decode().splitlines()

    frame = re.compile(r"2026-11-01T10:29:\d\d\.\d{3}\+00:00 expc1 (tvcs: |traffic_server\[\d+\]: )")
    assert all(frame.match(line) for line in lines)
    assert [line for line in lines if "TCP Connection Established" in line and 'Dst-ip="198.51.100.22"' in line]
    assert re.search(r'Level="1" UTCTime="2026-11-01 10:29:\d\d,\d{3}"$', lines[-2])
    assert "UTCTime" not in lines[-1]
    assert lines == sorted(lines)


def test_both_ends_log_a_working_connection(plan):
    plan.cluster("expc.example.com").zones.append(
        ZonePlan(name="Down", kind="traversal-client", port=7002, peers=["expe2.example.com"], cause="Connect failed")
    )
    of_c, of_e = (
        {
            line.split("Src-ip=")[1].split(" UTCTime")[0]
            for line in logging_snapshot(plan, plan.node(fqdn)).decode().splitlines()
            if "TCP Connection Established" in line
        }
        for fqdn in ("expc1.example.com", "expe2.example.com")
    )

    assert len(of_c) == len(of_e) == 2
    assert len(of_c & of_e) == 1
    assert not [line for line in of_c | of_e if "7002" in line]


def test_a_snapshot_carries_identities_and_trust(plan):
    node = plan.node("imp1.example.com")
    document = json.loads(ucm_snapshot(node))

    assert document["server"] == "imp1.example.com"
    held = {
        item["service"]: x509.load_pem_x509_certificate(item["certificate"].encode()) for item in document["identities"]
    }
    assert held == {slot: node.issued(slot).certificate for slot in ("tomcat", "cup", "cup-xmpp")}
    trusts = {
        item["service"]: [
            x509.load_pem_x509_certificate(entry["certificate"].encode()) for entry in item["certificate_data"]
        ]
        for item in document["trusts"]
    }
    assert trusts == {store: node.trust[store] for store in ("tomcat-trust", "cup-xmpp-trust")}


def test_a_snapshot_spells_services_as_unified_cm_does():
    document = json.loads(ucm_snapshot(healthy(at=AT, ecdsa=True).node("cucm1.example.com")))

    assert [item["service"] for item in document["identities"]] == [
        "tomcat",
        "CallManager",
        "tomcat-ECDSA",
        "CallManager-ECDSA",
    ]
    assert [item["service"] for item in document["trusts"]] == ["tomcat-trust", "CallManager-trust"]


def test_a_snapshot_refuses_what_is_no_text(plan):
    node = plan.node("cucm1.example.com")
    node.identity["tomcat"] = node.issued("tomcat").der

    with pytest.raises(ValueError, match="ascii"):
        ucm_snapshot(node)


def test_archives_carry_the_given_time():
    files = {"b/second.txt": b"2", "a.txt": b"1"}
    with tarfile.open(fileobj=io.BytesIO(tar_gz(files, AT)), mode="r:gz") as archive:
        entries = [(item.name, datetime.fromtimestamp(item.mtime, UTC), item.uid) for item in archive.getmembers()]
    assert entries == [("b/second.txt", AT, 0), ("a.txt", AT, 0)]

    with zipfile.ZipFile(io.BytesIO(zip_of(files, AT))) as archive:
        assert [(item.filename, item.date_time) for item in archive.infolist()] == [
            ("b/second.txt", (2026, 11, 1, 10, 30, 0)),
            ("a.txt", (2026, 11, 1, 10, 30, 0)),
        ]
        assert archive.testzip() is None
    assert zip_of(files) == zip_of(files)
