"""Alarms that bear on certificates, and the findings that can be behind each."""

import re
from dataclasses import dataclass

from diagnostics.estate.observations import Sign, SignCode


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that bears on certificates: the beginning of its title, and the findings that can be behind it.

    `silent`: it states a setting or is an echo of something else, so that by itself it asks for nothing.
    """

    title: re.Pattern[str]
    codes: tuple[str, ...]
    silent: bool = False


def _alarm(title: str, *codes: str, silent: bool = False) -> Alarm:
    return Alarm(re.compile(title, re.IGNORECASE), codes, silent)


_CLUSTER = (
    *("cluster-peer-fqdn-missing", "cluster-enforce-with-ip", "cluster-name-missing-from-san", "cluster-enforce-eku"),
    *("eku-client-auth-missing", "server-cert-expired", "server-cert-not-yet-valid", "own-ca-not-trusted"),
)
TUNNEL_CAUSES = (
    *("ssh-tunnel-intermediate-missing", "ssh-tunnel-client-eku-missing", "traversal-peer-ca-not-trusted"),
    *("server-cert-expired", "server-cert-not-yet-valid", "eku-client-auth-missing", "own-chain-gap"),
    *("traversal-peer-address-not-in-cert", "traversal-peer-address-is-ip", "traversal-verify-name-not-in-cert"),
    *("traversal-verify-name-partial-cluster", "trust-ca-expired", "crl-revoked", "crl-expired"),
)
# Numbers and titles: X15.0 Administrator Guide, list of alarms. The status file has no number, only title and text.
ALARMS: dict[str, Alarm] = {
    "15022": _alarm(r"restart required\b.*domain certificate", "restart-pending"),
    "15028": _alarm(r"restart required\b.*server certificate", "restart-pending"),
    "20004": _alarm(r"cluster communication failure", *_CLUSTER),
    "20006": _alarm(r"cluster database communication failure", *_CLUSTER),
    "25002": _alarm(r"date and time not validated", "clock-skew"),
    "35013": _alarm(r"unified communications ssh tunnel failure", *TUNNEL_CAUSES),
    "35014": _alarm(r"unified communications ssh tunnel notification failure", *TUNNEL_CAUSES),
    "40001": _alarm(r"crl\b.*distribution point", "crl-expired"),
    "40002": _alarm(r"crl\b.*automatic update", "crl-expired"),
    "40006": _alarm(r"unable to download crl", "crl-expired"),
    "40007": _alarm(r"crl\b.*configuration file", "crl-expired"),
    "40040": _alarm(r"unified communications configuration error\b.*tls verify mode", "traversal-tls-verify-off"),
    "40049": _alarm(r"cluster tls permissive", "cluster-permissive", silent=True),
    "40051": _alarm(r"cms not identified by server certificate", "cms-join-url-missing"),
    "40052": _alarm(r"certificate error\b.*common name", "cn-missing"),
    "40068": _alarm(r"server certificate (?:validity\b|expired)", "server-cert-expired", "server-cert-expiring"),
    "40069": _alarm(r"server certificate expires in", "server-cert-expiring", "server-cert-expired"),
}
_TUNNEL_ALARMS = frozenset({"35013", "35014"})
_CLUSTER_ALARMS = frozenset({"20004", "20006"})


def alarm_number(sign: Sign) -> str | None:
    """The number of an alarm that bears on certificates; None for any other sign."""
    if sign.code is not SignCode.ALARM:
        return None
    if sign.name is not None:
        return sign.name if sign.name in ALARMS else None
    return next((number for number, alarm in ALARMS.items() if alarm.title.match(sign.detail.lstrip())), None)


def is_tunnel_alarm(sign: Sign) -> bool:
    """The SSH tunnels are down."""
    return alarm_number(sign) in _TUNNEL_ALARMS


def is_cluster_alarm(sign: Sign) -> bool:
    """The peers of the cluster do not reach each other."""
    return alarm_number(sign) in _CLUSTER_ALARMS
