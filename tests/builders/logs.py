"""Lines of event, developer and traffic-server logs, in the form of published ones, and logs made of them.

The numbers are those of the table of log lines in docs/uploads.md.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from diagnostics.readers.base import Kind
from diagnostics.samples.authority import root
from tests.builders import Built

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
THREAD = "0x7f930adab700"
EXPC, EXPE, CALLER = "192.0.2.11", "198.51.100.21", "203.0.113.45"
IDENTITY = "Peer's TLS certificate identity was unacceptable"
SELF_SIGNED = "self signed certificate in certificate chain"
ALERT = "sslv3 alert certificate unknown"
CLOSED = "No SSL error available, probably remote disconnect"


def inbound(detail: str, *, peer: str = CALLER, source: int = 59720, port: int = 5062, here: str = EXPE) -> str:
    """1, 2, 3: a caller's handshake failed."""
    return (
        f'tvcs: Event="Inbound TLS Negotiation Error" Service="SIP" Src-ip="{peer}" Src-port="{source}" '
        f'Dst-ip="{here}" Dst-port="{port}" Detail="{detail}" Protocol="TLS" Level="1"'
    )


def outbound(detail: str, *, peer: str = EXPE, port: int = 7001, here: str = EXPC, name: str = "") -> str:
    """4, 5: a handshake that the node began failed."""
    expected = f' Common-name="{name}"' if name else ""
    return (
        f'tvcs: Event="Outbound TLS Negotiation Error" Service="SIP" Src-ip="{here}" Src-port="25697" '
        f'Dst-ip="{peer}" Dst-port="{port}" Detail="{detail}" Protocol="TLS"{expected} Level="1"'
    )


def ssl_error(
    reason: str | None,
    *,
    served: bool = True,
    here: str = f"{EXPE}:5062",
    peer: str = f"{CALLER}:59720",
    thread: str = THREAD,
) -> str:
    """6, 7, 8: the SSL module's own words; without a reason the connection was torn down."""
    said = f' ssl_error_reason="{reason}"' if reason else ""
    return (
        'tvcs: Module="developer.ssl" Level="ERROR" CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(68)" '
        f'Method="::TTSSLErrorOutput" Thread="{thread}": TTSSL_continueHandshake: Failed to establish SSL connection '
        f'iResult="-1" error="{1 if reason else 5}" bServer="{str(served).lower()}" '
        f"localAddress=\"['IPv4''TCP''{here}']\" remoteAddress=\"['IPv4''TCP''{peer}']\"{said}"
    )


def handshake(detail: str, *, thread: str = THREAD) -> str:
    """9: "Handshake Failed", "Handshake succeeded"."""
    return (
        'tvcs: Module="developer.ssl" Level="DEBUG" CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(1997)" '
        f'Method="::ttssl_continueHandshake" Thread="{thread}": Detail="{detail}" Reason="want error ssl"'
    )


def carried(common_name: str, *alt_names: str, thread: str = THREAD) -> list[str]:
    """10: the names in the peer's certificate, a line each."""
    head = 'tvcs: Module="developer.ssl" Level="DEBUG" CodeLocation="ppcmains/ssl/ttssl/ttssl_openssl.cpp(1629)"'
    first = (
        f'{head} Method="::TTSSL_retrieveCommonName" Thread="{thread}": '
        f'Detail="Found common name in peer certificate" CommonName="{common_name}"'
    )
    return [
        first,
        *(
            f'{head} Method="::TTSSL_retrieveAltNames" Thread="{thread}": '
            f'Detail="Found DNS alt-name in peer certificate" AltName="{name}"'
            for name in alt_names
        ),
    ]


def closed(reason: str, *, peer: str = CALLER, source: int = 59720, here: str = EXPE, port: int = 5062) -> str:
    """11: the TCP connection went down."""
    return (
        f'tvcs: Module="network.tcp" Level="DEBUG":  Src-ip="{peer}" Src-port="{source}" Dst-ip="{here}" '
        f'Dst-port="{port}" Detail="TCP Connection Closed" Reason="{reason}"'
    )


