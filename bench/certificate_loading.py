"""Prints how many certificates are loaded each second from one PEM bundle, beside what cryptography alone needs.

    python bench/certificate_loading.py

1. Bare loading is given every block cut out beforehand and parses it. Here the blocks are found in the bundle, parsed,
   and known by the SHA-256 of their DER.
2. The same, and that SHA-256 of the bare one too.
3. The same, and every field that a diagnosis reads, which both libraries decode when it is first asked for.
"""

import hashlib
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from diagnostics.pki.loading import load
from diagnostics.samples.authority import root

EXTENSIONS = (
    x509.SubjectAlternativeName,
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectKeyIdentifier,
    x509.AuthorityKeyIdentifier,
    x509.CRLDistributionPoints,
    x509.AuthorityInformationAccess,
)
COUNT, ROUNDS = 2_000, 7
AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Certificates per second of both, medians of rounds that took turns; `ratio`: how many times as long it takes here."""

    what: str
    bare: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.bare / self.ours


def certificates_per_second(count: int = COUNT) -> tuple[Speed, ...]:
    """Measures on `count` leaf certificates of a CA, RSA-2048 and P-256 in turn; the first one is the bar's."""
    blocks = _blocks(count)
    bundle = b"".join(blocks)
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "loaded": (
            lambda: [x509.load_pem_x509_certificate(block) for block in blocks],
            lambda: load(bundle, most=count),
        ),
        "and fingerprints": (
            lambda: [_fingerprint(x509.load_pem_x509_certificate(block)) for block in blocks],
            lambda: [found.certificate.sha256 for found in load(bundle, most=count).certificates],
        ),
        "and every field": (
            lambda: [_fields(x509.load_pem_x509_certificate(block)) for block in blocks],
            lambda: [found.certificate.facts for found in load(bundle, most=count).certificates],
        ),
    }
    seconds: dict[str, tuple[list[float], list[float]]] = {what: ([], []) for what in pairs}
    for _ in range(ROUNDS):
        for what, pair in pairs.items():
            for contender, taken in zip(pair, seconds[what], strict=True):
                started = time.process_time()
                contender()
                taken.append(time.process_time() - started)
    return tuple(
        Speed(what=what, bare=count / statistics.median(bare), ours=count / statistics.median(ours))
        for what, (bare, ours) in seconds.items()
    )


def _blocks(count: int) -> list[bytes]:
    authority = root(at=AT, key="rsa")
    return [
        authority.issue(
            common_name=f"node{number}.example.com",
            dns=[f"node{number}.example.com", f"node{number}.internal.example.com"],
            key="rsa" if number % 2 else "ec",
        ).pem
        for number in range(count)
    ]


def _fingerprint(parsed: x509.Certificate) -> str:
    return hashlib.sha256(parsed.public_bytes(serialization.Encoding.DER)).hexdigest()


def _fields(parsed: x509.Certificate) -> tuple[object, ...]:
    """What `Facts` holds, as cryptography gives it."""
    names = (parsed.subject, parsed.issuer)
    key = parsed.public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    extensions = []
    for kind in EXTENSIONS:
        try:
            extensions.append(parsed.extensions.get_extension_for_class(kind).value)
        except x509.ExtensionNotFound:
            extensions.append(None)
    return (
        _fingerprint(parsed),
        [(name.rfc4514_string(), [(item.oid.dotted_string, item.value) for item in name]) for name in names],
        parsed.serial_number,
        (parsed.not_valid_before_utc, parsed.not_valid_after_utc),
        (key.key_size, hashlib.sha256(spki).hexdigest()),
        parsed.signature_algorithm_oid.dotted_string,
        extensions,
    )


def main() -> None:
    print(f"{'certificates per second':30}{'bare':>12}{'here':>12}{'ratio':>8}")
    for speed in certificates_per_second():
        print(f"{speed.what:30}{speed.bare:12,.0f}{speed.ours:12,.0f}{speed.ratio:8.2f}")


if __name__ == "__main__":
    main()
