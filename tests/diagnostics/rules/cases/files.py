"""Files as Expressway's upload pages would take them."""

import base64
import hashlib
import json
import struct
import textwrap
from collections.abc import Callable
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from diagnostics.samples.artefacts import timestamp
from diagnostics.samples.authority import Issued
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.inventory import Files
from tests.diagnostics.rules.cases.base import Table, node, reissue
from tests.diagnostics.rules.judging import AT, FOLDER, Said, said

FILES = Table()
CODE = "cert-file-not-pem"
ALONE = {"expressway_c": 1, "expressway_e": 0, "unified_cm": 0}
NOBODY = {"expressway_c": 0, "expressway_e": 0, "unified_cm": 0}
SERVER, TRUSTED = (f"nodes/expc1.example.com/{name}.pem" for name in ("server", "trusted-ca"))
ARCHIVE, MEMBER = (f"{name}_expc1_{timestamp(AT)}" for name in ("diagnostic_log", "server"))


def relabelled(issued: Issued, label: str) -> bytes:
    return issued.pem.replace(b" CERTIFICATE-", f" {label}-".encode())


def bare(issued: Issued) -> bytes:
    return base64.encodebytes(issued.der)


def p7b(issued: Issued, encoding: serialization.Encoding) -> bytes:
    return pkcs7.serialize_certificates([issued.certificate], encoding)


def indented(issued: Issued) -> bytes:
    return b"".join(b"   " + line for line in issued.pem.splitlines(keepends=True))


def router_configuration(issued: Issued) -> bytes:
    lines = textwrap.wrap(issued.der.hex().upper(), 64)
    return "\n".join(
        [
            "crypto pki certificate chain EXPC",
            f" certificate {issued.certificate.serial_number:X}",
            *(f"  {' '.join(textwrap.wrap(line, 8))}" for line in lines),
            "  \tquit",
            "!",
        ]
    ).encode()


def saml_metadata(issued: Issued) -> bytes:
    body = base64.b64encode(issued.der).decode()
    return (
        '<?xml version="1.0"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{body}</X509Certificate></X509Data></KeyInfo></EntityDescriptor>"
    ).encode()


def serialized_store(issued: Issued) -> bytes:
    """As certmgr exports it: a header, one element (property 32 is the certificate), and an empty one."""
    element = struct.pack("<III", 32, 1, len(issued.der)) + issued.der
    return struct.pack("<I4s", 0, b"CERT") + element + struct.pack("<III", 0, 0, 0)


def java_keystore(issued: Issued) -> bytes:
    """A JKS with one trusted certificate, closed by its digest over the password "changeit"."""
    alias, kind = b"expc1", b"X.509"
    entry = struct.pack(">IH", 2, len(alias)) + alias + struct.pack(">QH", 1, len(kind)) + kind
    body = struct.pack(">III", 0xFEEDFEED, 2, 1) + entry + struct.pack(">I", len(issued.der)) + issued.der
    digest = hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False)
    return body + digest.digest()


# What holds the certificate itself in another wrapping.
WRAPPINGS: dict[str, tuple[str, Callable[[Issued], bytes]]] = {
    "der": ("a binary file", lambda issued: issued.der),
    "pkcs7-pem": ("a PKCS#7 bundle in Base-64", lambda issued: p7b(issued, serialization.Encoding.PEM)),
    "pkcs7-der": ("a binary PKCS#7 bundle", lambda issued: p7b(issued, serialization.Encoding.DER)),
    "utf16-pem": ("text saved as UTF-16", lambda issued: issued.pem.decode().encode("utf-16")),
    "trusted-pem": ("a file with OpenSSL's own label", lambda issued: relabelled(issued, "TRUSTED CERTIFICATE")),
    "bare-base64": ("Base-64 without BEGIN and END", bare),
    "odd-pem": ("PEM with blanks before every line", indented),
    "encoded-pem": ("PEM in Base-64 once more", lambda issued: base64.encodebytes(issued.pem)),
    "hex": ("written in hexadecimal digits", lambda issued: issued.der.hex().encode()),
    "ios-configuration": ("part of a router's configuration", router_configuration),
    "json": ("a value in JSON", lambda issued: json.dumps({"certificate": issued.pem.decode()}).encode()),
    "xml": ("an element of SAML metadata", saml_metadata),
    "serialized-store": ("a Microsoft serialized store", serialized_store),
    "java-keystore": ("a Java key store", java_keystore),
}


def _wrapped(variant: str, wrap: Callable[[Issued], bytes]) -> Callable[[EstatePlan, Files], None]:
    def swap(plan: EstatePlan, files: Files) -> None:
        files[SERVER] = wrap(node(plan, "expc1").issued("server"))

    return swap


