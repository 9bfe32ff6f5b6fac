"""Is a name in a certificate, in which field, and if not what is nearest to it."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.pki import names
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load_certificate
from diagnostics.pki.names import Match, Miss, check_name, closeness, covers, nearest_name, normalised
from diagnostics.samples.authority import root

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
TOP = root(at=AT)


def certificate(*dns: str, common_name: str | None = None, ips: tuple[str, ...] = ()) -> Certificate:
    return load_certificate(TOP.issue(common_name=common_name, dns=dns, ips=ips).der)


@pytest.mark.parametrize(
    ("presented", "wanted", "normal"),
    [
        ("expe1.example.com", "expe1.example.com", False),
        ("ExpE1.Example.com", "expe1.example.com", True),
        ("expe1.example.com", "EXPE1.EXAMPLE.COM", True),
        ("expe1.example.com", "expe1.example.com.", True),
        ("expe1.example.com.", "expe1.example.com", True),
        ("xn--bcher-kva.example.com", "bücher.example.com", True),
        ("xn--bcher-kva.example.com", "BÜCHER.example.com", True),
        ("XN--BCHER-KVA.example.com", "xn--bcher-kva.example.com", True),
        ("under_score.example.com", "under_score.example.com", False),
        ("expe1.example.com", "  expe1.example.com\t", False),
        ("expe1", "expe1", False),
    ],
)
def test_a_name_of_the_san_is_found_and_normalising_is_said(presented, wanted, normal):
    check = check_name(certificate("other.example.com", presented), wanted)

    assert (check.match, check.found, check.normalised) == (Match.IN_SAN, presented, normal)
    assert (check.nearest, check.miss) == (None, None)
    assert check.presented == ("other.example.com", presented)


@pytest.mark.parametrize(
    ("presented", "wanted"),
    [
        ("expe1.example.com", "expe1.example.co"),
        ("expe1.example.com", "xpe1.example.com"),
        ("expe1.example.com", "example.com"),
        ("example.com", "expe1.example.com"),
        ("expe1.example.com", "expe1.example.com\0.evil.example"),
        ("expe1.example.com ", "expe1.example.com"),
        (" expe1.example.com", "expe1.example.com"),
        ("*.example.com", "expe1.example.com"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_another_name_is_not_found(presented, wanted):
    assert check_name(certificate(presented), wanted).match is Match.ABSENT


def test_the_common_name_alone_is_no_clean_match():
    for wanted, normal in (("expc1.example.com", False), ("EXPC1.example.com.", True)):
        check = check_name(certificate("other.example.com", common_name="expc1.example.com"), wanted)
        assert (check.match, check.found, check.normalised) == (Match.ONLY_IN_CN, "expc1.example.com", normal)


def test_the_san_comes_before_the_common_name():
    check = check_name(certificate("expc1.example.com", common_name="expc1.example.com"), "expc1.example.com")
    assert check.match is Match.IN_SAN


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("*.example.com", "a.example.com", True),
        ("*.EXAMPLE.com", "A.example.COM.", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.com", "example.com", False),
        ("*", "example", False),
        ("a*.example.com", "ab.example.com", False),
        ("a.*.com", "a.example.com", False),
        ("**.example.com", "a.example.com", False),
        ("*.*.com", "a.b.com", False),
        (" *.example.com", "a.example.com", False),
    ],
)
def test_what_a_wildcard_covers(pattern, name, covered):
    assert covers(pattern, name) is covered
    check = check_name(certificate(pattern), name, wildcards=True)
    assert (check.match is Match.BY_WILDCARD) is covered


def test_a_wildcard_is_no_match_where_the_verifier_is_not_known_to_take_one():
    check = check_name(certificate("*.example.com"), "a.example.com")
    assert (check.match, check.nearest, check.miss) == (Match.ABSENT, "*.example.com", Miss.WILDCARD)


def test_an_exact_name_comes_before_a_wildcard():
    check = check_name(certificate("*.example.com", "a.example.com"), "a.example.com", wildcards=True)
    assert (check.match, check.found) == (Match.IN_SAN, "a.example.com")


@pytest.mark.parametrize("wanted", ["192.0.2.1", "2001:db8::1", "2001:0DB8:0::1", "[2001:db8::1]", " 192.0.2.1 "])
def test_an_address_is_found_among_the_addresses(wanted):
    check = check_name(certificate("a.example.com", ips=("192.0.2.1", "2001:db8::1")), wanted)
    assert check.match is Match.IN_SAN


def test_an_address_written_as_a_dns_name_is_not_the_address():
    check = check_name(certificate("a.example.com", "192.0.2.1"), "192.0.2.1")
    assert (check.match, check.nearest, check.miss) == (Match.ABSENT, "192.0.2.1", Miss.ADDRESS_AS_DNS)


def test_an_address_in_the_common_name_is_only_there():
    check = check_name(certificate("a.example.com", common_name="192.0.2.1"), "192.0.2.1")
    assert (check.match, check.found) == (Match.ONLY_IN_CN, "192.0.2.1")


@pytest.mark.parametrize(
    ("ips", "dns", "nearest", "miss"),
    [
        (("192.0.2.77", "198.51.100.7"), ("a.example.com",), "192.0.2.77", Miss.SPELLING),
        (("203.0.113.200",), ("a.example.com",), "203.0.113.200", Miss.UNRELATED),
        ((), ("a.example.com",), "a.example.com", Miss.UNRELATED),
        ((), (), None, None),
    ],
)
def test_what_is_nearest_to_an_address(ips, dns, nearest, miss):
    check = check_name(certificate(*dns, ips=ips), "192.0.2.7")
    assert (check.match, check.nearest, check.miss) == (Match.ABSENT, nearest, miss)


def test_no_wildcard_covers_an_address():
    assert check_name(certificate("*.0.2.1"), "192.0.2.1", wildcards=True).match is Match.ABSENT


@pytest.mark.parametrize(
    ("presented", "nearest", "miss"),
    [
        (["zone.example.org", "exep1.example.com"], "exep1.example.com", Miss.SPELLING),
        (["zone.example.org", "expe1.exmaple.com"], "expe1.exmaple.com", Miss.SPELLING),
        (["expe1.example.con"], "expe1.example.con", Miss.SPELLING),
        (["zone.example.org", "expe1"], "expe1", Miss.SHORT_HOST),
        (["zone.example.org", "expe1.internal.test"], "expe1.internal.test", Miss.OTHER_DOMAIN),
        (["zone.example.org", "mail.example.com"], "mail.example.com", Miss.OTHER_HOST),
        (["zone.example.org", "*.example.com"], "*.example.com", Miss.WILDCARD),
        (["www.invalid.test"], "www.invalid.test", Miss.UNRELATED),
        ([], None, None),
    ],
)
def test_the_nearest_miss_of_every_kind(presented, nearest, miss):
    check = check_name(certificate(*presented), "expe1.example.com")
    assert (check.match, check.nearest, check.miss) == (Match.ABSENT, nearest, miss)


def test_the_common_name_may_be_the_nearest():
    check = check_name(certificate("www.invalid.test", common_name="expe1.exmaple.com"), "expe1.example.com")
    assert (check.nearest, check.miss) == ("expe1.exmaple.com", Miss.SPELLING)


def test_a_slip_of_the_pen_ranks_before_another_host_and_a_match_before_all():
    wanted = "expe1.example.com"
    checks = [
        check_name(certificate(name), wanted)
        for name in ("www.invalid.test", "mail.example.com", "exep1.example.com", wanted)
    ]
    assert sorted(checks, key=closeness) == checks[::-1]


def test_the_nearest_name_does_not_depend_on_repetitions():
    assert nearest_name("a.example.com", ["b.example.com"] * 5) == nearest_name("a.example.com", ["b.example.com"])


class Counted:
    """Counts the names whose letters are compared."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.compared = 0
        self._original = names._distance
        monkeypatch.setattr(names, "_distance", self)

    def __call__(self, first: str, second: str) -> int:
        self.compared += 1
        return self._original(first, second)


