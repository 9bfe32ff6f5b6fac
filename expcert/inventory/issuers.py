"""CA certificates that may stand above a certificate, out of everything uploaded in its workspace."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from diagnostics.pki.certificate import Certificate as CertificateFacts
from diagnostics.pki.errors import PkiError
from diagnostics.pki.loading import load_certificate
from expcert.inventory import storable
from expcert.inventory.models import Certificate

MOST = 500  # certificates loaded for one question; same-named ones are cheap to make


def with_issuers(workspace_id: UUID, sha256: str) -> tuple[CertificateFacts, list[CertificateFacts]] | None:
    """The certificate, and all whose names are issuers on the ways up from it; None where it is not stored.

    Only what the names lead to is loaded: a workspace holds thousands of certificates, a way up a few, and all of them
    together may be larger than the memory of the process that serves the page. Names choose what is looked at; who issued
    whom is for signatures to say.
    """
    stored = Certificate.objects.filter(workspace_id=workspace_id)
    own = stored.filter(sha256=sha256).values_list("der", flat=True).first()
    leaf = _loaded(bytes(own)) if own is not None else None
    if leaf is None:
        return None
    by_subject: dict[str, list[int]] = defaultdict(list)
    for pk, subject in stored.order_by("pk").values_list("pk", "subject").iterator():
        by_subject[_folded(subject)].append(pk)
    found: list[CertificateFacts] = []
    names = [_folded(storable.text(leaf.issuer.text))]
    while names and len(found) < MOST:
        wanted = [pk for name in dict.fromkeys(names) for pk in by_subject.pop(name, ())][: MOST - len(found)]
        rows = stored.filter(pk__in=wanted).order_by("pk").values_list("der", flat=True) if wanted else ()
        above = [issuer for der in rows if (issuer := _loaded(bytes(der))) is not None]
        found += above
        names = [_folded(storable.text(issuer.issuer.text)) for issuer in above]
    return leaf, found


def _folded(name: str) -> str:
    """As names are compared: without regard to case and runs of blanks (RFC 5280, 7.1)."""
    return " ".join(name.split()).casefold()


def _loaded(der: bytes) -> CertificateFacts | None:
    try:
        return load_certificate(der)
    except PkiError:  # stored by a release whose libraries were more lenient
        return None
