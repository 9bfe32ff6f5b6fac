"""Expressway-C towards Unified CM and IM and Presence, and Unified CM towards Expressway-C."""

from functools import partial

from diagnostics.samples.authority import self_signed
from diagnostics.samples.blueprint import EstatePlan
from tests.diagnostics.rules.cases.base import Table, elsewhere, every_list, hide, instead, node, reissue, without
from tests.diagnostics.rules.judging import AT, said

UC_NODES = Table()
TRUST, NAME, BACK = "uc-node-ca-not-trusted", "uc-node-name-not-in-cert", "uc-expc-chain-missing-on-ucm"
CORES = ("expc1", "expc2")
BOTH_SLOTS = ("cucm1 tomcat", "cucm1 callmanager")
VOICE_STORES = ("tomcat-trust", "callmanager-trust")

untrusted = partial(said, TRUST, store="trusted-ca", peers=["cucm1"])
misnamed = partial(said, NAME, "critical", node="cucm1", peers=CORES)
lacking = partial(said, BACK, node="cucm1", peers=CORES, about=["expc1 server", "expc2 server"])


@UC_NODES.case(
    "one Expressway-C lacks the CA of Unified CM",
    untrusted("critical", variant="chain", node="expc1", about=BOTH_SLOTS, missing=("ucm-root",)),
)
def ca_absent(plan: EstatePlan) -> None:
    without(plan, "expc1", "ucm-root")


@UC_NODES.case(
    "one Expressway-C lacks the CA of IM and Presence as well, and of the ECDSA certificates",
    untrusted(
        "critical",
        variant="chain",
        node="expc2",
        peers=["cucm1", "imp1"],
        about=[
            *BOTH_SLOTS,
            "cucm1 tomcat-ecdsa",
            "cucm1 callmanager-ecdsa",
            "imp1 tomcat",
            "imp1 cup-xmpp",
        ],
        missing=("ucm-root",),
    ),
    im_presence=1,
    ecdsa=True,
)
def ca_of_all_absent(plan: EstatePlan) -> None:
    without(plan, "expc2", "ucm-root")


@UC_NODES.case(
    "the root of Unified CM is trusted and its new intermediate is not",
    *(
        untrusted("high", variant="chain", node=host, about=["cucm1 tomcat"], missing=("ucm-issuing",))
        for host in CORES
    ),
)
def intermediate_absent(plan: EstatePlan) -> None:
    issuing = plan.authorities["ucm-root"].intermediate("Example Corporation UC Issuing CA")
    plan.authorities["ucm-issuing"] = issuing
    host = node(plan, "cucm1")
    host.identity["tomcat"] = issuing.reissue(host.issued("tomcat"))
    host.trust["tomcat-trust"].append(issuing.certificate)


def signs_itself(plan: EstatePlan) -> None:
    name = "cucm1.example.com"
    node(plan, "cucm1").identity["tomcat"] = self_signed(name, at=AT, dns=[name])


UC_NODES.case(
    "a self-signed tomcat certificate is in no list",
    *(untrusted("critical", variant="self-signed", node=host, missing=("cucm1.example.com tomcat",)) for host in CORES),
)(signs_itself)


@UC_NODES.case(
    "one Expressway-C holds a CA of Unified CM that may not sign for its names",
    *(
        untrusted("critical", variant="refused", node="expc1", peers=[host], about=[f"{host} {slot}"])
        for host in ("cucm1", "cucm2")
        for slot in ("tomcat", "callmanager")
    ),
    unified_cm=2,
)
def ca_refused(plan: EstatePlan) -> None:
    instead(plan, "expc1", "ucm-root", elsewhere(plan.authorities["ucm-root"]).certificate)