for _variant, (_words, _wrap) in WRAPPINGS.items():

    @FILES.case(
        f"the server certificate is {_words}",
        said(
            CODE,
            "medium" if _variant == "odd-pem" else "high",
            variant=_variant,
            node="expc1",
            cluster="expc1",
            about=["expc1 server"],
            file=f"{FOLDER}/{SERVER}",
        ),
        forms=("inventory",),
        swap=_wrapped(_variant, _wrap),
        **ALONE,
    )
    def _nothing_else(plan: EstatePlan) -> None:
        """The file alone is swapped."""


def cut_off(plan: EstatePlan) -> bytes:
    return plan.authorities["private-root"].pem[:300]


def container(plan: EstatePlan) -> bytes:
    held = plan.authorities["private-root"]
    how = serialization.BestAvailableEncryption(b"secret")
    return pkcs12.serialize_key_and_certificates(b"ca", held.key, held.certificate, None, how)


def request(plan: EstatePlan) -> bytes:
    held = plan.authorities["private-root"]
    asked = x509.CertificateSigningRequestBuilder().subject_name(held.name).sign(held.key, hashes.SHA256())
    return asked.public_bytes(serialization.Encoding.PEM)


def crl(plan: EstatePlan) -> bytes:
    return plan.authorities["private-root"].crl(this_update=AT, next_update=AT + timedelta(days=7))


def public_key(plan: EstatePlan) -> bytes:
    key = plan.authorities["private-root"].key.public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sent_as_text(plan: EstatePlan) -> bytes:
    """FTP in ASCII mode; with two line ends or more, so that there is something to break."""
    authority, renewed = plan.authorities["private-root"], b""
    while renewed.count(b"\n") < 2:
        renewed = authority.renewed().der
    return renewed.replace(b"\n", b"\r\n")


# What holds no certificate that could be read.
OTHER_THINGS: dict[str, tuple[str, Callable[[EstatePlan], bytes]]] = {
    "damaged-pem": ("cut off", cut_off),
    "pkcs12": ("a PKCS#12 container", container),
    "request": ("a signing request", request),
    "private-key": ("a private key", lambda plan: plan.authorities["private-root"].key_pem),
    "crl": ("a revocation list", crl),
    "public-key": ("a public key", public_key),
    "text-mode-der": ("a binary certificate sent as text", sent_as_text),
    "nothing": ("binary and nothing of the kind", lambda plan: bytes.fromhex("3003020105")),
}


# What else is said of them: in an estate that has the CA's certificate, and of a node that has none.
BESIDES = {
    "private-key": ("private-key-uploaded", "certificate", ["private-root"]),
    "pkcs12": ("private-key-uploaded", "locked", []),
}


def besides(variant: str, *, known: bool = True, **place: str | None) -> list[Said]:
    code, other, about = BESIDES.get(variant, ("", "", []))
    if not code:
        return []
    if about and not known:
        other, about = "unknown", []
    return [said(code, "info", variant=other, about=about, **place)]


def _other(make: Callable[[EstatePlan], bytes]) -> Callable[[EstatePlan, Files], None]:
    def swap(plan: EstatePlan, files: Files) -> None:
        files[TRUSTED] = make(plan)

    return swap


for _variant, (_words, _make) in OTHER_THINGS.items():

    @FILES.case(
        f"the file of the trusted CA list is {_words}",
        said(CODE, "high", variant=_variant, node="expc1", cluster="expc1", file=f"{FOLDER}/{TRUSTED}"),
        *besides(_variant, known=False, file=f"{FOLDER}/{TRUSTED}"),
        forms=("inventory",),
        swap=_other(_make),
        **ALONE,
    )
    def _without_certificate(plan: EstatePlan) -> None:
        """Without a certificate of its own, nothing else can be said of the node."""
        node(plan, "expc1").identity.clear()


def _in_the_slot(make: Callable[[EstatePlan], bytes]) -> Callable[[EstatePlan, Files], None]:
    def swap(plan: EstatePlan, files: Files) -> None:
        files[SERVER] = make(plan)

    return swap


def _by_itself(make: Callable[[EstatePlan], bytes]) -> Callable[[EstatePlan, Files], None]:
    def swap(plan: EstatePlan, files: Files) -> None:
        files[LOOSE] = make(plan)

    return swap


LOOSE = "renewal.cer"
BESIDE = ("request", "private-key", "crl", "public-key")  # what may lie beside an estate in good order

