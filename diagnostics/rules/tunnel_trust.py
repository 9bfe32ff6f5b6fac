"""Trust between Expressway-C and Expressway-E in the SSH tunnels, which take nothing from the wire and always verify."""

from collections.abc import Iterator

from diagnostics.expressway.connections import SSH_TUNNEL
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Reason, Severity, Wording
from diagnostics.rules.chains import unsettled
from diagnostics.rules.encounters import Encounter, traversal_encounters
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.traversal_trust import (
    APPEND_STEPS,
    HIDDEN,
    HIDDEN_TITLE,
    REFUSED,
    REFUSED_TITLE,
    REISSUE_STEPS,
    UNHIDE_STEPS,
    groups_of,
    untrusted,
    without_both_ends,
)
from diagnostics.rules.view import Chain, View

_FAIL = N_("The SSH tunnels of {node} to {peers} fail; missing: {missing}")
_LOGINS_FAIL = N_(
    "Mobile and Remote Access logins fail, even where the zone “{zone}” is Active: {menu_ssh_status} shows “No SSH "
    "tunnels have been established”, alarms 35013 and 35014."
)


def _wording(
    explanation: str, *, title: str = _FAIL, impact: str = _LOGINS_FAIL, steps: tuple[str, ...] = APPEND_STEPS
) -> Wording:
    verify = N_("{menu_ssh_status}: the tunnels are established; an MRA login succeeds.")
    return Wording(title=title, explanation=explanation, impact=impact, steps=steps, verify=verify, restart=True)


@rule(
    "ssh-tunnel-intermediate-missing",
    name=N_("The SSH tunnels cannot build a peer's chain from the list alone"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_("Every Unified Communications traversal zone, in both directions."),
    sources=("221624", "ALARMS", "X155-STATUS", "X150-MRA"),
    wordings={
        "plain": _wording(
            N_(
                "The trusted CA list of {node} holds the root of {peers} and lacks {missing}. The traversal zone comes up "
                "because the peer sends its chain; the SSH tunnels on TCP 2222 build the chain from the list "
                "alone and need every CA certificate of it."
            ),
            impact=N_(
                "The zone “{zone}” is Active and yet Mobile and Remote Access logins fail: {menu_ssh_status} shows "
                "“No SSH tunnels have been established”, alarms 35013 and 35014. Typical right after a renewal, when "
                "the CA has moved to a new intermediate."
            ),
        ),
        "root-absent": _wording(
            N_(
                "The trusted CA list of {node} does not hold {missing_root}, at which the chain of {peers} ends. TLS verify "
                "mode is off at this end of the zone, so that {node} does not miss it there; the SSH tunnels on TCP 2222 "
                "verify all the same and build the chain from the list alone."
            ),
        ),
        "intermediate-absent": _wording(
            N_(
                "The trusted CA list of {node} holds the root of {peers} and lacks {missing}. TLS verify mode is off at "
                "this end of the zone, so that {node} does not miss it there; the SSH tunnels on TCP 2222 verify all the "
                "same and build the chain from the list alone."
            ),
        ),
        "shadowed": _wording(HIDDEN, title=HIDDEN_TITLE, steps=UNHIDE_STEPS),
        "refused": _wording(REFUSED, title=REFUSED_TITLE, steps=REISSUE_STEPS),
    },
    note=N_(
        "That the tunnels take nothing from the wire is inferred from note 221624; the mechanism is documented nowhere."
    ),
)
def ssh_tunnel_intermediate_missing(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Root present, an intermediate absent, judged from the list alone."""
    yield from without_both_ends(view, say, tunnels=True)
    zones = _zones_that_trust(view)
    broken: list[Encounter] = []
    for encounter in traversal_encounters(view):
        if encounter.service != SSH_TUNNEL:
            continue
        place = at_node(encounter.verifier, peer=encounter.peer, zone=encounter.zone)
        unknown = unsettled(view, say, encounter)
        if unknown is not None:
            yield unknown
        elif encounter.chain(view).trusted:
            yield say.holds(place)
        elif zones.get(_ends(encounter)) is False:
            # The tunnels then fail for the same certificate.
            yield say.does_not_apply(place, Reason.OTHER_CHECK, other="traversal-peer-ca-not-trusted")
        else:
            broken.append(encounter)
    for group in groups_of(view, broken):
        link = group[0].link
        verified = link is not None and link.verifies(group[0].zone) is not False
        yield untrusted(view, say, group, _beside_the_zone if verified else _without_the_zone)


def _beside_the_zone(chain: Chain) -> str:
    """The zone trusts the same certificate, with what the peer sends."""
    return "plain"


def _without_the_zone(chain: Chain) -> str:
    """The zone does not verify at this end, so the tunnels alone meet the fault."""
    return "root-absent" if chain.root_missing else "intermediate-absent"


def _zones_that_trust(view: View) -> dict[tuple[str, str], bool]:
    """Verifier and peer -> whether the traversal zones between them trust the peer; nothing where none verifies."""
    trusting: dict[tuple[str, str], bool] = {}
    for encounter in traversal_encounters(view):
        if encounter.service != SSH_TUNNEL and encounter.known:
            ends = _ends(encounter)
            trusting[ends] = trusting.get(ends, True) and encounter.chain(view).trusted
    return trusting


def _ends(encounter: Encounter) -> tuple[str, str]:
    return encounter.verifier.fqdn, encounter.peer.fqdn
