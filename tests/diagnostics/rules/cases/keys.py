"""Private keys and signing requests beside certificates."""

from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from diagnostics.samples.authority import Issued
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.inventory import Files
from tests.diagnostics.rules.cases.base import Spoil, Table, issuer_of, node
from tests.diagnostics.rules.judging import FOLDER, Said, said

KEYS = Table()
MISMATCH, UPLOADED = "cert-key-mismatch", "private-key-uploaded"
NODE_FOLDER = "nodes/expc1.example.com"
SERVER, KEY = f"{NODE_FOLDER}/server.pem", f"{NODE_FOLDER}/server.key"
ONE = {"expressway_c": 1, "expressway_e": 0, "unified_cm": 0}
TWO = {"expressway_c": 2, "expressway_e": 0, "unified_cm": 0}
IN_PLACE = {"node": "expc1", "cluster": "expc1"}
NOBODY = {"expressway_c": 0, "expressway_e": 0, "unified_cm": 0}


def stranger(plan: EstatePlan) -> Issued:
    """A key pair whose certificate is not among the uploads."""
    return plan.authorities["private-issuing"].issue(common_name="other.example.com", dns=["other.example.com"])


def request(issued: Issued) -> bytes:
    asked = x509.CertificateSigningRequestBuilder().subject_name(issued.certificate.subject)
    return asked.sign(issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def locked(issued: Issued) -> bytes:
    return issued.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


def add(make: Callable[[EstatePlan], Files]) -> Callable[[EstatePlan, Files], None]:
    return lambda plan, files: files.update(make(plan))


def own(plan: EstatePlan, host: str = "expc1") -> Issued:
    return node(plan, host).issued("server")


def uploaded(variant: str, file: str, *about: str, **place: str) -> Said:
    return said(UPLOADED, "info", variant=variant, file=file, about=about, **place)


def mismatch(variant: str, file: str, *about: str, severity: str = "critical", **place: str) -> Said:
    return said(MISMATCH, severity, variant=variant, file=file, about=about, **place)


def case(what: str, *expected: Said, make: Callable[[EstatePlan], Files], **more: object) -> Callable[[Spoil], Spoil]:
    """A case whose files lie in an inventory's folder beside the rest."""
    return KEYS.case(what, *expected, swap=add(make), forms=("inventory",), **{**ONE, **more})  # type: ignore[arg-type]


def nothing_else(plan: EstatePlan) -> None:
    """Files are added; the estate is as it was."""


case(
    "the key of the server certificate lies beside it",
    uploaded("certificate", f"{FOLDER}/{KEY}", "expc1 server"),
    make=lambda plan: {KEY: own(plan).key_pem},
    holds=MISMATCH,
)(nothing_else)

case(
    "the key of the server certificate is in the same file",
    uploaded("certificate", f"{FOLDER}/{SERVER}", "expc1 server", **IN_PLACE),
    make=lambda plan: {SERVER: own(plan).pem + own(plan).key_pem},
    holds=MISMATCH,
)(nothing_else)

case(
    "a key in the file of the server certificate belongs to none in it",
    mismatch("same-file", f"{FOLDER}/{SERVER}", "expc1 server", **IN_PLACE),
    uploaded("unknown", f"{FOLDER}/{SERVER}", **IN_PLACE),
    make=lambda plan: {SERVER: own(plan).pem + stranger(plan).key_pem},
)(nothing_else)

case(
    "a key beside the server certificate belongs to nothing at hand",
    mismatch("beside", f"{FOLDER}/{KEY}", "expc1 server", **IN_PLACE),
    uploaded("unknown", f"{FOLDER}/{KEY}"),
    make=lambda plan: {KEY: stranger(plan).key_pem},
)(nothing_else)

case(
    "a key beside the server certificate is its peer's",
    mismatch("elsewhere", f"{FOLDER}/{KEY}", "expc1 server", "expc2 server", node="expc1"),
    uploaded("certificate", f"{FOLDER}/{KEY}", "expc2 server"),
    make=lambda plan: {KEY: own(plan, "expc2").key_pem},
    **TWO,
)(nothing_else)

case(
    "an encrypted key lies beside the server certificate",
    uploaded("locked", f"{FOLDER}/{KEY}"),
    make=lambda plan: {KEY: locked(stranger(plan))},
)(nothing_else)

case(
    "keys of several names lie beside the server certificate, and the one of its name is right",
    uploaded("certificate", f"{FOLDER}/{KEY}", "expc1 server"),
    uploaded("unknown", f"{FOLDER}/{NODE_FOLDER}/old.key"),
    make=lambda plan: {KEY: own(plan).key_pem, f"{NODE_FOLDER}/old.key": stranger(plan).key_pem},
    holds=MISMATCH,
)(nothing_else)

case(
    "keys of other names than the server certificate's are nobody's in particular",
    uploaded("unknown", f"{FOLDER}/{NODE_FOLDER}/old.key"),
    uploaded("unknown", f"{FOLDER}/{NODE_FOLDER}/older.key"),
    make=lambda plan: {f"{NODE_FOLDER}/{name}.key": stranger(plan).key_pem for name in ("old", "older")},
)(nothing_else)


def awaited(plan: EstatePlan) -> Files:
    fresh = stranger(plan)
    return {KEY: fresh.key_pem, f"{NODE_FOLDER}/server.csr": request(fresh)}


case(
    "a request and its key wait beside the certificate that they are to replace",
    mismatch("request", f"{FOLDER}/{NODE_FOLDER}/server.csr", "expc1 server", severity="info", **IN_PLACE),
    uploaded("request", f"{FOLDER}/{KEY}"),
    make=awaited,
)(nothing_else)

case(
    "the request of the server certificate lies beside it",
    make=lambda plan: {f"{NODE_FOLDER}/server.csr": request(own(plan))},
    holds=(MISMATCH, UPLOADED),
)(nothing_else)

case(
    "a request for the name of a node lies in a folder of its own",
    mismatch("request-by-name", f"{FOLDER}/waiting/new.csr", "expc1 server", severity="info", node="expc1"),
    make=lambda plan: {"waiting/new.csr": request(renewal(plan))},
    **TWO,
)(nothing_else)

case(
    "the request that a node's certificate answers lies in a folder of its own",
    make=lambda plan: {"waiting/new.csr": request(own(plan))},
    holds=MISMATCH,
    **TWO,
)(nothing_else)

case(
    "a request for the name of nobody at hand lies in a folder of its own",
    make=lambda plan: {"waiting/new.csr": request(stranger(plan))},
    holds=UPLOADED,
)(nothing_else)

case(
    "a key lies in another folder than any certificate",
    uploaded("unknown", f"{FOLDER}/keys/server.key"),
    make=lambda plan: {"keys/server.key": stranger(plan).key_pem},
)(nothing_else)


def renewal(plan: EstatePlan) -> Issued:
    """A new certificate for expc1 that is not in place yet."""
    return issuer_of(plan, own(plan)).reissue(own(plan))


def heap(what: str, *expected: Said, make: Callable[[EstatePlan], Files], holds: str = "") -> None:
    """A case whose files were dropped one by one, beside the archive of a node in good order."""
    KEYS.case(what, *expected, swap=add(make), forms=("artefacts",), holds=holds or ())(with_a_renewal)


def with_a_renewal(plan: EstatePlan) -> None:
    plan.authorities["renewal"] = renewal(plan)  # type: ignore[assignment]  # for its name alone


heap(
    "a certificate and a key that belongs to nothing are dropped together",
    mismatch("beside", "private.key", "renewal"),
    uploaded("unknown", "private.key"),
    make=lambda plan: {"renewal.pem": plan.authorities["renewal"].pem, "private.key": stranger(plan).key_pem},
)

heap(
    "a certificate is dropped together with the key of a certificate that is installed elsewhere",
    uploaded("certificate", "private.key", "expe1 server"),
    make=lambda plan: {"renewal.pem": plan.authorities["renewal"].pem, "private.key": own(plan, "expe1").key_pem},
)

heap(
    "a certificate is dropped together with a key of its name that is another node's",
    mismatch("elsewhere", "renewal.key", "renewal", "expe1 server"),
    uploaded("certificate", "renewal.key", "expe1 server"),
    make=lambda plan: {"renewal.pem": plan.authorities["renewal"].pem, "renewal.key": own(plan, "expe1").key_pem},
)

heap(
    "a key is dropped beside CA certificates alone",
    uploaded("unknown", "private.key"),
    make=lambda plan: {"ca.pem": plan.authorities["private-root"].pem, "private.key": stranger(plan).key_pem},
)

heap(
    "a file holds a CA certificate and the key of something else",
    uploaded("unknown", "ca.pem"),
    make=lambda plan: {"ca.pem": plan.authorities["private-root"].pem + stranger(plan).key_pem},
)
