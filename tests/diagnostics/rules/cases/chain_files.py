"""What stands in the file of a server or client certificate beside it, and in which order."""

from diagnostics.samples.artefacts import timestamp
from diagnostics.samples.authority import Issued, self_signed
from diagnostics.samples.blueprint import EstatePlan, Slot
from tests.diagnostics.rules.cases.base import Table, node
from tests.diagnostics.rules.judging import AT, FOLDER, Said, said

CHAIN_FILES = Table()
FIRST, ALONE = "cert-file-issuer-first", "cert-file-ca-only"
SERVER = f"{FOLDER}/nodes/expc1.example.com/server.pem"
CLIENT = f"{FOLDER}/nodes/expc1.example.com/client.pem"
ARCHIVED = f"diagnostic_log_expc1_{timestamp(AT)}.tar.gz/server_expc1_{timestamp(AT)}.pem"
ONE = {"expressway_c": 1, "expressway_e": 0, "unified_cm": 0}
IN_PLACE = {"node": "expc1", "cluster": "expc1"}


def chain(plan: EstatePlan) -> tuple[bytes, bytes]:
    return plan.authorities["private-root"].pem, plan.authorities["private-issuing"].pem


def put(plan: EstatePlan, content: bytes, slot: Slot = "server") -> None:
    node(plan, "expc1").identity[slot] = content


def first(severity: str, variant: str, file: str, **place: str) -> Said:
    return said(FIRST, severity, variant=variant, file=file, about=["expc1 server"], **place)


@CHAIN_FILES.case(
    "the chain stands before the server certificate",
    first("high", "plain", SERVER, **IN_PLACE),
    holds=ALONE,
    forms=("inventory",),
    swap=lambda plan, files: files.update(
        {"nodes/expc1.example.com/server.pem": b"".join(chain(plan)) + node(plan, "expc1").issued("server").pem}
    ),
    **ONE,
)
def chain_first(plan: EstatePlan) -> None:
    """The file alone is swapped."""


@CHAIN_FILES.case(
    "the server certificate stands between its issuer and its root",
    first("high", "plain", SERVER, **IN_PLACE),
    forms=("inventory",),
    swap=lambda plan, files: files.update(
        {
            "nodes/expc1.example.com/server.pem": chain(plan)[1]
            + node(plan, "expc1").issued("server").pem
            + chain(plan)[0]
        }
    ),
    **ONE,
)
def in_between(plan: EstatePlan) -> None:
    """The file alone is swapped."""


@CHAIN_FILES.case(
    "an archive shows a server certificate with its chain before it",
    said(FIRST, "medium", variant="installed", file=ARCHIVED, about=["expc1 server"], node="expc1"),
    forms=("artefacts",),
    swap=None,
)
def installed_so(plan: EstatePlan) -> None:
    held = node(plan, "expc1").issued("server")
    plan.authorities["expc1.example.com server"] = held  # type: ignore[assignment]  # for its name alone, since the slot holds bytes
    put(plan, b"".join(chain(plan)) + held.pem)


@CHAIN_FILES.case("the server certificate stands before its chain", holds=(FIRST, ALONE))
def leaf_first(plan: EstatePlan) -> None:
    held = node(plan, "expc1").issued("server")
    put(plan, held.pem + b"".join(reversed(chain(plan))))


@CHAIN_FILES.case(
    "the file of the server certificate holds its CA certificates alone",
    said(ALONE, "high", file=SERVER, about=["private-root", "private-issuing"], **IN_PLACE),
    forms=("inventory",),
    **ONE,
)
def authorities_alone(plan: EstatePlan) -> None:
    put(plan, b"".join(chain(plan)))


@CHAIN_FILES.case(
    "an archive shows CA certificates alone in the place of the server certificate",
    said(ALONE, "high", file=ARCHIVED, about=["private-issuing"], node="expc1"),
    forms=("artefacts",),
)
def authority_in_an_archive(plan: EstatePlan) -> None:
    put(plan, chain(plan)[1])


@CHAIN_FILES.case(
    "the file of the client certificate holds a CA certificate alone",
    said(ALONE, "high", file=CLIENT, about=["private-issuing"], **IN_PLACE),
    holds=FIRST,
    forms=("inventory",),
    split_stores=True,
    **ONE,
)
def client_authority(plan: EstatePlan) -> None:
    put(plan, chain(plan)[1], "client")


@CHAIN_FILES.case(
    "a server certificate that signed itself and says that it is a CA is the node's own all the same",
    holds=(FIRST, ALONE),
    forms=("inventory",),
    **ONE,
)
def own_authority(plan: EstatePlan) -> None:
    own: Issued = self_signed(
        "expc1.example.com", at=AT, ca=True, dns=["expc1.example.com"], key_usage=("digital_signature", "key_cert_sign")
    )
    node(plan, "expc1").identity["server"] = own
    node(plan, "expc1").trust["trusted-ca"].append(own.certificate)


@CHAIN_FILES.case(
    "the name of its node alone makes a certificate of cA the node's own",
    holds=(FIRST, ALONE),
    forms=("inventory",),
    **ONE,
)
def by_its_name(plan: EstatePlan) -> None:
    own: Issued = self_signed("expc1.example.com", at=AT, ca=True, key_usage=("digital_signature", "key_cert_sign"))
    node(plan, "expc1").identity["server"] = own
    node(plan, "expc1").trust["trusted-ca"].append(own.certificate)
