"""Files for uploads that follow one another: the same estate, with one thing in it changed."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from diagnostics.samples.artefacts import as_artefacts
from diagnostics.samples.authority import Issued
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.inventory import Files

PASSWORD = "correct horse, Batterie ß 7"
RENEWED = "expe1.example.com"
AMBIGUOUS = "cucm1.example.com.cer"  # a certificate with the names of a Unified CM node, and no word on its slot


def renewed(plan: EstatePlan) -> Issued:
    """A newer certificate in the server slot of one Expressway-E, which the plan has from then on."""
    node = plan.node(RENEWED)
    new = plan.authorities["public-issuing"].reissue(node.issued("server"), not_before=plan.at)
    node.identity["server"] = new
    return new


def archive_of(plan: EstatePlan, fqdn: str) -> Files:
    """The one diagnostic archive of a node."""
    host = fqdn.partition(".")[0]
    return {name: content for name, content in as_artefacts(plan).items() if f"_{host}_" in name}


def without_snapshot(plan: EstatePlan) -> Files:
    """Everything but what Unified CM says of itself."""
    return {name: content for name, content in as_artefacts(plan).items() if not name.endswith(".json")}


def ambiguous(plan: EstatePlan) -> Files:
    """A Unified CM certificate that fits tomcat and CallManager equally well."""
    return {AMBIGUOUS: plan.node("cucm1.example.com").issued("tomcat").der}


def container(leaf: Issued, *above: Issued, password: str = PASSWORD) -> bytes:
    """As Windows' export wizard makes it: certificate, key and chain, all encrypted."""
    return pkcs12.serialize_key_and_certificates(
        b"expe1",
        leaf.key,
        leaf.certificate,
        [issuer.certificate for issuer in above],
        serialization.BestAvailableEncryption(password.encode()),
    )
