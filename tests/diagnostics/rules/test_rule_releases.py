"""What a release changes, one release on either side of each boundary."""

import pytest

from diagnostics.samples.authority import self_signed
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import UC_ZONE, healthy
from tests.diagnostics.rules.cases.base import node, reissue, without
from tests.diagnostics.rules.judging import AT, BOTH, diagnosis, findings, outcomes


def severities(plan: EstatePlan, code: str) -> set[str]:
    """How the rule speaks of the plan as an inventory; nothing else may be found."""
    found = findings(diagnosis(plan), plan)
    assert {item.code for item in found} <= {code}
    return {item.severity for item in found}


def told(plan: EstatePlan, version: str | None) -> EstatePlan:
    """As said by the inventory, or with nothing said of any Expressway's release."""
    for cluster in plan.clusters:
        if cluster.role in ("expressway-c", "expressway-e"):
            cluster.version = version
    return plan


@pytest.mark.parametrize("version", ["X8.9", "X12.7", "X14.0.7", "X14.0.8", "X14.0.10", "X14.2", "X15.3", "X15.4"])
@pytest.mark.parametrize("form", BOTH)
def test_a_healthy_estate_is_healthy_in_every_release_with_one_certificate_per_node(version, form):
    plan = healthy(at=AT, version=version)
    document = diagnosis(plan, form)

    assert findings(document, plan) == set()
    assert document["summary"]["verdict"] == "healthy"
    assert document["summary"]["cannot_tell"] == 0


@pytest.mark.parametrize(
    "shape",
    [
        {"expressway_c": 1, "expressway_e": 1},
        {"expressway_c": 3, "expressway_e": 3, "unified_cm": 2},
        {"im_presence": 2, "ecdsa": True},
        {"domain": "corp.example", "mra_domains": ("example.com", "example.net")},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", BOTH)
def test_a_healthy_estate_is_healthy_in_every_shape(shape, form):
    plan = healthy(at=AT, **shape)
    document = diagnosis(plan, form)

    assert findings(document, plan) == set()
    assert document["summary"]["cannot_tell"] == 0


def test_of_an_estate_whose_releases_nobody_says_nothing_is_found():
    plan = told(healthy(at=AT), None)

    assert findings(diagnosis(plan), plan) == set()


@pytest.mark.parametrize("version", ["X15.5", "X15.5.1", "X16"])
def test_a_healthy_estate_is_healthy_in_every_release_with_split_stores(version):
    plan = healthy(at=AT, version=version, split_stores=True)
    document = diagnosis(plan)

    assert findings(document, plan) == set()
    assert document["summary"]["cannot_tell"] == 0


# Notes 225476 (X14.0.8) and 218018 (X14.2) date the verification of every request differently.
VERIFIES = [
    ("X14.0.7", "medium"),
    ("X14.0.8", "high"),
    ("X14.0.10", "high"),
    ("X14.1", "high"),
    ("X14.2", "critical"),
    ("X14.2.0", "critical"),
    ("X15.5", "critical"),
    (None, "high"),
]


def voice(version: str | None) -> EstatePlan:
    plan = healthy(at=AT, version=version, split_stores=version == "X15.5") if version else healthy(at=AT)
    return told(plan, version)


def no_switch(plan: EstatePlan) -> EstatePlan:
    for cluster in plan.clusters:
        cluster.settings.verify_origin_server = None
    return plan


@pytest.mark.parametrize(("version", "severity"), VERIFIES)
def test_an_untrusted_unified_cm_weighs_as_the_release_verifies(version, severity):
    plan = no_switch(voice(version))
    without(plan, "expc1", "ucm-root")

    assert severities(plan, "uc-node-ca-not-trusted") == {severity}


@pytest.mark.parametrize(("version", "severity"), VERIFIES)
def test_a_misnamed_unified_cm_weighs_as_the_release_verifies(version, severity):
    plan = no_switch(voice(version))
    node(plan, "cucm1").server_entry = "cucm1"

    assert severities(plan, "uc-node-name-not-in-cert") == {severity}


@pytest.mark.parametrize("version", ["X14.2", "X15.5"])
def test_with_origin_verification_switched_off_an_untrusted_unified_cm_weighs_less(version):
    plan = voice(version)
    plan.cluster("expc.example.com").settings.verify_origin_server = False
    without(plan, "expc1", "ucm-root")
    node(plan, "cucm1").server_entry = "cucm1"

    found = findings(diagnosis(plan), plan)
    assert {(item.code, item.severity) for item in found} == {
        ("uc-node-ca-not-trusted", "medium"),
        ("uc-node-name-not-in-cert", "medium"),
    }


def test_an_untrusted_self_signed_certificate_weighs_as_a_missing_root():
    plan = voice("X14.2")
    node(plan, "cucm1").identity["tomcat"] = self_signed("cucm1.example.com", at=AT, dns=["cucm1.example.com"])

    assert severities(plan, "uc-node-ca-not-trusted") == {"critical"}


def test_of_two_releases_the_stricter_one_weighs_a_wrong_name_and_each_its_own_list():
    plan = no_switch(voice("X14.0.7"))
    node(plan, "expc2").version = "X14.2"
    without(plan, "expc1 expc2", "ucm-root")
    node(plan, "cucm1").server_entry = "cucm1"

    found = findings(diagnosis(plan), plan)
    assert {(item.code, item.node, item.severity) for item in found} == {
        ("uc-node-ca-not-trusted", "expc1.example.com", "medium"),
        ("uc-node-ca-not-trusted", "expc2.example.com", "critical"),
        ("uc-node-name-not-in-cert", "cucm1.example.com", "critical"),
    }


@pytest.mark.parametrize(
    ("version", "severity"),
    [("X14.0.1", "medium"), ("X14.0.2", "critical"), ("X14.0.10", "critical"), ("X12.7", "medium"), (None, "high")],
)
def test_unified_cm_needs_the_chain_of_expressway_from_the_release_that_presents_it(version, severity):
    plan = no_switch(voice(version))
    without(plan, "cucm1", "private-root", store="tomcat-trust")

    assert severities(plan, "uc-expc-chain-missing-on-ucm") == {severity}


def usages(version: str | None, host: str, *, upload: bool | None = None) -> EstatePlan:
    """One certificate is for servers only; the setting that allows it as given."""
    split = version is not None and version in ("X15.5", "X15.5.1")
    plan = told(healthy(at=AT, version=version, split_stores=split) if version else healthy(at=AT), version)
    plan.cluster_of(f"{host}.example.com").settings.server_eku_upload = upload
    if split:
        reissue(plan, host, "client", usages=("server",))
    else:
        reissue(plan, host, usages=("server",))
    return plan


@pytest.mark.parametrize(
    ("version", "upload", "expected"),
    [
        ("X14.3.2", None, {("refused", "critical")}),
        ("X15.3", None, {("refused", "critical")}),
        ("X15.3", True, {("refused", "critical")}),
        ("X15.4", True, set()),
        ("X15.4", False, {("refused", "critical")}),
        ("X15.4.9", True, set()),
        ("X15.5", None, {("client-store", "medium")}),
        ("X15.5.1", True, {("client-store", "medium")}),
        (None, None, {("release-unknown", "medium")}),
    ],
)
def test_expressway_e_for_servers_only_by_release_and_setting(version, upload, expected):
    plan = usages(version, "expe1", upload=upload)
    found = findings(diagnosis(plan), plan)

    assert {item.code for item in found} <= {"eku-client-auth-missing"}
    assert {(item.variant, item.severity) for item in found} == expected


def test_in_x15_4_nobody_can_tell_of_expressway_e_while_the_setting_is_unknown():
    plan = usages("X15.4", "expe1")
    document = diagnosis(plan)

    assert findings(document, plan) == set()
    assert [
        (item["node"], item["reason"]) for item in outcomes(document, "eku-client-auth-missing", "cannot-tell")
    ] == [("expe1.example.com", "setting-unknown")]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("X14.3.2", ("refused", "critical")),
        ("X15.3", ("refused", "critical")),
        ("X15.4", ("refused", "critical")),
        ("X15.5", ("client-store", "critical")),
    ],
)
def test_expressway_c_is_always_a_client_whatever_the_setting_says(version, expected):
    plan = usages(version, "expc1", upload=True)
    found = findings(diagnosis(plan), plan)

    assert {(item.variant, item.severity) for item in found if item.code == "eku-client-auth-missing"} == {expected}
    assert {item.severity for item in found if item.code == "ssh-tunnel-client-eku-missing"} == {"critical"}
    assert {item.code for item in found} == {"eku-client-auth-missing", "ssh-tunnel-client-eku-missing"}


