"""Files as Expressway's upload pages would take them."""

from collections.abc import Iterator

from diagnostics.estate.model import LooseFile, Node, StoredFile
from diagnostics.estate.observations import Role, StoreName
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import Form
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Severity
from diagnostics.rules.file_wordings import WORDINGS
from diagnostics.rules.handed_in import handed_in
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View


@rule(
    "cert-file-not-pem",
    name=N_("A certificate file is not in the form that Expressway takes"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every certificate file, and what was handed in as one: high where it belongs to an Expressway or is all there "
        "is. Of files that lie among the uploads medium, and low for a CA certificate; requests, keys and revocation lists "
        "may lie there. PEM in an unusual layout is medium at worst."
    ),
    sources=("221624", "X155-DER"),
    wordings={form.value: wording for form, wording in WORDINGS.items()},
    note=N_("Documented is only that the file must be Base-64 PEM; which near misses are refused is inferred."),
)
def cert_file_not_pem(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """The bytes hold no readable BEGIN CERTIFICATE block, whatever the file is called."""
    files = handed_in(view)
    judged: set[str] = set()
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for stored in _in_place(node):
            judged.add(stored.source.path)
            yield _judge(say, stored, files.of(stored), at_node(node), Severity.HIGH, node)
    alone = not any(True for _ in view.deployment.nodes())
    for loose in view.deployment.loose:
        severity = _loose_severity(loose, alone, only=len(view.deployment.loose) == 1)
        if severity is not None:
            yield _judge(say, loose.file, loose.certificates, Place(), severity, None)
    for batch, file in files.current():
        # A copy, in another form, of what a node has: nothing depends on it until somebody uploads it again.
        owner = files.node_of(batch, file)
        if owner is not None and owner.role.is_expressway and file.source.path not in judged:
            copy = StoredFile(source=file.source, form=file.form)
            yield _judge(say, copy, files.certificates(file), at_node(owner), Severity.MEDIUM, owner)


def _in_place(node: Node) -> Iterator[StoredFile]:
    """The files of its certificates and of its list."""
    yield from (installed.file for installed in node.certificates.values())
    store = node.trust.get(StoreName.TRUSTED_CA)
    # A list without entries is no file that anybody uploads.
    yield from (file for file in (store.files if store else ()) if file.form != Form.EMPTY)
    yield from node.unread.values()


# What lies beside certificates in good order, and is nothing that anybody meant for the certificate page.
_BESIDE = (Form.REQUEST, Form.PRIVATE_KEY, Form.PUBLIC_KEY, Form.CRL, Form.EMPTY)


def _loose_severity(loose: LooseFile, alone: bool, *, only: bool) -> Severity | None:
    """Nobody says what the file is for: the one file of a person whose upload was refused, or one of many.

    None: it is no certificate, and as far as one can tell nobody took it for one.
    """
    if loose.file.form in _BESIDE:
        return Severity.HIGH if alone and only else None
    if all(certificate.ca for certificate in loose.certificates) and loose.certificates:
        return Severity.HIGH if alone else Severity.LOW
    return Severity.HIGH if alone else Severity.MEDIUM


def _mildest(*severities: Severity) -> Severity:
    return max(severities, key=lambda item: item.rank)


def _judge(
    say: Say,
    file: StoredFile,
    certificates: tuple[Certificate, ...],
    place: Place,
    severity: Severity,
    node: Node | None,
) -> Finding | Outcome:
    if file.form == Form.PEM:
        return say.holds(place)
    return say.violated(
        place,
        variant=file.form if file.form in WORDINGS else Form.NOTHING.value,
        severity=_mildest(severity, Severity.MEDIUM) if file.form == Form.ODD_PEM else severity,
        file=file.source.file_path,
        certificates=certificates,
        evidence=(file.source,),
        release=node.version.value if node and node.version else "",
        key=file.source.path,
        cause=f"file {file.source.path}",
    )
