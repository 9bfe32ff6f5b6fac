"""What nodes reported of a finding: as plain values in the document, and in words."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from diagnostics.estate.observations import SignCode
from diagnostics.reports.values import source_values
from diagnostics.rules.base import N_, Before, Symptom

MOST = 50  # of one finding, the first of the order below; a list that a thousand strangers tripped over is one fault

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

# One sentence for each kind; `{peer}` is "the other end" where the node wrote none.
SIGNS: dict[str, str] = {
    SignCode.TLS_INBOUND_UNTRUSTED: N_("{node} refused the certificate of {peer}, which called it: {detail}."),
    SignCode.TLS_INBOUND_NAME: N_("{node} missed a name in the certificate of {peer}, which called it: {detail}."),
    SignCode.TLS_INBOUND_REJECTED: N_("{peer} called {node} and refused its certificate: {detail}."),
    SignCode.TLS_INBOUND_CLOSED: N_("{peer} called {node} and hung up in the TLS handshake: {detail}."),
    SignCode.TLS_INBOUND_OTHER: N_("{peer} called {node}, and the TLS handshake failed: {detail}."),
    SignCode.TLS_OUTBOUND_UNTRUSTED: N_("{node} called {peer} and refused its certificate: {detail}."),
    SignCode.TLS_OUTBOUND_NAME: N_("{node} called {peer} and missed a name in its certificate: {detail}."),
    SignCode.TLS_OUTBOUND_REJECTED: N_("{node} called {peer}, which refused its certificate: {detail}."),
    SignCode.TLS_OUTBOUND_CLOSED: N_("{node} called {peer}, which hung up in the TLS handshake: {detail}."),
    SignCode.TLS_OUTBOUND_OTHER: N_("{node} called {peer}, and the TLS handshake failed: {detail}."),
    SignCode.PROXY_UNTRUSTED: N_("The HTTP proxy of {node} did not trust the certificate of {peer}: {detail}."),
    SignCode.PROXY_NAME: N_("The HTTP proxy of {node} missed a name in the certificate of {peer}: {detail}."),
    SignCode.PROXY_REJECTED: N_("{peer} refused the certificate of {node} over HTTPS: {detail}."),
    SignCode.PROXY_FORBIDDEN: N_("The HTTP proxy of {node} turned requests away: {detail}."),
    SignCode.CREDENTIALS: N_("{node} saw wrong credentials in what it exchanged with {peer}: {detail}."),
    SignCode.UNREACHABLE: N_("{node} could not reach {peer}: {detail}."),
    SignCode.LOG_TAKEN: N_("There is a log of {node}."),
    SignCode.TLS_VERIFICATION_CHANGED: N_("On {node} the cluster TLS verification mode was changed: {detail}."),
    SignCode.CERTIFICATE_CHANGED: N_("On {node} certificates were changed: {detail}."),
    SignCode.ALARM: N_("{node} raised an alarm: {detail}."),
    SignCode.ZONE_FAILED: N_("{node} showed zone “{name}” to {peer} as failed: {detail}."),
    SignCode.TUNNELS_DOWN: N_("{node} showed its SSH tunnels as down: {detail}."),
}
SEEN = (N_("Seen once."), N_("Seen {count} times."))
SEEN_LAST = (N_("Seen once, at {last}."), N_("Seen {count} times, last at {last}."))
BEFORE: dict[str, str] = {
    Before.ISSUED: N_("Last seen before the certificate in place was issued ({changed})."),
    Before.CHANGED: N_("Last seen before the node logged a change of its certificates or settings ({changed})."),
}
EXPECTED = N_("The name that was looked for: {name}.")
PRESENTED = N_("Names in the certificate, as the log has them: {names}.")
_NAMED = (SignCode.TLS_INBOUND_NAME, SignCode.TLS_OUTBOUND_NAME, SignCode.PROXY_NAME)
_STATUS = (SignCode.ZONE_FAILED, SignCode.TUNNELS_DOWN, SignCode.ALARM)
# The port of a sign is the server's; of these the node itself is the server.
_INBOUND = frozenset(code.value for code in SignCode if code.value.startswith("tls-inbound-"))
_OTHER_END, _OTHER_END_FIRST = N_("the other end"), N_("The other end")


def symptom_values(symptoms: Iterable[Symptom]) -> list[dict[str, Any]]:
    """JSON values: what logs tell before what a status shows, of each what goes on and is seen most often first.

    Pages and texts show the first few: a fault seen 412 times must not hide behind thirty that were seen once.
    """
    ordered = sorted(symptoms, key=lambda item: item.sign.last or "", reverse=True)
    ordered.sort(key=lambda item: (item.sign.code in _STATUS, item.before is not None, -item.sign.count))
    return [
        {
            "code": item.sign.code.value,
            "node": item.node,
            "peer": item.peer,
            "port": item.sign.port,
            "count": item.sign.count,
            "first": _moment(item.sign.first),
            "last": _moment(item.sign.last),
            "name": item.sign.name,
            "presented": list(item.sign.presented),
            "detail": item.sign.detail,
            "before": item.before.value if item.before else None,
            "changed": item.changed,
            "source": source_values(item.sign.source),
        }
        for item in ordered[:MOST]
    ]


def _moment(said: str | None) -> str | None:
    """As the report promises moments; None for what a reader wrote in another form."""
    return said if said and _MOMENT.fullmatch(said) else None


def rendered_symptom(
    symptom: Mapping[str, Any], translate: Callable[[str], str], counted: Callable[..., str]
) -> dict[str, Any]:
    """With what happened as `sentence`, how often and when as `seen`, and why it may be over as `doubt`."""
    template = translate(SIGNS.get(symptom["code"], "{code}: {detail}"))
    unnamed = _OTHER_END_FIRST if template.startswith("{peer}") else _OTHER_END
    node, peer = symptom["node"], symptom["peer"] or translate(unnamed)
    if symptom["port"] and symptom["code"] in _INBOUND:
        node = _with_port(node, symptom["port"])
    elif symptom["port"] and symptom["peer"]:
        peer = _with_port(peer, symptom["port"])
    words = {**symptom, "node": node, "peer": peer, "detail": symptom["detail"].rstrip(".") or "…"}
    sentence = template.format_map(words)
    if symptom["name"] and symptom["code"] in _NAMED:
        sentence += " " + translate(EXPECTED).format(name=symptom["name"])
    if symptom["presented"]:
        sentence += " " + translate(PRESENTED).format(names=", ".join(symptom["presented"]))
    forms = SEEN_LAST if symptom["last"] else SEEN
    doubt = translate(BEFORE[symptom["before"]]).format(changed=_words(symptom["changed"])) if symptom["before"] else ""
    return {
        **symptom,
        "sentence": sentence,
        "seen": counted(forms, symptom["count"], last=_words(symptom["last"])),
        "doubt": doubt,
    }


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _words(moment: str | None) -> str:
    """ "2026-01-15T10:30:00Z" -> "2026-01-15 10:30 UTC"."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""
