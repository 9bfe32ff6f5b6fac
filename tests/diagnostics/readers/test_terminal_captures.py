"""One terminal capture with the output of both commands."""

import pytest

from diagnostics.estate.observations import FactKey, NodeRef, Origin, Sign
from diagnostics.readers import Limits
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from tests.builders.expressway import configuration_text, status_text

BANNER = b"login as: admin\nTANDBERG Video Communication Server X14.3.2\n\nexpc1:~ # xconfiguration\n"


def both(*parts: bytes) -> bytes:
    return BANNER + b"\nOK\nexpc1:~ # \n".join(parts)


@pytest.mark.parametrize("turned", [False, True], ids=["configuration first", "status first"])
def test_configuration_and_status_in_one_capture_are_both_read(read_files, turned):
    parts = [configuration_text(), status_text(named=False)]
    outcome = read_files({"putty.log": both(*(reversed(parts) if turned else parts))})
    assert outcome.file("putty.log").outcome is Outcome.READ
    assert {fact.origin for fact in outcome.facts()} == {Origin.CONFIGURATION, Origin.STATUS}
    (version,) = outcome.facts(FactKey.VERSION)
    assert version.subject == NodeRef(name="expc1", container="")
    assert [item.node.name for item in outcome.reading.observations if isinstance(item, Sign)] == ["expc1"]
    assert outcome.values(FactKey.ZONE_NAME)


def test_each_is_read_alone_as_well(read_files):
    outcome = read_files({"a": both(configuration_text()), "b": both(status_text())})
    assert [file.kind for file in outcome.reading.files] == [Kind.XCONFIGURATION, Kind.XSTATUS_TEXT]
    assert [file.outcome for file in outcome.reading.files] == [Outcome.READ, Outcome.READ]


def test_a_status_between_the_dumps_of_two_nodes_is_nobodys(read_files):
    content = both(configuration_text(), status_text(named=False), configuration_text("expe1.example.com"))
    outcome = read_files({"x": content})
    assert (outcome.file("x").outcome, outcome.codes("x")) == (Outcome.PARTLY, [ProblemCode.SEVERAL_NODES])
    assert {fact.origin for fact in outcome.facts()} == {Origin.CONFIGURATION}
    assert set(outcome.values(FactKey.HOST_NAME)) == {"expc1", "expe1"}


def test_what_is_wrong_with_either_is_told_once(read_files):
    key = b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
    outcome = read_files({"x": both(configuration_text(), key, status_text()[: -len(b"*s/end\n\nOK\n")])})
    assert outcome.codes("x") == [ProblemCode.PRIVATE_KEY, ProblemCode.MALFORMED]
    assert outcome.file("x").outcome is Outcome.PARTLY


@pytest.mark.parametrize("most", [20, 62])
def test_the_bound_on_facts_is_one_for_both(read_files, most):
    outcome = read_files({"x": both(configuration_text(), status_text())}, Limits(facts=most))
    assert len(outcome.reading.observations) == most
    assert (outcome.file("x").outcome, outcome.codes("x")) == (Outcome.PARTLY, [ProblemCode.TOO_LARGE])
