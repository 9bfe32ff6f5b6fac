"""What `cert-file-not-pem` says of each form that a file can have: what it is instead, and how it becomes Base-64 PEM.

Commands name the file as FILE: its own name came with the upload, and is nothing to paste into a shell.
"""

from diagnostics.pki.loaded import Form
from diagnostics.rules.base import N_, Wording

_WIZARD = N_(
    "In Windows: open the certificate, Details tab, Copy to File, and in the export wizard choose “Base-64 encoded X.509 "
    "(.CER)”."
)
_WIZARD_EACH = N_(
    "In Windows: open the file, open each certificate in it, Details tab, Copy to File, and in the export wizard choose "
    "“Base-64 encoded X.509 (.CER)”; the node's own certificate and the CA certificates become files of their own."
)
_OFFERED = N_(
    "Simplest: the Files page of this diagnosis offers the certificates of the file as Base-64 PEM, the server certificate "
    "and the CA certificates each by itself."
)
_UPLOAD = N_("Upload the converted file at {menu_server_certificate}, or for a CA certificate at {menu_trusted_ca}.")
_UPLOAD_BOTH = N_(
    "Append the CA certificates at {menu_trusted_ca} first, then upload the node's own at {menu_server_certificate}."
)
_ASK_AGAIN = N_("Ask the CA for a new copy as Base-64 PEM, or export the certificate again.")
_ITS_KEY = N_(
    "The node can use its certificate only with the key of it. Where the request was made on the node the key is there; a "
    "certificate whose key lies in this file alone is better replaced by the answer to a request of the node "
    "({menu_server_certificate}, Generate CSR)."
)
_EXPOSED = N_("Treat a private key in it as exposed if the file was sent by mail or chat.")

_TITLE = N_("{file} is not Base-64 PEM: Expressway refuses it")
_IMPACT = N_(
    "The upload is refused with “Invalid certificate: The file provided is not a valid X.509 PEM certificate file.” The "
    "name and extension of the file play no part."
)
_VERIFY = N_("The upload is accepted. A text editor shows -----BEGIN CERTIFICATE----- in the converted file.")
_VERIFY_ANOTHER = N_(
    "The upload is accepted. A text editor shows -----BEGIN CERTIFICATE----- in the file that was uploaded."
)


def _wording(explanation: str, *steps: str, verify: str = _VERIFY) -> Wording:
    return Wording(title=_TITLE, explanation=explanation, impact=_IMPACT, steps=steps, verify=verify)


def _another(explanation: str, *steps: str) -> Wording:
    """A file that nothing can be converted of: another one is needed."""
    return _wording(explanation, *steps, verify=_VERIFY_ANOTHER)


def _one(explanation: str, *steps: str) -> Wording:
    """A form that holds one certificate as a rule."""
    return _wording(explanation, _OFFERED, *steps, _UPLOAD)


def _several(explanation: str, *steps: str) -> Wording:
    """A form that holds a certificate with its CA certificates as a rule."""
    return _wording(explanation, _OFFERED, *steps, _UPLOAD_BOTH)