def identities(*names: str, thread: str = THREAD) -> str:
    """12: the zone of an inbound certificate is looked for; the word is misspelt in the product."""
    common_name, *others = names
    told = ", ".join([f"CN: {common_name}", *(f"Alt-DNS: {name}" for name in others)])
    return (
        'tvcs: Module="developer.zone.zonemgr" Level="DEBUG" CodeLocation="ppcmains/oak/zones/ZoneManager.cpp(1226)" '
        f'Method="ZoneManager::getDNSZoneByTLSVerifySubjectName" Thread="{thread}": '
        f'Detail="getZoneByIdentities, match complete" Identitites="{{{told}}}" MatchMechanism="" MatchedZone="False"'
    )


CREDENTIALS = (
    'tvcs: Event="Authentication Failed" Service="SIP" Src-ip="192.0.2.11" Src-port="25723" '
    'Detail="Incorrect authentication credential for user" Protocol="TLS" Method="OPTIONS" '
    'Username="traversal" Level="1"'
)  # 13


def proxy_failed(
    server: str = "cucm1.example.com", words: str = "tlsv1 alert unknown ca", code: str = "14094418"
) -> str:
    """14"""
    return (
        f"traffic_server[2030]:[ET_NET 1]ERROR:SSL connection failed for '{server}':error:{code}: "
        f"SSL routines:ssl3_read_bytes:{words}"
    )


def proxy_untrusted(
    server: str = "cucm1.example.com", words: str = "unable to get local issuer certificate", action: str = "Terminate"
) -> str:
    """15"""
    return (
        f"traffic_server[2030]: [ET_NET 1] WARNING: Core server certificate verification failed for ({server}). "
        f"Action={action} Error={words} server={server}(192.0.2.31) depth=0"
    )


def proxy_name(server: str = "cucm1.example.com", sni: str = "cucm1", action: str = "Terminate") -> str:
    """16"""
    return (
        f"traffic_server[2030]: [ET_NET 1] WARNING: SNI ({sni}) not in certificate. "
        f"Action={action} server={server}(192.0.2.31)"
    )


FORBIDDEN = 'traffic_server[15550]: Event="Sending HTTP error response" Status="403" Reason="Forbidden"'  # 17


def unreachable(server: str = "expe1.example.com", port: int = 7400) -> str:
    """18"""
    return (
        'XCP_JABBERD[23843]: Module="Jabber" Level="ERROR" CodeLocation="mio.c:1121" '
        f"Detail=\"Unable to connect to host '{server}', port {port} :(111) Connection refused\""
    )


def user_failed(server: str = "cucm1.example.com") -> str:
    """19"""
    return (
        'edgeconfigprovisioning: Level="INFO" Detail="Failed to authenticate user against server" Username="alice" '
        f"Server=\"('https', '{server}', 8443)\" Reason=\"<HTTPError: 401>\""
    )


def alarm(number: str = "20006", detail: str = "Cluster database communication failure: It cannot replicate") -> str:
    """20"""
    return (
        f'alarm: Level="WARN" Event="Alarm Raised" Id="{number}" UUID="0f96695e-d954-4f6f-85c1-2ef1eae6f764" '
        f'Severity="warning" Detail="{detail}"'
    )


def verification_changed(old: str = "Permissive", new: str = "Enforcing", *, node: str | None = None) -> str:
    """21: as the web interface logs it, or with `node` as the database of that peer does."""
    if node is None:
        return (
            'httpd[15060]: web: Event="System Configuration Changed" Detail="configuration/cluster/tls_verify - changed '
            f'from: \'{old}\' to: \'{new}\'" Src-ip="192.0.2.200" Src-port="50000" User="admin" Level="1"'
        )
    return (
        f'management: Level="INFO" Event="System Configuration Changed" Node="clusterdb@{node}" PID="<0.1.0>" '
        f'Detail="xconfiguration clusterConfiguration tls_verify - changed from: {old} to: {new}"'
    )


