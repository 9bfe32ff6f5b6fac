"""The CA certificates that browsers trust, as dated data: Mozilla's list, as the package certifi ships it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import certifi

from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load

_MOST = 1_000  # certificates; the list had 117 in 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCas:
    """Roots by their SHA-256; `as_of` is the day of the list, None where its version does not say."""

    as_of: date | None
    certificates: Mapping[str, Certificate]


@lru_cache(maxsize=1)
def public_cas() -> PublicCas:
    """Read at the first call and kept: some 40 ms and 2 MB."""
    loaded = load(certifi.contents().encode("utf-8"), most=_MOST)
    return PublicCas(
        as_of=_day(certifi.__version__),
        certificates={found.certificate.sha256: found.certificate for found in loaded.certificates},
    )


def _day(version: str) -> date | None:
    """certifi's versions are days: 2026.10.18."""
    try:
        year, month, day = (int(number) for number in version.split(".")[:3])
        return date(year, month, day)
    except ValueError:
        return None
