"""What rules about chains have in common: why one cannot be judged, and why one that lacks nothing is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics.estate.model import TrustStore
from diagnostics.estate.observations import Source
from diagnostics.rules.base import Outcome, Place, Reason
from diagnostics.rules.encounters import Encounter
from diagnostics.rules.say import Say, at_node, missing_cause, missing_key
from diagnostics.rules.view import Chain, View

_BAD_SIGNATURE = 7  # X509_V_ERR_CERT_SIGNATURE_FAILURE


def unsettled(view: View, say: Say, encounter: Encounter, place: Place | None = None) -> Outcome | None:
    """What keeps the encounter from being judged; None where nothing does."""
    place = place or at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone)
    if encounter.store is None:
        return say.no_list(place, encounter.verifier, encounter.store_name)
    if encounter.installed is None:
        return say.no_certificate(place, encounter.peer, encounter.slot)
    if encounter.may_be_lost(view):
        return say.cannot_tell(
            place,
            Reason.LIST_INCOMPLETE,
            node=encounter.verifier.fqdn,
            store=encounter.store_name.value,
            missing=tuple(item.name for item in encounter.chain(view).missing),
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why OpenSSL refuses a chain of which every certificate is there; all of it empty where the list lacks something.

    Attributes:
        variant: the wording that says it.
        subject: the certificate that it stopped at.
        shadows: entries of the list that bear the name of a CA on the path and not its key, where a signature did not
            fit: they were tried first.
    """

    variant: str = ""
    words: str = ""
    subject: str = ""
    shadows: tuple[str, ...] = ()


def refusal(view: View, store: TrustStore | None, chain: Chain) -> Refusal:
    """Only for a chain that is not trusted; where it lacks something, that is what to say."""
    if chain.missing:
        return Refusal()
    stopped = view.deployment.certificates.get(chain.verdict.certificate or "")
    shadows = tuple(dict.fromkeys(_shadows(store, chain)))
    return Refusal(
        variant="shadowed" if shadows else "refused",
        words=chain.verdict.words,
        subject=stopped.subject.text if stopped else "",
        shadows=shadows,
    )


def _shadows(store: TrustStore | None, chain: Chain) -> list[str]:
    if chain.verdict.code != _BAD_SIGNATURE:
        return []
    keys = {item.subject.key: item.key for item in chain.path[1:]}
    entries = store.certificates if store else ()
    return [item.subject.text for item in entries if item.subject.key in keys and item.key != keys[item.subject.key]]


def chain_key(chain: Chain) -> str:
    """What is wrong with it, as a key: what is missing, else the certificate at which it is refused."""
    return missing_key(chain.missing) or str(chain.verdict.certificate)


def chain_cause(chain: Chain) -> str:
    """All that is missing for want of one CA certificate, or refused for one certificate, is one problem."""
    return missing_cause(chain.missing) or f"refused {chain.verdict.certificate}"


def signs_itself(chain: Chain) -> bool:
    """The certificate is its own issuer, so it is itself what the list lacks."""
    return len(chain.path) == 1 and bool(chain.missing) and chain.missing[0].certificate is chain.path[0]


def chain_evidence(group: Sequence[Encounter]) -> list[Source]:
    """The lists that lack it, and the certificates that need it."""
    lists = [file.source for item in group if item.store for file in item.store.files]
    return [*lists, *(item.installed.source for item in group if item.installed)]
