"""A plan as the files that a customer hands over."""

import json
from datetime import datetime

from diagnostics.samples.archives import tar_gz, zip_of
from diagnostics.samples.authority import pem
from diagnostics.samples.blueprint import EXPRESSWAYS, EstatePlan, NodePlan, Slot, Store
from diagnostics.samples.inventory import Files, as_inventory, content_of
from diagnostics.samples.journal import logging_snapshot
from diagnostics.samples.xconf import xconf_dump
from diagnostics.samples.xstat import xstat_dump

__all__ = [
    "as_artefacts",
    "as_inventory",
    "diagnostic_archive",
    "diagnostic_members",
    "logging_snapshot",
    "tar_gz",
    "ucm_snapshot",
    "xconf_dump",
    "xstat_dump",
    "zip_of",
]

# As Unified CM spells services; the spelling of the trust stores in a snapshot is inferred from its command line.
SERVICES: dict[Slot, str] = {
    "tomcat": "tomcat",
    "tomcat-ecdsa": "tomcat-ECDSA",
    "callmanager": "CallManager",
    "callmanager-ecdsa": "CallManager-ECDSA",
    "cup": "cup",
    "cup-xmpp": "cup-xmpp",
}
TRUST_SERVICES: dict[Store, str] = {
    "tomcat-trust": "tomcat-trust",
    "callmanager-trust": "CallManager-trust",
    "cup-xmpp-trust": "cup-xmpp-trust",
}


def as_artefacts(plan: EstatePlan) -> Files:
    """Path -> bytes: a diagnostic archive per Expressway node, a certificate snapshot per Unified CM and IM&P node.

    Revocation lists, which no such archive holds, lie beside it as crl_<host>_<n>.pem; the plan's extra files too.
    Raises ValueError where two Expressways have one host name, for their archives would have one name as well.
    """
    hosts = [node.host for node in plan.nodes(*EXPRESSWAYS)]
    if len(set(hosts)) < len(hosts):
        raise ValueError(f"host names are not unique: {', '.join(sorted(hosts))}")
    files: Files = {}
    for node in plan.nodes(*EXPRESSWAYS):
        files[f"diagnostic_log_{node.host}_{timestamp(plan.at)}.tar.gz"] = diagnostic_archive(plan, node)
    for node in plan.nodes("unified-cm", "im-presence", "unity-connection"):
        files[f"{node.fqdn}_certificates.json"] = ucm_snapshot(node)
    for node in plan.nodes():
        for number, content in enumerate(node.crls, start=1):
            files[f"crl_{node.host}_{number}.pem"] = content
    return files | plan.extra_files


def diagnostic_archive(plan: EstatePlan, node: NodePlan) -> bytes:
    """The node's `diagnostic_log_<host>_<time>.tar.gz`."""
    return tar_gz(diagnostic_members(plan, node), plan.at)


def diagnostic_members(plan: EstatePlan, node: NodePlan) -> Files:
    """What is in it, by the names of the X15.5 Administrator Guide; a slot or list that is not there has no member.

    Left out: packet captures, the status as text, and the configuration as XML, of which no example was found.
    The name of the client certificate's member (X15.5) is a guess.
    """
    tail = f"{node.host}_{timestamp(plan.at)}"
    files = {
        f"loggingsnapshot_{tail}.txt": logging_snapshot(plan, node),
        f"xconf_dump_{tail}.txt": xconf_dump(plan, node),
        f"xstat_dump_{tail}.xml": xstat_dump(plan, node),
    }
    if "trusted-ca" in node.trust:
        files[f"ca_{tail}.pem"] = pem(node.trust["trusted-ca"])
    if "server" in node.identity:
        files[f"server_{tail}.pem"] = content_of(node.identity["server"])
    if "client" in node.identity:
        files[f"client_{tail}.pem"] = content_of(node.identity["client"])
    return files


def ucm_snapshot(node: NodePlan) -> bytes:
    """The answer of /platformcom/api/v1/certmgr/config/snapshot/server, JSON.

    Raises ValueError where a slot holds bytes that are no text: the snapshot could not carry them.
    """
    document = {
        "trackingId": f"sample-{node.host}",
        "server": node.fqdn,
        "identities": [
            {"service": SERVICES[slot], "certificate": content_of(held).decode("ascii"), "csr": ""}
            for slot, held in node.identity.items()
        ],
        "trusts": [
            {
                "service": TRUST_SERVICES[store],
                "certificate_data": [
                    {"filename": f"trust_{item.serial_number:x}.pem", "certificate": pem([item]).decode("ascii")}
                    for item in certificates
                ],
            }
            for store, certificates in node.trust.items()
        ],
        "revokedCertificates": [],
    }
    return json.dumps(document, indent=1).encode()


def timestamp(at: datetime) -> str:
    """As in the names of archives and members (their real form was not seen)."""
    return at.strftime("%Y-%m-%d_%H_%M_%S")
