"""Files as Expressway's upload pages would take them."""

from collections.abc import Iterator

from diagnostics.estate.model import InstalledCertificate, LooseFile, Node, StoredFile
from diagnostics.estate.observations import Role, StoreName
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import Form
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Severity, Wording
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

_CONVERT = (
    N_("In Windows: open the certificate, Details tab, Copy to File, choose “Base-64 encoded X.509 (.CER)”."),
    N_("Or: openssl x509 -in {file} -inform DER -out certificate.pem -outform PEM"),
    N_("Upload the converted file at {menu_server_certificate}, or for a CA certificate at {menu_trusted_ca}."),
)
_SPLIT = (
    N_(
        "openssl pkcs7 -in {file} -print_certs -out certificates.pem writes every certificate as PEM (add -inform DER "
        "for a binary file); keep the node's own certificate in one file and the CA certificates in another."
    ),
    N_(
        "Append the CA certificates at {menu_trusted_ca} first, then upload the node's own at {menu_server_certificate}."
    ),
)
_IMPACT = N_(
    "The upload is refused with “Invalid certificate: The file provided is not a valid X.509 PEM certificate file.” The "
    "name and extension of the file play no part."
)
_VERIFY = N_("The upload is accepted. A text editor shows -----BEGIN CERTIFICATE----- in the converted file.")


def _wording(explanation: str, steps: tuple[str, ...]) -> Wording:
    return Wording(
        title=N_("{file} is not Base-64 PEM: Expressway refuses it"),
        explanation=explanation,
        impact=_IMPACT,
        steps=steps,
        verify=_VERIFY,
    )


_WORDINGS = {
    Form.DER.value: _wording(N_("The file is a binary (DER) certificate."), _CONVERT),
    Form.PKCS7_PEM.value: _wording(N_("The file is a PKCS#7 bundle (.p7b) in Base-64."), _SPLIT),
    Form.PKCS7_DER.value: _wording(N_("The file is a binary PKCS#7 bundle (.p7b)."), _SPLIT),
    Form.PKCS12.value: _wording(
        N_("The file is a PKCS#12 container (.pfx, .p12): certificates and a private key behind a password."),
        (
            N_("openssl pkcs12 -in {file} -nokeys -out certificates.pem writes the certificates as PEM."),
            N_("Treat the private key in it as exposed if the file was sent by mail or chat."),
        ),
    ),
    Form.UTF16_PEM.value: _wording(
        N_("The file is PEM text saved as UTF-16 (“Unicode” in Windows' Notepad)."),
        (N_("Open it in Notepad, Save As, choose encoding ANSI or UTF-8, and upload that."),),
    ),
    Form.TRUSTED_PEM.value: _wording(
        N_("The file has OpenSSL's own label TRUSTED CERTIFICATE instead of CERTIFICATE."),
        (N_("openssl x509 -in {file} -out certificate.pem writes it with the plain label."),),
    ),
    Form.BARE_BASE64.value: _wording(
        N_("The file is the Base-64 text of a certificate without the BEGIN and END lines."),
        (N_("Add a line -----BEGIN CERTIFICATE----- before and -----END CERTIFICATE----- after it, 64 columns wide."),),
    ),
    Form.DAMAGED_PEM.value: _wording(
        N_("The file has a BEGIN CERTIFICATE line, but what follows cannot be read as a certificate."),
        (N_("Ask the CA for a new copy, or export the certificate again; the file was cut off or altered."),),
    ),
    Form.REQUEST.value: _wording(
        N_("The file is a certificate signing request, not a certificate."),
        (N_("Send it to the CA, and upload the certificate that comes back."),),
    ),
    Form.PRIVATE_KEY.value: _wording(
        N_("The file is a private key. Expcert has not kept it."),
        (N_("Upload the certificate instead, and treat the key as exposed if the file was sent by mail or chat."),),
    ),
    Form.CRL.value: _wording(
        N_("The file is a certificate revocation list, not a certificate."),
        (N_("Revocation lists go in at {menu_crl}; upload the certificate here."),),
    ),
    Form.PUBLIC_KEY.value: _wording(
        N_("The file is a public key, not a certificate."), (N_("Ask the CA for the certificate itself."),)
    ),
    Form.NOTHING.value: _wording(
        N_("Nothing in the file can be read as a certificate."), (N_("Ask the CA for a new copy as Base-64 PEM."),)
    ),
}


@rule(
    "cert-file-not-pem",
    name=N_("A certificate file is not in the form that Expressway takes"),
    severity=Severity.HIGH,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "Every certificate file, and what was handed in as one: high where it belongs to an Expressway or is all there "
        "is. Of files that lie among the uploads medium, and low for a CA certificate; requests, keys and revocation lists "
        "may lie there."
    ),
    sources=("221624", "X155-DER"),
    wordings=_WORDINGS,
    note=N_("Documented is only that the file must be Base-64 PEM; which near misses are refused is inferred."),
)
def cert_file_not_pem(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """The bytes hold no readable BEGIN CERTIFICATE block, whatever the file is called."""
    for node in view.deployment.nodes(Role.EXPRESSWAY_C, Role.EXPRESSWAY_E, Role.EXPRESSWAY):
        for installed in node.certificates.values():
            yield _judge(say, installed.file, _own(installed), at_node(node), Severity.HIGH, node)
        store = node.trust.get(StoreName.TRUSTED_CA)
        for file in store.files if store else ():
            if file.form == Form.EMPTY:
                continue  # a list without entries, which is no file that anybody uploads
            yield _judge(say, file, store.certificates if store else (), at_node(node), Severity.HIGH, node)
        for file in node.unread.values():
            yield _judge(say, file, (), at_node(node), Severity.HIGH, node)
    alone = not any(True for _ in view.deployment.nodes())
    for loose in view.deployment.loose:
        severity = _loose_severity(loose, alone, only=len(view.deployment.loose) == 1)
        if severity is not None:
            yield _judge(say, loose.file, loose.certificates, Place(), severity, None)


def _own(installed: InstalledCertificate) -> tuple[Certificate, ...]:
    return (installed.certificate, *installed.above)


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
        variant=file.form if file.form in _WORDINGS else Form.NOTHING.value,
        severity=severity,
        file=file.source.file_path,
        certificates=certificates,
        evidence=(file.source,),
        release=node.version.value if node and node.version else "",
        key=file.source.path,
        cause=f"file {file.source.path}",
    )
