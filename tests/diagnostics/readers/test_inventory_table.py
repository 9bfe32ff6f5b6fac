"""The inventory as a table: CSV as people and spreadsheets write it."""

import time

import pytest

from diagnostics.estate.observations import DeploymentRef, FactKey, NodeRef, Origin, ZoneRef
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.readers.flaws import Flaw
from tests.builders.inventory import HEADER, ROWS, as_csv
from tests.diagnostics.readers.flawed import words_of

NAME = "nodes.txt"
KEYS = {
    "cluster": FactKey.CLUSTER,
    "role": FactKey.ROLE,
    "address": FactKey.ADDRESS,
    "version": FactKey.VERSION,
}
EVERYTHING = {
    (NodeRef(name=row[2]), KEYS[column], value)
    for row in ROWS
    for column, value in zip(HEADER, row, strict=True)
    if column in KEYS
}


@pytest.fixture
def read_table(read_files):
    return lambda text, encoding="utf-8": read_files({NAME: text.encode(encoding)})


def said(outcome):
    return {(fact.subject, fact.key, fact.value) for fact in outcome.facts()}


def problems(outcome):
    return [(item.code, item.line, dict(item.params)) for item in outcome.file(NAME).problems]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_separator_and_encoding_of_spreadsheets_is_read(read_table, separator, encoding):
    outcome = read_table(as_csv(separator=separator), encoding)
    assert said(outcome) == EVERYTHING
    file = outcome.file(NAME)
    assert (file.kind, file.outcome, file.problems) == (Kind.INVENTORY, Outcome.READ, ())
    assert file.found == {"facts": len(EVERYTHING)}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(read_table, newline):
    assert said(read_table(as_csv().replace("\r\n", newline))) == EVERYTHING


def test_columns_may_stand_in_any_order(read_table):
    turned = [tuple(reversed(row)) for row in ROWS]
    assert said(read_table(as_csv(turned, header=HEADER[::-1]))) == EVERYTHING


def test_names_of_columns_are_taken_as_people_write_them(read_table):
    outcome = read_table(as_csv(header=("Cluster", " ROLE ", "FQDN", "IP address", "Release")))
    assert said(outcome) == EVERYTHING
    assert outcome.file(NAME).problems == ()


def test_the_line_that_tells_excel_the_separator_and_a_title_may_come_first(read_table):
    assert said(read_table("sep=;\r\nOur nodes;;;;\r\n\r\n" + as_csv(separator=";"))) == EVERYTHING


def test_quoted_cells_hold_separators_quotes_and_line_ends(read_table):
    rows = [('"Example, ""Corp"""', "expressway-c", "expc1.example.com", '"192.0.2.11\n198.51.100.11"', "X14")]
    outcome = read_table(as_csv(rows))
    assert outcome.values(FactKey.CLUSTER) == ['Example, "Corp"']
    assert outcome.values(FactKey.ADDRESS) == ["192.0.2.11", "198.51.100.11"]
    assert outcome.file(NAME).problems == ()


def test_rows_after_one_of_several_lines_keep_their_line_numbers(read_table):
    rows = [
        ("c", "expressway-c", "a.example.com", '"192.0.2.1\r\n192.0.2.2"', ""),
        ("c", "nonsense", "b.example.com", "", ""),
    ]
    ((code, line, _),) = problems(read_table(as_csv(rows)))
    assert (code, line) == (ProblemCode.WRONG_VALUE, 4)


def test_facts_say_their_line_quote_it_and_are_a_persons(read_table):
    outcome = read_table(as_csv())
    (fact,) = [fact for fact in outcome.facts(FactKey.VERSION) if fact.subject == NodeRef(name="expe1.example.com")]
    assert (fact.source.line, fact.source.text) == (4, ", ".join(ROWS[2]))
    assert (fact.origin, fact.proven) == (Origin.PERSON, False)


@pytest.mark.parametrize("role", ["Expressway-C", "expressway c", "EXPRESSWAY_C"])
def test_a_role_is_taken_in_any_case_and_with_any_hyphen(read_table, role):
    assert read_table(as_csv([("c", role, "a.example.com", "", "")])).values(FactKey.ROLE) == ["expressway-c"]


def test_a_wrong_role_is_named_with_its_line_and_costs_nothing_else(read_table):
    outcome = read_table(as_csv([*ROWS[:1], ("c", "vcs-control", "x.example.com", "192.0.2.99", "X8")]))
    ((code, line, params),) = problems(outcome)
    assert (code, line, params["key"], params["value"]) == (ProblemCode.WRONG_VALUE, 3, "role", "vcs-control")
    assert "expressway-c" in params["known"]
    assert outcome.file(NAME).outcome is Outcome.PARTLY
    assert (NodeRef(name="x.example.com"), FactKey.VERSION, "X8") in said(outcome)


