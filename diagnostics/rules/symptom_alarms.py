"""Alarms that bear on certificates, and the findings that can be behind each."""

from dataclasses import dataclass

from diagnostics.estate.observations import Sign, SignCode
from diagnostics.expressway.alarms import alarm_number as number_of_words


@dataclass(frozen=True, slots=True)
class Alarm:
    """The findings that can be behind an alarm.

    `silent`: it states a setting or is an echo of something else, so that by itself it asks for nothing.
    """

    codes: tuple[str, ...]
    silent: bool = False


def _alarm(*codes: str, silent: bool = False) -> Alarm:
    return Alarm(codes, silent)


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
# By their numbers; the words of each are in `expressway.alarms`.
ALARMS: dict[str, Alarm] = {
    "15022": _alarm("restart-pending"),
    "15028": _alarm("restart-pending"),
    "20004": _alarm(*_CLUSTER),
    "20006": _alarm(*_CLUSTER),
    "25002": _alarm("clock-skew"),
    "35013": _alarm(*TUNNEL_CAUSES),
    "35014": _alarm(*TUNNEL_CAUSES),
    "40001": _alarm("crl-expired"),
    "40002": _alarm("crl-expired"),
    "40006": _alarm("crl-expired"),
    "40007": _alarm("crl-expired"),
    "40040": _alarm("traversal-tls-verify-off"),
    "40049": _alarm("cluster-permissive", silent=True),
    "40051": _alarm("cms-join-url-missing"),
    "40052": _alarm("cn-missing"),
    "40068": _alarm("server-cert-expired", "server-cert-expiring"),
    "40069": _alarm("server-cert-expiring", "server-cert-expired"),
}
_TUNNEL_ALARMS = frozenset({"35013", "35014"})
_CLUSTER_ALARMS = frozenset({"20004", "20006"})


def alarm_number(sign: Sign) -> str | None:
    """The number of an alarm that bears on certificates; None for any other sign."""
    if sign.code is not SignCode.ALARM:
        return None
    number = sign.name if sign.name is not None else number_of_words(sign.detail)
    return number if number in ALARMS else None


def is_tunnel_alarm(sign: Sign) -> bool:
    """The SSH tunnels are down."""
    return alarm_number(sign) in _TUNNEL_ALARMS


def is_cluster_alarm(sign: Sign) -> bool:
    """The peers of the cluster do not reach each other."""
    return alarm_number(sign) in _CLUSTER_ALARMS