def test_of_a_thousand_names_only_the_likely_ones_are_compared_letter_by_letter(monkeypatch):
    counted = Counted(monkeypatch)
    many = certificate(*(f"host{number}.example.org" for number in range(3_000)), "exep1.example.com")

    check = check_name(many, "expe1.example.com")

    assert (check.nearest, check.miss) == ("exep1.example.com", Miss.SPELLING)
    assert 0 < counted.compared <= 50


def test_of_a_thousand_addresses_only_some_are_compared_digit_by_digit(monkeypatch):
    counted = Counted(monkeypatch)
    many = certificate(ips=tuple(f"192.0.{number // 250}.{number % 250 + 1}" for number in range(1_000)))

    assert check_name(many, "198.51.100.1").match is Match.ABSENT
    assert 0 < counted.compared <= 50


def test_a_name_that_is_found_costs_no_comparison_at_all(monkeypatch):
    counted = Counted(monkeypatch)
    many = certificate(*(f"host{number}.example.org" for number in range(3_000)))

    assert check_name(many, "host2999.example.org").match is Match.IN_SAN
    assert counted.compared == 0


def test_names_without_end_are_compared_as_far_as_a_name_can_reach():
    assert names._distance("a" * 100_000, "b" * 100_000) == 253


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("", "", 0), ("a", "", 1), ("expe1", "exep1", 1), ("expe1", "expe11", 1), ("kitten", "sitting", 3)],
)
def test_the_distance_counts_insertions_losses_replacements_and_swaps(first, second, distance):
    assert names._distance(first, second) == names._distance(second, first) == distance


@given(st.text(max_size=80))
def test_normalising_never_raises_and_is_done_once_and_for_all(text):
    once = normalised(text)
    assert normalised(once) == once


@given(st.text(max_size=60))
def test_any_wanted_text_gets_an_answer(text):
    assert check_name(MIXED, text).match in Match


MIXED = load_certificate(
    TOP.issue(
        common_name="café",
        dns=["a.example.com", "*.example.com"],
        ips=["192.0.2.1"],
        extensions=[(x509.IssuerAlternativeName([x509.RFC822Name("x@example.com")]), False)],
    ).der
)
