"""What OpenSSL's and Expressway's words for a failed handshake mean.

The texts of OpenSSL are general knowledge: X509_verify_cert_error_string(3) for what this side verified, and the alerts
of RFC 8446, section 6, as SSL_alert_desc_string_long(3) writes them, for what the other side sent. OpenSSL 3 writes
"self-signed" where older ones write "self signed".
"""

import re
from enum import StrEnum


class Trouble(StrEnum):
    """What was wrong with the certificate in the eyes of the side that refused it."""

    TRUST = "trust"  # no path to a trusted root
    NAME = "name"
    VALIDITY = "validity"
    PURPOSE = "purpose"
    REVOCATION = "revocation"
    ANY = "any"  # some fault of the certificate, the words do not say which
    NONE = "none"  # no certificate was presented where one was asked for
    OTHER = "other"  # nothing that concerns a certificate


_VERIFIED: tuple[tuple[str, Trouble], ...] = (
    (r"identity was unacceptable", Trouble.NAME),
    (r"(?:host ?name|ip address|email address) mismatch", Trouble.NAME),
    (r"not in certificate", Trouble.NAME),
    (r"certificate has expired|certificate is not yet valid|not (?:before|after) field", Trouble.VALIDITY),
    (r"unsupported certificate purpose|unsuitable certificate purpose|certificate rejected", Trouble.PURPOSE),
    (r"certificate revoked|\bcrl\b|revocation|ocsp", Trouble.REVOCATION),
    (r"self[ -]signed certificate|unable to get (?:local )?issuer certificate", Trouble.TRUST),
    (r"unable to verify the (?:first|leaf) certificate|certificate not trusted|invalid ca certificate", Trouble.TRUST),
    (r"certificate signature failure|certificate chain too long|path length constraint", Trouble.TRUST),
    (r"(?:subject )?issuer mismatch|key ?id(?:entifier)? mismatch|ca key too small|ca md too weak", Trouble.TRUST),
    (r"certificate verif(?:y|ication) failed", Trouble.TRUST),
)
# OpenSSL 3 writes "ssl/tls alert" where older ones write "sslv3 alert".
_ALERTS: tuple[tuple[str, Trouble], ...] = (
    (r"unknown ca", Trouble.TRUST),
    (r"certificate expired", Trouble.VALIDITY),
    (r"certificate revoked|bad certificate status response", Trouble.REVOCATION),
    (r"unsupported certificate", Trouble.PURPOSE),
    (r"certificate unknown|bad certificate", Trouble.ANY),
    (r"no certificate|certificate required", Trouble.NONE),
)
_ALERT = re.compile(r"\balert\b", re.IGNORECASE)
_CLOSED = re.compile(r"no ssl error available|got eof on socket|unexpected eof|connection reset", re.IGNORECASE)
_COMPILED = {
    kind: tuple((re.compile(pattern, re.IGNORECASE), trouble) for pattern, trouble in table)
    for kind, table in (("verified", _VERIFIED), ("alerts", _ALERTS))
}


def is_alert(words: str) -> bool:
    """The other side sent it: that side refused what it was shown."""
    return _ALERT.search(words) is not None


def is_closed(words: str) -> bool:
    """The connection ended without an alert."""
    return _CLOSED.search(words) is not None


def trouble_of(words: str) -> Trouble:
    """What the words say of a certificate; `OTHER` where they say nothing of one."""
    for pattern, trouble in _COMPILED["alerts" if is_alert(words) else "verified"]:
        if pattern.search(words):
            return trouble
    return Trouble.OTHER


def reason_of(openssl: str) -> str:
    """ "error:14094418:SSL routines:ssl3_read_bytes: tlsv1 alert unknown ca" -> "tlsv1 alert unknown ca"."""
    return openssl.rpartition(":")[2].strip() if openssl.startswith("error:") else openssl.strip()
