"""What stands in the file of a server or client certificate beside that certificate, and in which order."""

from collections.abc import Iterator

from diagnostics.estate.model import Node
from diagnostics.estate.observations import Role, Slot
from diagnostics.pki.loading import Form
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Severity, Wording
from diagnostics.rules.handed_in import HandedIn, handed_in
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

_SLOTS = (Slot.SERVER, Slot.CLIENT)
_APPLIES = N_("Every file that belongs in the server or client certificate slot of an Expressway.")
_SPLIT = N_(
    "Part the file: the certificate of {node} in a file of its own, the CA certificates in others. The Files page of this "
    "diagnosis offers it parted like that, the CA certificates root first."
)
_APPEND = N_("On {node}: {menu_trusted_ca}, Choose File, Append CA certificate, for each CA certificate, root first.")
_FIRST_LINE = N_(
    "openssl x509 -in FILE -noout -subject names the first certificate of the file: it must be that of {node}."
)


@rule(
    "cert-file-issuer-first",
    name=N_("In the file of a server certificate a CA certificate stands before it"),
    severity=Severity.HIGH,
    confidence=Confidence.GENERAL,
    applies=_APPLIES,
    sources=("RFC8446", "X155-CERT"),
    wordings={
        "plain": Wording(
            title=N_("In {file} CA certificates stand before the {slot} certificate of {node}"),
            explanation=N_(
                "The certificate of {node} ({subject}) comes after {before}. Programs that load such a file take its "
                "first certificate for the node's own, and the private key of the node does not belong to that one."
            ),
            impact=N_(
                "The upload is refused because key and certificate do not belong together; or a node that takes it "
                "presents a CA certificate, and every peer refuses it."
            ),
            steps=(_SPLIT, _APPEND, N_("Then upload the file with the certificate of {node} alone.")),
            verify=_FIRST_LINE,
        ),
        "installed": Wording(
            title=N_("The file of the {slot} certificate of {node} begins with a CA certificate"),
            explanation=N_(
                "What {node} itself gave out as its {slot} certificate, {file}, has {before} before {subject}. Programs "
                "that load such a file take its first certificate for the node's own."
            ),
            impact=N_(
                "Whoever loads the file as it stands presents a CA certificate. What {node} does with it cannot be seen "
                "in a file; peers that refuse it show that it is taken so."
            ),
            steps=(
                N_("openssl s_client -connect {node}:5061 -showcerts shows which certificate {node} presents first."),
                N_("If it is not its own, put the file in order and upload it again at {menu_server_certificate}."),
                _SPLIT,
                _APPEND,
            ),
            verify=_FIRST_LINE,
        ),
    },
    note=N_("How Expressway's upload page takes such a file is not documented; TLS wants the node's own first."),
)
def cert_file_issuer_first(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """A CA certificate before the leaf, in the order of the file."""
    files = handed_in(view)
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for slot in _SLOTS:
            installed = node.certificates.get(slot)
            if installed is None:
                continue
            before = _before(files, installed.file.source.path, installed.certificate.sha256)
            if not before:
                yield say.holds(at_node(node))
                continue
            yield say.violated(
                at_node(node),
                variant="installed" if installed.proven else "plain",
                severity=Severity.MEDIUM if installed.proven else Severity.HIGH,
                file=installed.file.source.file_path,
                certificates=(installed.certificate,),
                evidence=(installed.file.source, installed.source),
                release=_release(node),
                key=f"{slot.value} {installed.file.source.path}",
                cause=f"file {installed.file.source.path}",
                slot=slot.value,
                subject=installed.certificate.subject.short,
                before=before,
            )
    yield from _waiting(view, say, files)


def _waiting(view: View, say: Say, files: HandedIn) -> Iterator[Finding]:
    """Files that are yet to be installed, such as a renewal beside the archive that shows what it renews."""
    nodes = {node.fqdn: node for node in view.deployment.nodes()}
    for question in view.deployment.questions:
        place = next((item for item in question.candidates if item.slot in _SLOTS and item.node in nodes), None)
        certificate = view.deployment.certificates.get(question.certificate or "")
        _, file = files.latest.get(question.source.path, (0, None))
        if place is None or place.slot is None or certificate is None or file is None or file.form != Form.PEM.value:
            continue
        before = _before(files, question.source.path, certificate.sha256)
        if before:
            node = nodes[place.node]
            yield say.violated(
                at_node(node),
                variant="plain",
                severity=Severity.MEDIUM,
                file=file.source.file_path,
                certificates=(certificate,),
                evidence=(file.source,),
                release=_release(node),
                key=f"{place.slot.value} {file.source.path}",
                cause=f"file {file.source.path}",
                slot=place.slot.value,
                subject=certificate.subject.short,
                before=before,
            )


def _before(files: HandedIn, path: str, leaf: str) -> tuple[str, ...]:
    """Names of the CA certificates that stand before it, in the order of the file."""
    _, file = files.latest.get(path, (0, None))
    if file is None or leaf not in file.certificates:
        return ()
    earlier = frozenset(file.certificates[: file.certificates.index(leaf)])
    if not earlier:
        return ()
    hosts = {item.certificate.sha256 for item in files.hosts(file)}
    return tuple(
        item.subject.short for item in files.certificates(file) if item.sha256 in earlier and item.sha256 not in hosts
    )


@rule(
    "cert-file-ca-only",
    name=N_("The file of a server certificate holds CA certificates alone"),
    severity=Severity.HIGH,
    confidence=Confidence.INFERRED,
    applies=_APPLIES,
    sources=("221624", "X154-CSR"),
    wordings={
        "plain": Wording(
            title=N_("{file} holds no certificate of {node}, only CA certificates"),
            explanation=N_(
                "The file in the place of the {slot} certificate of {node} holds {authorities}. These are certificates "
                "of CAs: none is issued to a host name, and the key of {node} belongs to none of them."
            ),
            impact=N_(
                "The upload at {menu_server_certificate} is refused, or {node} has no certificate that a peer accepts."
            ),
            steps=(
                N_(
                    "Get the certificate that the CA issued for the request of {node}: the file beside this one in the "
                    "CA's answer, or “Download certificate” rather than “Download CA certificate” on its page."
                ),
                N_("On {node}: {menu_trusted_ca}, Choose File, Append CA certificate, for the CA certificates."),
                N_("Then upload the certificate of {node} at {menu_server_certificate}."),
            ),
            verify=N_("openssl x509 -in FILE -noout -ext subjectAltName shows the names of {node}."),
        )
    },
    note=N_(
        "A certificate that signed itself is taken for the node's own where it carries a host name, whatever its basic "
        "constraints say."
    ),
)
def cert_file_ca_only(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Certificates are in the file, and none of a host among them (`estate.placing` sets such a file aside)."""
    files = handed_in(view)
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for slot in _SLOTS:
            stored = node.unread.get(slot)
            if stored is None or not stored.certificates:
                if slot in node.certificates:
                    yield say.holds(at_node(node))
                continue
            authorities = files.of(stored)
            yield say.violated(
                at_node(node),
                file=stored.source.file_path,
                certificates=authorities,
                evidence=(stored.source,),
                release=_release(node),
                key=f"{slot.value} {stored.source.path}",
                cause=f"file {stored.source.path}",
                slot=slot.value,
                authorities=tuple(dict.fromkeys(item.subject.short for item in authorities)),
            )


def _release(node: Node) -> str:
    return node.version.value if node.version else ""
