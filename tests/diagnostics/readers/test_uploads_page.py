"""docs/uploads.md says what the code does."""

import re
from pathlib import Path

import pytest

from diagnostics.estate.observations import Role, Slot, StoreName, ZoneType
from diagnostics.pki.passwords import LONGEST_PASSWORD, MOST_PASSWORDS
from diagnostics.pki.pkcs12 import MOST_ROUNDS
from diagnostics.readers.base import MIB, MOST_PROBLEMS, Limits, Outcome
from diagnostics.readers.inventory import _MRA_LISTS, _SETTING_FLAGS
from diagnostics.readers.wording import LONGEST_VALUE
from diagnostics.readers.yaml_lines import DEEPEST, MOST_VALUES


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[3] / "docs" / "uploads.md").read_text()


def test_its_example_is_read_without_a_problem(read_files, page):
    example = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert example
    file = read_files({"inventory.yaml": example[1].encode()}).file("inventory.yaml")
    assert (file.outcome, file.problems) == (Outcome.READ, ())


def test_its_limits_are_those_of_the_readers(page):
    limits = Limits()
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", page, re.MULTILINE))
    stated = {name: value.split(";")[0].replace(",", "") for name, value in rows.items()}
    assert stated["archives inside archives"] == str(limits.depth)
    assert stated["members of all archives of one upload together"] == str(limits.members)
    assert stated["bytes that all archives of one upload unfold to"] == f"{limits.inflated // MIB // 1024} GiB"
    assert stated[f"unfolded to packed, from {limits.ratio_floor // MIB} MiB on"] == f"{limits.ratio} to 1"
    assert f"{limits.spooled // MIB // 1024} GiB" in stated.values()
    assert stated["one file that is read whole (dump, status, JSON, inventory, certificates)"] == (
        f"{limits.structured // MIB} MiB"
    )
    assert stated["certificates in one file"] == str(limits.certificates)
    assert stated["rounds of key derivation in a PKCS#12 container"] == str(MOST_ROUNDS)
    assert f"| {MOST_PASSWORDS}; {LONGEST_PASSWORD:,} characters |" in page
    assert stated["facts from one configuration dump"] == str(limits.facts)
    assert stated["values in one inventory"] == f"{MOST_VALUES} and {DEEPEST} levels of nesting"
    assert stated["one value of an inventory or setting of a dump"] == f"{LONGEST_VALUE} characters"
    assert stated["problems listed for one file"] == str(MOST_PROBLEMS)


def test_it_names_every_key_place_and_word_of_the_inventory(page):
    table = page[page.index("| where | keys |") :]
    words = {*_MRA_LISTS, *_SETTING_FLAGS, *(place.value for kind in (Slot, StoreName, ZoneType) for place in kind)}
    words |= {role.value for role in Role} - {Role.EXPRESSWAY.value}
    words |= {"tls_verify_subject_name", "unified_communications", "server_entry", "crls", "peers", "fallback", "mode"}
    assert {word for word in words if f"`{word}`" not in table} == set()
