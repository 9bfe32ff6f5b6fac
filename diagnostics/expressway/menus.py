"""Where in the user interface a thing is done. Menu paths stay in English, as in the product."""

from dataclasses import dataclass

from diagnostics.expressway.versions import Change, Version, has


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A page's path; `before_x8_10` where the older interface had it elsewhere."""

    path: str
    before_x8_10: str | None = None
    sources: tuple[str, ...] = ()


MENUS: dict[str, Menu] = {
    "trusted_ca": Menu(
        path="Maintenance > Security > Trusted CA certificate",
        before_x8_10="Maintenance > Security certificates > Trusted CA certificate",
        sources=("225693", "212475", "VCS-TRUST"),
    ),
    "server_certificate": Menu(
        path="Maintenance > Security > Server certificate",
        before_x8_10="Maintenance > Security certificates > Server certificate",
        sources=("X154-ABOUT", "213872"),
    ),
    # X15.5 shows separate server and client entries under Maintenance > Security; the exact label of the client
    # entry was not seen in a document.
    "client_certificate": Menu(path="Maintenance > Security (client certificate entry)", sources=("225693",)),
    "restart": Menu(path="Maintenance > Restart options", sources=("X154-UC", "X150-MRA")),
    "zones": Menu(path="Configuration > Zones > Zones", sources=("221624", "X154-UC")),
    "clustering": Menu(path="System > Clustering", sources=("X140-CLUSTER",)),
    "zone_status": Menu(path="Status > Zones", sources=("X155-STATUS",)),
    "ssh_status": Menu(
        path="Status > Unified Communications > Unified Communications SSH tunnels status",
        sources=("X155-STATUS", "221624"),
    ),
    "traversal_test": Menu(path="Maintenance > Security > Secure traversal test", sources=("X154-UC",)),
    "ucm_servers": Menu(
        path="Configuration > Unified Communications > Unified CM servers", sources=("225476", "X154-UC")
    ),
    "sip": Menu(path="Configuration > Protocols > SIP", before_x8_10="Configuration > SIP", sources=("CRL-OLD",)),
    # By analogy with the menu change of X8.10; the wording was not confirmed for newer releases.
    "crl": Menu(
        path="Maintenance > Security > CRL management",
        before_x8_10="Maintenance > Security certificates > CRL management",
        sources=("CRL-OLD", "CRL-X125"),
    ),
    "domains": Menu(path="Configuration > Domains", sources=("X150-MRA",)),
    "ucm_certificates": Menu(
        path="Cisco Unified OS Administration > Security > Certificate Management", sources=("225476",)
    ),
    "ucm_server_list": Menu(path="Cisco Unified CM Administration > System > Server", sources=("225476",)),
}


def paths(version: Version | None) -> dict[str, str]:
    """Every menu path as `menu_<name>`, for a release; the current interface where the release is unknown."""
    old = has(Change.SECURITY_MENU, version) is False
    return {
        f"menu_{name}": menu.before_x8_10 if old and menu.before_x8_10 is not None else menu.path
        for name, menu in MENUS.items()
    }
