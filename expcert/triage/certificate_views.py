"""Certificates to take away, for members: files converted, and the CA certificates of a certification path."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from diagnostics.pki.certification_path import CertificationPath
from expcert.accounts.access import get_or_404
from expcert.inventory.services import certificates_by_fingerprint
from expcert.triage import downloads, report_pages
from expcert.triage.certificate_paths import path_of, path_page
from expcert.triage.models import Diagnosis
from expcert.triage.views import report_view


@require_GET
def converted(request: HttpRequest, pk: UUID, number: int, what: str) -> HttpResponse:
    """The server certificate or the CA certificates of one file, as Expressway takes them."""
    if what not in (downloads.SERVER, downloads.AUTHORITIES):
        raise Http404
    found = downloads.converted(_diagnosis(request, pk), number, what)
    if found is None:
        raise Http404
    return downloads.pem_response(*found)


@require_GET
def certificate(request: HttpRequest, pk: UUID, sha256: str) -> HttpResponse:
    """One certificate of the diagnosis."""
    row = _diagnosis(request, pk)
    if sha256 not in (row.document or {}).get("certificates", {}):
        raise Http404
    found = certificates_by_fingerprint(row.deployment, [sha256])
    if not found:
        raise Http404
    return downloads.pem_response(f"{downloads.plain(found[0].subject.short)}.pem", found)


@require_GET
def path(request: HttpRequest, pk: UUID, sha256: str) -> HttpResponse:
    """The CA certificates of a certificate's path: which, who has them, and what is to be fetched by hand."""
    view = report_view(request, pk)
    assert view.diagnosis is not None
    found = path_of(view.diagnosis, sha256)
    if found is None:
        raise Http404
    return report_pages.page(request, view, "certificate_path", certificate=path_page(view.pages, found))


@require_GET
def path_pem(request: HttpRequest, pk: UUID, sha256: str) -> HttpResponse:
    """All CA certificates of the path in one file, root first."""
    found = _path(request, pk, sha256)
    return downloads.pem_response(f"ca-of-{downloads.plain(found.leaf.subject.short)}.pem", found.authorities)


@require_GET
def path_zip(request: HttpRequest, pk: UUID, sha256: str) -> HttpResponse:
    """Each CA certificate of the path as a file of its own, numbered in upload order."""
    found = _path(request, pk, sha256)
    files = [(name, step.certificate) for name, step in downloads.numbered(found.chosen) if not step.outdated]
    return downloads.zip_response(f"ca-of-{downloads.plain(found.leaf.subject.short)}.zip", files)


@require_GET
def path_step(request: HttpRequest, pk: UUID, sha256: str, number: int) -> HttpResponse:
    """One CA certificate of the path by its number."""
    files = downloads.numbered(_path(request, pk, sha256).chosen)
    if not 1 <= number <= len(files):
        raise Http404
    name, step = files[number - 1]
    return downloads.pem_response(name, [step.certificate])


def _path(request: HttpRequest, pk: UUID, sha256: str) -> CertificationPath:
    """Raises Http404 where there is no CA certificate to give."""
    found = path_of(_diagnosis(request, pk), sha256)
    if found is None or not found.authorities:
        raise Http404
    return found


def _diagnosis(request: HttpRequest, pk: UUID) -> Diagnosis:
    return get_or_404(Diagnosis.objects.select_related("deployment"), request.user, pk)