for _variant, (_words, _make) in OTHER_THINGS.items():

    @FILES.case(
        f"the file of the server certificate is {_words}",
        said(CODE, "high", variant=_variant, node="expc1", cluster="expc1", file=f"{FOLDER}/{SERVER}"),
        *besides(_variant, node="expc1", cluster="expc1", file=f"{FOLDER}/{SERVER}"),
        forms=("inventory",),
        swap=_in_the_slot(_make),
        **ALONE,
    )
    def _slot_without_certificate(plan: EstatePlan) -> None:
        """The file alone is swapped."""

    @FILES.case(
        f"the one file that is handed in is {_words}",
        said(CODE, "high", variant=_variant, file=LOOSE),
        *besides(_variant, known=False, file=LOOSE),
        forms=("artefacts",),
        swap=_by_itself(_make),
        **NOBODY,
    )
    def _all_there_is(plan: EstatePlan) -> None:
        """Nothing but that file."""

    @FILES.case(
        f"beside an estate lies what is {_words}",
        *([] if _variant in BESIDE else [said(CODE, "medium", variant=_variant, file=LOOSE)]),
        *besides(_variant, file=LOOSE),
        holds=CODE if _variant in BESIDE else (),
        forms=("artefacts",),
        swap=_by_itself(_make),
    )
    def _beside_the_rest(plan: EstatePlan) -> None:
        """That file beside an estate in good order."""


def _request_beside_its_key(plan: EstatePlan, files: Files) -> None:
    files |= {"expc1.csr": request(plan), "expc1.key": plan.authorities["private-root"].key_pem}


@FILES.case(
    "a request and its key are all there is, neither of which anybody takes for a certificate",
    said("private-key-uploaded", "info", variant="request", file=f"{FOLDER}/expc1.key"),
    artefacts=[said("private-key-uploaded", "info", variant="request", file="expc1.key")],
    swap=_request_beside_its_key,
    **NOBODY,
)
def request_and_key(plan: EstatePlan) -> None:
    """Nothing but those two files."""


@FILES.case(
    "the server certificate in a diagnostic archive is cut off",
    said(CODE, "high", variant="damaged-pem", node="expc1", file=f"{ARCHIVE}.tar.gz/{MEMBER}.pem"),
    forms=("artefacts",),
)
def cut_off_member(plan: EstatePlan) -> None:
    host = node(plan, "expc1")
    host.identity["server"] = host.issued("server").pem[:300]


@FILES.case(
    "a member of a diagnostic archive is binary",
    said(CODE, "high", variant="der", node="expc1", about=["expc1 server"], file=f"{ARCHIVE}.tar.gz/{MEMBER}.pem"),
    forms=("artefacts",),
)
def binary_member(plan: EstatePlan) -> None:
    host = node(plan, "expc1")
    host.identity["server"] = host.issued("server").der


def loose(severity: str, about: str, name: str = "renewal.cer", **place: str) -> tuple[list, list]:
    """In a folder, and by itself."""
    files = (f"{FOLDER}/{name}", name)
    return tuple([said(CODE, severity, variant="der", about=[about], file=file, **place)] for file in files)


COPY, COPY_BY_ITSELF = loose("medium", "expe1 server", node="expe1")
LEAF, LEAF_BY_ITSELF = loose("medium", "renewal")
CA, CA_BY_ITSELF = loose("low", "public-issuing")
ONLY, ONLY_BY_ITSELF = loose("high", "public-issuing")


@FILES.case("a binary copy of a node's certificate lies among the uploads", *COPY, artefacts=COPY_BY_ITSELF)
def loose_copy(plan: EstatePlan) -> None:
    plan.extra_files["renewal.cer"] = node(plan, "expe1").issued("server").der


@FILES.case("a binary certificate of nobody in particular lies among the uploads", *LEAF, artefacts=LEAF_BY_ITSELF)
def loose_leaf(plan: EstatePlan) -> None:
    issued = plan.authorities["private-issuing"].issue(common_name="other.example.org", dns=["other.example.org"])
    plan.authorities["renewal"] = issued  # type: ignore[assignment]  # for its name alone
    plan.extra_files["renewal.cer"] = issued.der


@FILES.case("a binary CA certificate lies among the uploads", *CA, artefacts=CA_BY_ITSELF)
def loose_ca(plan: EstatePlan) -> None:
    plan.extra_files["renewal.cer"] = plan.authorities["public-issuing"].der


@FILES.case("a binary certificate is all there is", *ONLY, artefacts=ONLY_BY_ITSELF, **NOBODY)
def only_file(plan: EstatePlan) -> None:
    plan.extra_files["renewal.cer"] = plan.authorities["public-issuing"].der


@FILES.case("the extension plays no part: PEM in a .der file, with remarks round it", holds=CODE)
def pem_by_another_name(plan: EstatePlan) -> None:
    renewal = reissue(plan, "expe1")
    plan.extra_files["renewal.der"] = b"Bag Attributes\nsubject=/CN=expe1\n" + renewal.pem + b"\nend of mail\n"