def test_the_switch_of_the_sip_check_does_not_help_the_tunnels():
    plan = usages("X15.5", "expc1")
    for cluster in plan.clusters:
        if cluster.role.startswith("expressway"):
            cluster.settings.sip_eku_checking = False

    assert "ssh-tunnel-client-eku-missing" in {item.code for item in findings(diagnosis(plan), plan)}


@pytest.mark.parametrize(("version", "slot"), [("X15.4", "server"), ("X15.5", "client")])
def test_the_verify_name_is_looked_for_in_the_certificate_that_the_release_presents(version, slot):
    plan = healthy(at=AT, version=version, split_stores=True)
    names = {"server": ["expc2.example.com", "expc.example.com"], "client": ["expc2.example.com", "expc.example.com"]}
    names[slot] = ["expc2.example.com", "only-here.example.com"]
    for held, dns in names.items():
        reissue(plan, "expc2", held, dns=dns, usages=("server", "client"))
    for held in ("server", "client"):
        reissue(plan, "expc1", held, usages=("server", "client"), dns=["expc1.example.com", "only-here.example.com"])
    for edge in ("expe1", "expe2"):
        reissue(plan, edge, usages=("server", "client"))
    plan.zone("expe.example.com", UC_ZONE).verify_name = "only-here.example.com"
    document = diagnosis(plan)

    assert not {item.code for item in findings(document, plan)} & {
        "traversal-verify-name-not-in-cert",
        "traversal-verify-name-partial-cluster",
    }
    assert len(outcomes(document, "traversal-verify-name-partial-cluster", "holds")) == 2