@UC_NODES.case(
    "in the list of one Expressway-C a CA of the same name hides the one of Unified CM",
    untrusted("critical", variant="shadowed", node="expc1", about=["cucm1 tomcat"]),
)
def ca_hidden(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", authority_key_id=False)
    hide(plan, "expc1", "ucm-root")


@UC_NODES.case(
    "tomcat-trust of Unified CM holds a root of Expressway-C that may not sign for its names",
    *(
        lacking("critical", variant="refused", store="tomcat-trust", peers=[host], about=[f"{host} server"])
        for host in CORES
    ),
)
def ucm_refuses(plan: EstatePlan) -> None:
    other = elsewhere(plan.authorities["private-root"]).certificate
    instead(plan, "cucm1", "private-root", other, store="tomcat-trust")


@UC_NODES.case(
    "in CallManager-trust a CA of the same name hides the root of Expressway-C",
    lacking("critical", variant="shadowed", store="callmanager-trust"),
)
def ucm_root_hidden(plan: EstatePlan) -> None:
    every_list(plan, "private-issuing", plan.authorities["private-issuing"].renewed(authority_key_id=False))
    hide(plan, "cucm1", "private-root", store="callmanager-trust")


@UC_NODES.case(
    "tomcat-trust of Unified CM is empty",
    lacking("critical", store="tomcat-trust", missing=("private-issuing", "private-root")),
    forms=("artefacts",),
)
def empty_list(plan: EstatePlan) -> None:
    node(plan, "cucm1").trust["tomcat-trust"].clear()


@UC_NODES.case("a self-signed tomcat certificate is in every list", holds=TRUST)
def self_signed_listed(plan: EstatePlan) -> None:
    signs_itself(plan)
    for host in CORES:
        node(plan, host).trust["trusted-ca"].append(node(plan, "cucm1").issued("tomcat").certificate)


@UC_NODES.case(
    "Unified CM is entered by a name that its certificates lack",
    *(misnamed(about=[slot], wanted="cucm-pub.voice.example.com") for slot in BOTH_SLOTS),
)
def other_entry(plan: EstatePlan) -> None:
    node(plan, "cucm1").server_entry = "cucm-pub.voice.example.com"


@UC_NODES.case(
    "Unified CM is entered by its host name alone",
    *(said(NAME, "critical", node="cucm1", peers=CORES, about=[slot], wanted="cucm1") for slot in BOTH_SLOTS),
)
def short_entry(plan: EstatePlan) -> None:
    node(plan, "cucm1").server_entry = "cucm1"


@UC_NODES.case(
    "nobody says how Unified CM is entered, and its tomcat certificate lacks its own name",
    misnamed(variant="assumed", about=["cucm1 tomcat"], wanted="cucm1.example.com"),
    forms=("inventory",),
)
def own_name_lost(plan: EstatePlan) -> None:
    node(plan, "cucm1").server_entry = None
    reissue(plan, "cucm1", "tomcat", common_name="cucm", dns=["cucm.example.com"])


@UC_NODES.case(
    "the ECDSA certificates of Unified CM and the XMPP certificate of IM and Presence lack the name that is used",
    *(misnamed(about=[f"cucm1 {slot}"], wanted="cucm1.example.com") for slot in ("tomcat-ecdsa", "callmanager-ecdsa")),
    misnamed(node="imp1", variant="assumed", about=["imp1 cup-xmpp"], wanted="imp1.example.com"),
    im_presence=1,
    ecdsa=True,
)
def names_of_other_slots(plan: EstatePlan) -> None:
    node(plan, "imp1").server_entry = None
    for host, slot in (("cucm1", "tomcat-ecdsa"), ("cucm1", "callmanager-ecdsa"), ("imp1", "cup-xmpp")):
        reissue(plan, host, slot, common_name="voice", dns=["voice.example.com"])


@UC_NODES.case("a certificate that Expressway-C does not meet may have any name", holds=NAME, im_presence=1)
def names_of_the_slot_that_is_not_met(plan: EstatePlan) -> None:
    reissue(plan, "imp1", "cup", common_name="voice", dns=["voice.example.com"])


@UC_NODES.case("a wildcard or a common name is enough for the traffic server", holds=NAME)
def traffic_server_takes_more(plan: EstatePlan) -> None:
    reissue(plan, "cucm1", "tomcat", dns=["*.example.com"], common_name="Unified CM")
    reissue(plan, "cucm1", "callmanager", dns=["cucm.example.net"])


@UC_NODES.case(
    "tomcat-trust of Unified CM lacks the chain of Expressway-C",
    lacking("critical", store="tomcat-trust", missing=("private-issuing", "private-root")),
)
def tomcat_trust(plan: EstatePlan) -> None:
    without(plan, "cucm1", "private-root", "private-issuing", store="tomcat-trust")


@UC_NODES.case(
    "both lists of Unified CM lack the root of Expressway-C",
    *(lacking("critical", store=store, missing=("private-root",)) for store in VOICE_STORES),
)
def root_absent(plan: EstatePlan) -> None:
    for store in VOICE_STORES:
        without(plan, "cucm1", "private-root", store=store)


@UC_NODES.case(
    "CallManager-trust lacks the intermediate that Expressway-C sends",
    lacking("high", store="callmanager-trust", missing=("private-issuing",)),
)
def intermediate_sent(plan: EstatePlan) -> None:
    without(plan, "cucm1", "private-issuing", store="callmanager-trust")


_UNSENT = [lacking("critical", store="callmanager-trust", missing=("private-issuing",))]
_UNSENT_WHY = [
    said(code, severity, node=host, store="trusted-ca", about=[f"{host} server"], missing=("private-issuing",))
    for code, severity in (("own-ca-not-trusted", "critical"), ("own-chain-gap", "high"))
    for host in CORES
]


@UC_NODES.case(
    "CallManager-trust lacks the intermediate that Expressway-C does not send either",
    *_UNSENT,
    *(item for item in _UNSENT_WHY if item.code == "own-ca-not-trusted"),
    artefacts=[*_UNSENT, *(item for item in _UNSENT_WHY if item.code == "own-chain-gap")],
)
def intermediate_unsent(plan: EstatePlan) -> None:
    without(plan, "cucm1", "private-issuing", store="callmanager-trust")
    without(plan, "expc1 expc2", "private-issuing")


@UC_NODES.case(
    "a subscriber whose lists nobody handed in, beside a publisher whose lists are complete", holds=BACK, unified_cm=2
)
def subscriber(plan: EstatePlan) -> None:
    node(plan, "cucm2").trust.clear()
