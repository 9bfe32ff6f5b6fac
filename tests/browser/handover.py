"""The folder that a person with a broken cluster has: sixty files of every kind, some of no use, some that must be asked."""

import struct
import zlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Issued
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files
from tests.expcert.intake.estates import container

FOLDER = "case 4711"
SCREENSHOTS = 24
QUESTIONS = ("from the UC team/cucm1.cer", "from the UC team/cucm2.cer")
CONTAINER = "exports/expe2 incl. key.pfx"
PASSWORD = "Sommer-2026 & more"


def estate(at: datetime) -> EstatePlan:
    return healthy(at=at, unified_cm=2)


def handover(plan: EstatePlan) -> Files:
    """Sixty files by their path in the folder that is dropped."""
    files: Files = {
        **{f"logs/{name}": content for name, content in as_artefacts(plan).items() if name.endswith(".tar.gz")},
        **_of_authorities(plan),
        **_of_people(plan),
        **_asked(plan),
        "nodes.csv": _csv(plan),
    }
    files |= {f"screenshots/Screenshot {number}.png": _picture(number) for number in range(1, SCREENSHOTS + 1)}
    files |= {
        f"notes/note {number}.txt": b"Zone is red since Monday.\n" * number for number in range(1, 61 - len(files))
    }
    return {f"{FOLDER}/{path}": content for path, content in files.items()}


def second_handover(plan: EstatePlan) -> Files:
    """A week later: one node has a new certificate, and the two that had to be asked for are renewed."""
    node = plan.node("expe1.example.com")
    node.identity["server"] = plan.authorities["public-issuing"].reissue(node.issued("server"), not_before=plan.at)
    archives = {name: content for name, content in as_artefacts(plan).items() if "_expe1_" in name}
    renewed = {f"{FOLDER}/{path}": _unified_cm(plan, path, renewed=True).der for path in QUESTIONS}
    return {**{f"{FOLDER}/logs/{name}": content for name, content in archives.items()}, **renewed}


def _of_authorities(plan: EstatePlan) -> Files:
    """What came from the two CAs: DER with Windows' names, PKCS#7, UTF-16, a revocation list."""
    names = ("private-root", "private-issuing", "public-root", "public-issuing", "ucm-root")
    private, public = plan.authorities["private-issuing"], plan.authorities["public-issuing"]
    revoked = private.crl(this_update=plan.at - timedelta(days=1), next_update=plan.at + timedelta(days=6))
    return {
        **{f"CA/certnew ({number}).cer": plan.authorities[name].der for number, name in enumerate(names, start=1)},
        "CA/Issuing CA Base64.cer": private.pem.replace(b"\n", b"\r\n"),
        "CA/root utf16.pem": plan.authorities["private-root"].pem.decode().encode("utf-16"),
        "CA/root utf16be.txt": plan.authorities["public-root"].pem.decode().encode("utf-16-be"),
        "CA/certnew.p7b": _pkcs7(plan, names[:2], serialization.Encoding.DER),
        "CA/bundle from the CA.p7c": _pkcs7(plan, names[2:4], serialization.Encoding.PEM),
        "CA/Example Corporation Issuing CA 1.crl": revoked,
        "CA/chain.pem": public.pem + plan.authorities["public-root"].pem,
    }


def _pkcs7(plan: EstatePlan, names: tuple[str, ...], form: serialization.Encoding) -> bytes:
    return pkcs7.serialize_certificates([plan.authorities[name].certificate for name in names], form)


def _of_people(plan: EstatePlan) -> Files:
    """A request, a key that should never have been sent, a log, a mail, a document, and files with nothing in them."""
    waiting = plan.authorities["public-issuing"].reissue(plan.node("expe2.example.com").issued("server"))
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "expe2.example.com")]))
        .sign(waiting.key, hashes.SHA256())
    )
    log = '2026-11-01T10:30:00+00:00 expe1 tvcs: Event="System Start" Level="1"\n'
    return {
        "exports/expe2 request.csr": request.public_bytes(serialization.Encoding.PEM),
        "exports/old server.key": waiting.key_pem,
        "logs/event log.txt": (log * 200).encode(),
        "mail/Re zone down.eml": b"From: a@example.com\nSubject: zone down\n\nSince Monday.\n",
        "mail/empty.pem": b"",
        "mail/change request.pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
        "mail/unknown.bin": bytes(range(256)) * 8,
    }


def _asked(plan: EstatePlan) -> Files:
    lab = plan.authorities["private-issuing"].issue(common_name="lab.example.org", dns=["lab.example.org"])
    return {
        **{path: _unified_cm(plan, path).der for path in QUESTIONS},
        CONTAINER: container(lab, plan.authorities["private-issuing"], password=PASSWORD),
    }


def _unified_cm(plan: EstatePlan, path: str, *, renewed: bool = False) -> Issued:
    """A certificate with a Unified CM node's names, which it has in several slots."""
    node = plan.node(path.rpartition("/")[2].removesuffix(".cer") + ".example.com")
    issued = node.issued("tomcat")
    start = plan.at if renewed else plan.at - timedelta(days=1)
    return plan.authorities["ucm-root"].reissue(issued, not_before=start)


def _csv(plan: EstatePlan) -> bytes:
    rows = [
        f"{cluster.name},{cluster.role},{node.fqdn},{node.address},{plan.version_of(node)}"
        for cluster in plan.clusters
        for node in cluster.nodes
    ]
    return "\r\n".join(["cluster,role,fqdn,address,version", *rows, ""]).encode()


def _picture(shade: int) -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