def test_an_unknown_column_is_a_warning_with_the_line_of_the_header(read_table):
    outcome = read_table("\r\n" + as_csv([(*row, "rack 7") for row in ROWS], header=(*HEADER, "Location")))
    assert problems(outcome) == [(ProblemCode.UNKNOWN_KEY, 2, {"key": "Location"})]
    assert said(outcome) == EVERYTHING


def test_a_column_that_stands_twice_is_told_and_the_first_one_counts(read_table):
    outcome = read_table(as_csv([(*ROWS[0], "X99")], header=(*HEADER, "version")))
    ((code, line, params),) = problems(outcome)
    assert (code, line) == (ProblemCode.MALFORMED, 1)
    assert "version" in words_of(params)
    assert outcome.values(FactKey.VERSION) == ["X14.0.10"]


def test_a_row_without_a_name_is_told_and_a_blank_one_is_not(read_table):
    outcome = read_table(as_csv([("c", "expressway-c", "", "192.0.2.1", ""), ("", " ", "", "", ""), ROWS[0]]))
    ((code, line, params),) = problems(outcome)
    assert (code, line, words_of(params)) == (ProblemCode.MALFORMED, 2, "the cell “fqdn” is empty")


def test_a_row_with_more_cells_than_columns_is_told(read_table):
    ((_, line, params),) = problems(read_table(as_csv([(*ROWS[0], "stray")])))
    assert (line, words_of(params)) == (2, "the row has more cells than the header has columns")


def test_empty_cells_say_nothing(read_table):
    assert said(read_table(as_csv([("", "", "a.example.com", "", "")]))) == set()


def test_comments_are_passed_over(read_table):
    assert said(read_table(as_csv([("# c", "nonsense", "x", "", ""), *ROWS]))) == EVERYTHING


def test_what_yaml_can_say_of_a_node_and_of_the_deployment_has_columns(read_table):
    header = (
        *("fqdn", "role", "server_entry", "cluster_peers", "tls_verification", "verify_origin_server"),
        *("server_eku_upload", "sip_eku_checking", "revocation_mode", "revocation_fallback", "deployment"),
        *("mra_enabled", "mra_domains", "phone_security_profiles", "cms_join_hosts", "chat_node_aliases"),
    )
    row = (
        *(
            "a.example.com",
            "expressway-c",
            "192.0.2.9",
            "a.example.com b.example.com",
            "Enforce",
            "WAHR",
            "no",
            "1",
            "off",
        ),
        *(
            "not revoked",
            "Example Corp",
            "yes",
            "example.com example.net",
            "secure one; secure two",
            "join.example.com",
        ),
        "chat.example.com",
    )
    outcome = read_table(as_csv([row], header=header))
    node, everything = NodeRef(name="a.example.com"), DeploymentRef()
    assert outcome.file(NAME).problems == ()
    assert said(outcome) == {
        (node, FactKey.ROLE, "expressway-c"),
        (node, FactKey.SERVER_ENTRY, "192.0.2.9"),
        (node, FactKey.CLUSTER_PEER, "a.example.com"),
        (node, FactKey.CLUSTER_PEER, "b.example.com"),
        (node, FactKey.TLS_VERIFICATION, "enforce"),
        (node, FactKey.VERIFY_ORIGIN_SERVER, True),
        (node, FactKey.SERVER_EKU_UPLOAD, False),
        (node, FactKey.SIP_EKU_CHECKING, True),
        (node, FactKey.REVOCATION_MODE, False),
        (node, FactKey.REVOCATION_FALLBACK, "not-revoked"),
        (everything, FactKey.DEPLOYMENT_NAME, "Example Corp"),
        (everything, FactKey.MRA_ENABLED, True),
        (everything, FactKey.MRA_DOMAIN, "example.com"),
        (everything, FactKey.MRA_DOMAIN, "example.net"),
        (everything, FactKey.PHONE_SECURITY_PROFILE, "secure one"),
        (everything, FactKey.PHONE_SECURITY_PROFILE, "secure two"),
        (everything, FactKey.CMS_JOIN_HOST, "join.example.com"),
        (everything, FactKey.CHAT_NODE_ALIAS, "chat.example.com"),
    }