WORDINGS: dict[Form, Wording] = {
    Form.ODD_PEM: Wording(
        title=N_("{file} is PEM that Expressway may refuse"),
        explanation=N_(
            "The certificates in the file are whole, but it is not laid out as OpenSSL reads PEM: blanks or marks before "
            "the lines, another kind of line end, or a BEGIN or END line that is not quite one."
        ),
        impact=N_(
            "How Expressway takes such a file is not documented. Where it is strict the upload is refused with “Invalid "
            "certificate: The file provided is not a valid X.509 PEM certificate file.”"
        ),
        steps=(
            N_(
                "The Files page of this diagnosis offers the certificates of the file as plain PEM, the server certificate "
                "and the CA certificates each by itself."
            ),
            _UPLOAD,
        ),
        verify=N_("The upload is accepted, and openssl x509 -in FILE -noout -subject names the certificate."),
    ),
    Form.TRUSTED_PEM: _one(
        N_("The file has OpenSSL's own label TRUSTED CERTIFICATE instead of CERTIFICATE."),
        N_("Or: openssl x509 -in FILE -out certificate.pem writes it with the plain label."),
    ),
    Form.DER: _one(
        N_("The file is a binary (DER) certificate."),
        _WIZARD,
        N_("Or: openssl x509 -in FILE -inform DER -out certificate.pem -outform PEM"),
    ),
    Form.TEXT_MODE_DER: _wording(
        N_(
            "The file was a binary (DER) certificate before it was transferred as text: bytes that look like line ends "
            "were changed, and which of them cannot be told any more."
        ),
        N_(
            "Transfer the original again in binary mode (FTP: type binary), or inside a zip file, and upload it here: it is "
            "then offered as Base-64 PEM."
        ),
        N_(
            "Or convert the original before it is transferred: openssl x509 -in FILE -inform DER -out certificate.pem "
            "-outform PEM"
        ),
        _UPLOAD,
    ),
    Form.PKCS7_PEM: _several(
        N_("The file is a PKCS#7 bundle (.p7b) in Base-64."),
        _WIZARD_EACH,
        N_("Or: openssl pkcs7 -in FILE -print_certs -out certificates.pem writes every certificate as PEM."),
    ),
    Form.PKCS7_DER: _several(
        N_("The file is a binary PKCS#7 bundle (.p7b)."),
        _WIZARD_EACH,
        N_(
            "Or: openssl pkcs7 -in FILE -inform DER -print_certs -out certificates.pem writes every certificate as PEM."
        ),
    ),
    Form.PKCS12: _wording(
        N_("The file is a PKCS#12 container (.pfx, .p12): certificates and a private key behind a password."),
        N_(
            "Where the container could be opened here, the Files page of this diagnosis offers its certificates as Base-64 "
            "PEM, the server certificate and the CA certificates each by itself."
        ),
        N_("Or: openssl pkcs12 -in FILE -nokeys -out certificates.pem writes the certificates as PEM."),
        _UPLOAD_BOTH,
        _ITS_KEY,
        _EXPOSED,
    ),
    Form.JAVA_KEYSTORE: _wording(
        N_("The file is a Java key store (JKS or JCEKS)."),
        N_(
            "Where its certificates could be read here, the Files page of this diagnosis offers them as Base-64 PEM, the "
            "server certificate and the CA certificates each by itself."
        ),
        N_(
            "Or: keytool -list -rfc -keystore FILE prints every certificate as PEM; keep the node's own in one file and "
            "the CA certificates in another."
        ),
        _UPLOAD_BOTH,
        _ITS_KEY,
        _EXPOSED,
    ),
    Form.SERIALIZED_STORE: _several(
        N_("The file is a Microsoft serialized certificate store (.sst): several certificates in one binary file."),
        _WIZARD_EACH,
    ),
    Form.UTF16_PEM: _one(
        N_("The file is PEM text saved as UTF-16 (“Unicode” in Windows' Notepad)."),
        N_("Or: open it in Notepad, Save As, choose encoding ANSI or UTF-8, and upload that."),
    ),
    Form.BARE_BASE64: _one(
        N_("The file is the Base-64 text of a certificate or bundle without the BEGIN and END lines."),
        N_(
            "Or, for a single certificate: add a line -----BEGIN CERTIFICATE----- before and -----END CERTIFICATE----- "
            "after it, and make the lines between them 64 columns wide."
        ),
    ),
    Form.ENCODED_PEM: _one(
        N_(
            "The file is PEM that was encoded once more: as Base-64, for a web address, or with \\n written out for its "
            "line ends."
        ),
        N_("Or: decode it (base64 -d FILE for Base-64), until its first line reads -----BEGIN CERTIFICATE-----."),
    ),
    Form.HEX: _one(
        N_("The file is a certificate written out in hexadecimal digits."),
        N_("Or: xxd -r -p FILE | openssl x509 -inform DER -out certificate.pem"),
    ),
    Form.IOS_CONFIGURATION: _several(
        N_(
            "The file is part of a Cisco IOS configuration: certificates in hexadecimal digits under “crypto pki "
            "certificate chain”."
        ),
        N_("Or, on the router: crypto pki export NAME pem terminal prints the certificates of a trustpoint as PEM."),
    ),
    Form.JSON: _several(
        N_("The file is JSON in which certificates are values, as an interface answers with."),
        N_("Or: copy the value that begins with -----BEGIN CERTIFICATE----- and put a line end for every \\n in it."),
    ),
    Form.XML: _several(
        N_("The file is XML in which certificates are elements, such as SAML metadata."),
        N_(
            "Or: copy the text of the X509Certificate element, add a line -----BEGIN CERTIFICATE----- before and -----END "
            "CERTIFICATE----- after it, and make the lines between them 64 columns wide."
        ),
    ),
    Form.DAMAGED_PEM: _another(
        N_("The file has a BEGIN CERTIFICATE line, but what follows cannot be read as a certificate."),
        N_("Ask the CA for a new copy, or export the certificate again; the file was cut off or altered."),
        _WIZARD,
    ),
    Form.REQUEST: _another(
        N_("The file is a certificate signing request, not a certificate."),
        N_("Send it to the CA, and upload the certificate that comes back."),
    ),
    Form.PRIVATE_KEY: _another(
        N_("The file is a private key. Expcert has not kept it."),
        N_("Upload the certificate instead, and treat the key as exposed if the file was sent by mail or chat."),
    ),
    Form.CRL: _another(
        N_("The file is a certificate revocation list, not a certificate."),
        N_(
            "Revocation lists go in at {menu_crl}. Upload the certificate itself at {menu_server_certificate}, or for a CA "
            "certificate at {menu_trusted_ca}."
        ),
    ),
    Form.PUBLIC_KEY: _another(
        N_("The file is a public key, not a certificate."), N_("Ask the CA for the certificate itself.")
    ),
    Form.NOTHING: _another(N_("Nothing in the file can be read as a certificate."), _ASK_AGAIN),
}
