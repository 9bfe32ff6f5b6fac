"""Small things that the pages of a report are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from expcert.triage.addresses import ReportAddresses
from expcert.triage.models import Severity, Verdict

register = template.Library()

# Shapes differ, so that no meaning hangs on colour alone. Drawn on 16 by 16, in the colour of the text around them.
_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"'
_SHAPES = {
    "critical": '<path fill="currentColor" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/>'
    '<path class="icon-hole" d="M8 4.5v4.2M8 11.4v.1" stroke-width="1.8" stroke-linecap="round"/>',
    "high": '<path fill="currentColor" d="M8 1.2 15.3 14.4H.7z"/>'
    '<path class="icon-hole" d="M8 6v4M8 12.2v.1" stroke-width="1.7" stroke-linecap="round"/>',
    "medium": '<path fill="currentColor" d="M8 .8 15.2 8 8 15.2.8 8z"/>'
    '<path class="icon-hole" d="M8 5v3.6M8 11v.1" stroke-width="1.7" stroke-linecap="round"/>',
    "low": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="M5 8h6" {_STROKE}/>',
    "info": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="M8 7.4v3.8M8 4.8v.1" {_STROKE}/>',
    "ok": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="m5 8.3 2.1 2.1L11.2 6" {_STROKE}/>',
    "unknown": f'<circle cx="8" cy="8" r="6.4" stroke-dasharray="2.4 2.2" {_STROKE}/>'
    f'<path d="M6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.6.3-.8.6-.8 1.3M8 11.6v.1" {_STROKE}/>',
    "added": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="M8 5v6M5 8h6" {_STROKE}/>',
    "pending": f'<circle cx="8" cy="8" r="6.4" stroke-dasharray="2.4 2.2" {_STROKE}/>',
    "missing": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {_STROKE}/>',
    "wait": f'<circle cx="8" cy="8" r="6.4" {_STROKE}/><path d="M8 4.6V8l2.2 1.6" {_STROKE}/>',
    "share": f'<path d="M10 2h4v4M14 2 7.5 8.5M12 9.5V13a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h3.5" {_STROKE}/>',
    "download": f'<path d="M8 2v8m0 0 3-3m-3 3L5 7M2.5 13.5h11" {_STROKE}/>',
    "upload": f'<path d="M8 10.5v-8m0 0-3 3m3-3 3 3M2.5 13.5h11" {_STROKE}/>',
    "again": f'<path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3" {_STROKE}/>',
    "copy": f'<rect x="5.5" y="5.5" width="8" height="8.5" rx="1" {_STROKE}/><path d="M3 10.5H2.5v-8h8V3" {_STROKE}/>',
}
# Words of a report that have a shape of another name.
_ALIASES = {
    "broken": "critical",
    "at-risk": "medium",
    "healthy": "ok",
    "works": "ok",
    "fails": "missing",
    "holds": "ok",
    "violated": "missing",
    "cannot-tell": "unknown",
    "does-not-apply": "low",
    "there": "ok",
    "sent": "low",
    "done": "ok",
    "now": "wait",
    "waiting": "pending",
    "failed": "missing",
    "read": "ok",
    "partly": "medium",
    "not-read": "low",
    "refused": "missing",
    "replaced": "again",
    "removed": "low",
    "applied": "ok",
    "discarded": "low",
}


_STATES = {
    "works": _("works"),
    "fails": _("fails"),
    "holds": _("holds"),
    "violated": _("fails"),
    "cannot-tell": _("cannot tell"),
    "does-not-apply": _("does not apply"),
    "there": _("there"),
    "missing": _("missing"),
    "sent": _("sent by the peer"),
    "ok": _("match"),
    "unknown": _("not known"),
    "read": _("read"),
    "partly": _("partly read"),
    "not-read": _("not read"),
    "refused": _("refused"),
    "added": _("added"),
    "replaced": _("replaced"),
    "removed": _("removed"),
    "applied": _("applied"),
    "waiting": _("waits for an answer"),
    "discarded": _("discarded"),
    "failed": _("failed"),
    "now": _("being read"),
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing for a word that stands beside it; hidden from screen readers, which read the word."""
    shape = _SHAPES[_ALIASES.get(name, name)]
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(shape),  # noqa: S308  (from the table above)
    )


@register.inclusion_tag("components/_state.html")
def severity(code: str) -> dict[str, Any]:
    """A severity as shape and word."""
    return {"code": code, "word": Severity(code).label}


@register.inclusion_tag("components/_state.html")
def verdict(code: str) -> dict[str, Any]:
    """A verdict on an estate as shape and word."""
    return {"code": code, "word": Verdict(code).label}


@register.inclusion_tag("components/_state.html")
def state(code: str) -> dict[str, Any]:
    """Any other state of a report as shape and word."""
    return {"code": code, "word": _STATES.get(code, code)}


@register.inclusion_tag("components/_aspect.html")
def aspect(name: str, outcome: str) -> dict[str, Any]:
    """What a side of a connection verifies, and what came of it."""
    words = {"chain": _("chain"), "name": _("name"), "usage": _("usage"), "validity": _("dates")}
    return {"code": outcome, "word": words.get(name, name), "outcome": _STATES.get(outcome, outcome)}


@register.simple_tag
def trust_node_address(addresses: ReportAddresses, number: int) -> str:
    return addresses.trust_node(number)


@register.simple_tag
def pem_address(addresses: ReportAddresses, number: int) -> str:
    """Where the missing certificates of a list can be had; empty behind a share link."""
    return addresses.pem(number)


@register.simple_tag
def converted_address(addresses: ReportAddresses, number: int, what: str) -> str:
    """Where a half of a file can be had in the right form; empty behind a share link."""
    return addresses.converted(number, what)


@register.simple_tag
def certificate_address(addresses: ReportAddresses, sha256: str) -> str:
    """Where one certificate can be had; empty behind a share link."""
    return addresses.certificate(sha256)


@register.simple_tag
def path_address(addresses: ReportAddresses, sha256: str) -> str:
    """The page with the CA certificates of a certificate's path; empty behind a share link."""
    return addresses.path(sha256)


@register.simple_tag
def path_file_address(addresses: ReportAddresses, sha256: str, what: str) -> str:
    return addresses.path_file(sha256, what)


@register.simple_tag
def path_step_address(addresses: ReportAddresses, sha256: str, number: int) -> str:
    return addresses.path_step(sha256, number)


@register.filter
def moment(text: str | None) -> datetime | None:
    """A time of the report (RFC 3339), for Django's `date` filter; None where there is none."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def short(sha256: str | None) -> str:
    """The beginning of a fingerprint, enough to tell two apart by eye."""
    return sha256[:16] if sha256 else ""


@register.filter
def outdated(certificate: Mapping[str, Any], at: datetime) -> bool:
    """Outside its dates at that moment; what cannot be read is not called so."""
    start, end = moment(certificate["not_before"]), moment(certificate["not_after"])
    return (start is not None and at < start) or (end is not None and at > end)