def test_zones_are_a_table_of_their_own(read_table):
    header = (
        "cluster",
        "zone",
        "type",
        "port",
        "tls_verify",
        "tls_verify_subject_name",
        "peers",
        "unified_communications",
    )
    rows = [
        ("c.example.com", "UC", "traversal-client", "7001", "on", "", "e1.example.com e2.example.com", "true"),
        ("c.example.com", "Other", "neighbor", "70000", "maybe", "", "", ""),
    ]
    outcome = read_table(as_csv(rows, header=header))
    first, second = (key for key in dict.fromkeys(fact.subject for fact in outcome.facts()))
    assert (first.key, second.key) == ("1", "2")
    assert isinstance(first, ZoneRef)
    assert outcome.values(FactKey.ZONE_PEER) == ["e1.example.com", "e2.example.com"]
    assert outcome.values(FactKey.ZONE_PORT) == [7001]
    assert [(code, line, params["wanted"]) for code, line, params in problems(outcome)] == [
        (ProblemCode.WRONG_TYPE, 3, "port"),
        (ProblemCode.WRONG_TYPE, 3, "true-or-false"),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "'", "\t="])
def test_the_apostrophe_that_disarms_a_formula_is_taken_off(read_table, start):
    written = f"{start}x".strip()
    outcome = read_table(as_csv([(f"'{written}", "expressway-c", "a.example.com", "", "")]))
    assert outcome.values(FactKey.CLUSTER) == [written]


def test_an_apostrophe_that_disarms_nothing_stays(read_table):
    outcome = read_table(as_csv([("'t Hof", "expressway-c", "a.example.com", "", "")]))
    assert outcome.values(FactKey.CLUSTER) == ["'t Hof"]


@pytest.mark.parametrize(
    "text",
    [
        "name,role\nx,expressway-c\n",
        "fqdn,address\nx.example.com,192.0.2.1\n",
        "The fqdn, the role and the cluster of each node are asked for.\n",
        "fqdn role cluster\n",
        "\n" * 30 + as_csv(),
    ],
    ids=["no fqdn", "neither role nor cluster", "prose", "one column", "header too far down"],
)
def test_what_has_no_header_of_an_inventory_is_no_inventory(read_table, text):
    assert read_table(text).file(NAME).kind is Kind.TEXT


def test_a_quote_that_is_never_closed_is_told_with_the_row_that_opens_it(read_table):
    outcome = read_table(as_csv([*ROWS[:2], ('"c', *ROWS[2][1:]), *ROWS[3:]]))
    assert problems(outcome) == [(ProblemCode.MALFORMED, 4, {"flaw": Flaw.OPEN_QUOTE})]
    assert {fact.subject for fact in outcome.facts()} == {NodeRef(name=row[2]) for row in ROWS[:2]}


def test_null_bytes_are_replaced_and_cost_no_other_row(read_table):
    outcome = read_table(as_csv([("c\0", "expressway-c", "a.example.com", "", ""), *ROWS]))
    assert said(outcome) >= EVERYTHING
    assert outcome.values(FactKey.CLUSTER)[0] == "c\ufffd"


def test_a_cell_beyond_any_use_is_lost_alone(read_table):
    ((_, line, params),) = problems(read_table(as_csv([("c" * 1001, *ROWS[0][1:])])))
    assert (line, words_of(params)) == (2, "“cluster” is longer than 1000 characters")


def test_a_million_rows_are_read_up_to_the_bound_and_the_rest_is_said_to_be_left(read_table):
    row = "c,expressway-c,x.example.com\n"
    started = time.process_time()
    outcome = read_table("cluster,role,fqdn\n" + row * 500_000)
    assert time.process_time() - started < 5
    ((_, line, params),) = problems(outcome)
    assert words_of(params) == "only the first 10000 rows are read"
    assert line == 10_001


def test_ten_thousand_columns_are_read_up_to_the_bound(read_table):
    header = [*HEADER, *(f"column {number}" for number in range(10_000))]
    outcome = read_table(as_csv([*ROWS], header=header))
    assert said(outcome) == EVERYTHING
    (first, *others) = problems(outcome)
    assert first == (ProblemCode.MALFORMED, 1, {"flaw": Flaw.MORE_COLUMNS, "limit": "200"})
    assert len(others) < 110


def test_a_header_that_names_its_columns_too_far_to_the_right_says_so(read_table):
    outcome = read_table(as_csv([], header=[*("x" * 1 for _ in range(300)), *HEADER]))
    assert outcome.file(NAME).outcome is Outcome.NOT_READ
    ((code, line, params),) = problems(outcome)
    assert (code, line) == (ProblemCode.MALFORMED, 1)
    assert "first 200 columns" in words_of(params)


def test_a_private_key_in_a_cell_is_noticed_and_forgotten(read_table, authority):
    key = authority.key_pem.decode()
    outcome = read_table(as_csv([(f'"{key}"', *ROWS[0][1:])]))
    assert ProblemCode.PRIVATE_KEY in [code for code, _, _ in problems(outcome)]
    assert key.splitlines()[1] not in repr(outcome.reading)