def replication(*peers: tuple[str, str], own: int = 0) -> str:
    """22: address and name of each peer."""
    told = ", ".join(f"u'({address} {name})'" for address, name in peers)
    return (
        f'replication: Level="INFO" Detail="Peers" AlternateIPAddresses="[{told}]" ConfigurationMasterIndex="0" '
        f'LocalPeerIndex="{own}"'
    )


CERTIFICATE_CHANGED = (  # 23
    'httpd[15060]: web: Event="Certificate Management" Detail="Server certificate uploaded" User="admin" Level="1"'
)

# What an ordinary log is full of, and what says nothing.
_ENDS = 'Src-ip="192.0.2.11" Src-port="25001" Dst-ip="198.51.100.21" Dst-port="7001"'
ORDINARY = (
    f'tvcs: Module="network.tcp" Level="DEBUG":  {_ENDS} Detail="TCP Connection Established"',
    f'tvcs: Module="network.sip" Level="DEBUG":  Action="Received" {_ENDS} Msg-Hash="8183729018273645"',
    f'tvcs: Event="Registration Accepted" Service="SIP" {_ENDS} Protocol="TLS" Level="1"',
    'tvcs: Event="Call Attempted" Service="SIP" Src-alias-type="SIP" Src-alias="sip:alice@example.com" Level="1"',
)
EVERY_LINE: tuple[str, ...] = (
    *carried("sip.partner.example.org", "sip.partner.example.org", "partner.example.org"),
    inbound(SELF_SIGNED),
    inbound(IDENTITY, peer="203.0.113.46"),
    inbound(ALERT, peer="203.0.113.47"),
    outbound(IDENTITY, name=EXPE),
    outbound(CLOSED, peer="203.0.113.48", port=5061),
    ssl_error("error:14089086:SSL routines:ssl3_get_client_certificate:certificate verify failed"),
    ssl_error(f"error:14094416:SSL routines:ssl3_read_bytes:{ALERT}", peer="203.0.113.47:59720"),
    ssl_error(None, served=False, here=f"{EXPC}:25697", peer="203.0.113.48:5061"),
    handshake("Handshake Failed"),
    closed(SELF_SIGNED),
    identities("sip.partner.example.org", "partner.example.org"),
    CREDENTIALS,
    proxy_failed(),
    proxy_untrusted("imp1.example.com"),
    proxy_name(),
    FORBIDDEN,
    unreachable(),
    user_failed(),
    alarm(),
    verification_changed(),
    replication(("192.0.2.11", "expe1"), ("192.0.2.12", "expe2")),
    CERTIFICATE_CHANGED,
)


def stamped(body: str, moment: datetime = AT, *, host: str = "expe1", utc: bool = True) -> str:
    """The line with time and host; UTCTime where it is one of keys and values and `utc` says so."""
    head = f"{moment.isoformat(timespec='milliseconds')} {host} {body}"
    if not utc or not (" Event=" in body or " Detail=" in body or " Module=" in body):
        return head
    return f'{head} UTCTime="{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"'


def log_of(
    bodies: Iterable[str], *, host: str = "expe1", at: datetime = AT, apart: float = 1.0, end: str = "\n"
) -> bytes:
    """A log of these lines, `apart` seconds between one and the next."""
    lines = (stamped(body, at + timedelta(seconds=number * apart), host=host) for number, body in enumerate(bodies))
    return "".join(f"{line}{end}" for line in lines).encode()


def _valid() -> bytes:
    return log_of((*ORDINARY, *EVERY_LINE, *ORDINARY), apart=0.01)


def _malformed() -> bytes:
    """Somebody pasted a certificate into it."""
    pasted = root(at=AT).pem.decode()
    return log_of(ORDINARY) + pasted.encode() + log_of(EVERY_LINE, apart=0.01)


BUILT: tuple[Built, ...] = (Built(kind=Kind.LOG, title="diagnostic log", valid=_valid, malformed=_malformed),)
