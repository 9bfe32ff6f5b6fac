"""CA certificates that may stand above a certificate, out of everything uploaded in its workspace."""

from __future__ import annotations

from collections import defaultdict, deque
from uuid import UUID

from diagnostics.pki.certificate import Certificate as CertificateFacts
from diagnostics.pki.errors import PkiError
from diagnostics.pki.loading import load_certificate
from expcert.inventory import storable
from expcert.inventory.models import Certificate

MOST = 500  # certificates loaded for one question; same-named ones are cheap to make


def with_issuers(workspace_id: UUID, sha256: str) -> tuple[CertificateFacts, list[CertificateFacts]] | None:
    """The certificate, and all whose names are issuers on the ways up from it; None where it is not stored.

    One query. Only what the names lead to is loaded: a workspace holds thousands of certificates, a way up a few. Names
    choose what is looked at; who issued whom is for signatures to say.
    """
    by_subject: dict[str, list[bytes]] = defaultdict(list)
    own: bytes | None = None
    rows = Certificate.objects.filter(workspace_id=workspace_id).values_list("sha256", "subject", "der")
    for stored, subject, der in rows.iterator():
        by_subject[_folded(subject)].append(bytes(der))
        if stored == sha256:
            own = bytes(der)
    leaf = _loaded(own) if own is not None else None
    if leaf is None:
        return None
    found: list[CertificateFacts] = []
    names = deque([_folded(storable.text(leaf.issuer.text))])
    while names and len(found) < MOST:
        for der in by_subject.pop(names.popleft(), ())[: MOST - len(found)]:
            issuer = _loaded(der)
            if issuer is not None:
                found.append(issuer)
                names.append(_folded(storable.text(issuer.issuer.text)))
    return leaf, found


def _folded(name: str) -> str:
    """As names are compared: without regard to case and runs of blanks (RFC 5280, 7.1)."""
    return " ".join(name.split()).casefold()


def _loaded(der: bytes) -> CertificateFacts | None:
    try:
        return load_certificate(der)
    except PkiError:  # stored by a release whose libraries were more lenient
        return None
