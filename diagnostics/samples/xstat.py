"""The status XML of one Expressway node.

Elements, the `item` attribute on each, the order and the state words are those of a real file of X8.11.3. Left empty as
nobody has published their insides: the lists under CollaborationEdge, and Alternates of a cluster. The cause text of a
TLS failure is taken from Cisco's note 221624, which is not a file. TraversalServer has no inside of its own: none
was seen.
"""

from xml.etree import ElementTree as ET

from diagnostics.samples.blueprint import ClusterPlan, EstatePlan, NodePlan, ZonePlan
from diagnostics.samples.xconf import TYPES, zones_of

NAMESPACE = "http://www.tandberg.no/XML/CUIL/1.0"
PERMISSIVE_ALARM = "Cluster TLS permissive - Cluster TLS verification mode permits invalid certificates"
FIRST_ALARM_ITEM = 156

_TIME = "%Y-%m-%d %H:%M:%S"
_LISTS = ("CMSs", "CUCMs", "Domains", "Tunnels", "UCxNs", "CUPs")


def xstat_dump(plan: EstatePlan, node: NodePlan) -> bytes:
    """What `xstat_dump_*.xml` of the node says."""
    cluster = plan.cluster_of(node.fqdn)
    version = plan.version_of(node)
    attributes = {"xmlns": NAMESPACE, "product": "TANDBERG VCS", "version": version}
    status = ET.Element("Status", attributes)
    _system_unit(status, plan, cluster, version)
    _network(status, node)
    zones = _child(status, "Zones")
    _child(_child(zones, "DefaultZone"), "Name", "DefaultZone")
    for number, zone in enumerate(zones_of(plan, cluster), start=1):
        _zone(_child(zones, "Zone", item=number), plan, zone)
    _child(status, "Alternates")
    edge = _child(status, "CollaborationEdge")
    for name in _LISTS:
        _child(edge, name)
    _warnings(status, cluster, node)
    ET.indent(status)
    document: bytes = ET.tostring(status, encoding="UTF-8", xml_declaration=True)
    return document + b"\n"


def _system_unit(status: ET.Element, plan: EstatePlan, cluster: ClusterPlan, version: str) -> None:
    unit = _child(status, "SystemUnit")
    now = plan.at.strftime(_TIME)
    for name, text in (
        ("Product", "TANDBERG VCS"),
        ("Uptime", "86400"),
        ("SystemTime", now),
        ("TimeZone", "UTC"),
        ("LocalTime", now),
    ):
        _child(unit, name, text)
    software = _child(unit, "Software")
    _child(software, "Version", version)
    _child(software, "Name", "s42700")
    _child(software, "ReleaseKey")
    options = _child(software, "Configuration")
    _child(options, "Expressway", str(cluster.role == "expressway-e"))
    _child(options, "ExpresswaySeries", "True")
    hardware = _child(unit, "Hardware")
    _child(hardware, "Version", "VMware")
    _child(hardware, "SerialNumber", "00000000")


def _network(status: ET.Element, node: NodePlan) -> None:
    interface = _child(_child(status, "Ethernet"), "IPv4")
    _child(interface, "Address", node.address)
    _child(interface, "SubnetMask", "255.255.255.0")
    network = _child(status, "IP")
    _child(network, "Protocol", "IPv4")
    _child(_child(_child(network, "DNS"), "Domain"), "Name", node.domain)


def _zone(element: ET.Element, plan: EstatePlan, zone: ZonePlan) -> None:
    _child(element, "Name", zone.name)
    _state(element, zone)
    _child(element, "Type", TYPES[zone.kind])
    inside = _child(element, TYPES[zone.kind])
    addresses = {node.fqdn: node.address for node in plan.nodes()}
    for number, peer in enumerate(zone.peers, start=1):
        sip = _child(_child(inside, "Peer", item=number), "SIP")
        _state(sip, zone)
        _child(sip, "Address", addresses.get(peer, peer))
        _child(sip, "Port", str(zone.port))
        _child(sip, "LastStatusChange", plan.at.strftime(_TIME))


def _state(element: ET.Element, zone: ZonePlan) -> None:
    _child(element, "Status", "Active" if zone.cause is None else "Failed")
    if zone.cause is not None:
        _child(element, "Cause", zone.cause)


def _warnings(status: ET.Element, cluster: ClusterPlan, node: NodePlan) -> None:
    reasons = [*node.alarms]
    if cluster.tls_verification == "permissive":
        reasons.append(PERMISSIVE_ALARM)
    warnings = _child(status, "Warnings")
    for number, reason in enumerate(reasons):
        warning = _child(warnings, "Warning", item=FIRST_ALARM_ITEM + number)
        _child(warning, "ID", f"00000000-0000-0000-0000-{number + 1:012d}")
        _child(warning, "Reason", reason)
        _child(warning, "State", "Unacknowledged")


def _child(parent: ET.Element, name: str, text: str | None = None, *, item: int = 1) -> ET.Element:
    element = ET.SubElement(parent, name, {"item": str(item)})
    element.text = text
    return element
