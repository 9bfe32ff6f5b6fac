"""What holds however files are named, mixed and repeated."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.estate.claims import INFERRED
from diagnostics.estate.model import Deployment, PlaceReason
from diagnostics.estate.observations import NodeRef, Slot, StoreName
from diagnostics.samples.authority import Issued, root, self_signed
from tests.diagnostics.estate.said import AT, Files, node, uploads

ROOT = root(at=AT)
ISSUING = ROOT.intermediate("Issuing CA")
NODES = [
    *node("expc1.example.com", cluster="expc.example.com", role="expressway-c", version="X15.5"),
    *node("expc2.example.com", cluster="expc.example.com", role="expressway-c", version="X14.3"),
    *node("expe1.example.com", role="expressway-e"),
    *node("cucm1.example.com", role="unified-cm"),
]


def leaf(*names: str, days: int = 30, **more) -> Issued:
    return ISSUING.issue(common_name=names[0], dns=names, not_before=AT - timedelta(days=days), **more)


CONTENTS: tuple[tuple[Issued, ...], ...] = (
    (leaf("expc1.example.com"),),
    (leaf("expc1.example.com", days=1),),
    (leaf("expc1.example.com", days=400), ISSUING, ROOT),
    (leaf("expc2.example.com", "expc.example.com", usages=("client",)),),
    (leaf("expc.example.com", "expc1.example.com", "expc2.example.com"),),
    (leaf("*.example.com"),),
    (leaf("collab.example.org"),),
    (leaf("cucm1.example.com"),),
    (self_signed("cucm1.example.com", at=AT, ca=True),),
    (leaf("expc1.example.com"), leaf("expc2.example.com")),
    (ROOT,),
    (ROOT, ISSUING),
    (),
)
FOLDERS = ("", "expc1/", "expc2/", "a.zip/expc1/trusted-ca/", "cucm1/tomcat-trust/", "trust/", "other/", "expe1/cucm1/")
NAMES = (
    "server",
    "client",
    "ca",
    "root",
    "trusted-ca",
    "expc1",
    "expc2-ca",
    "expe1_server",
    "tomcat",
    "x",
    "cucm1_tomcat",
)

contents = st.sampled_from(CONTENTS)
paths = st.builds(lambda folder, name: f"{folder}{name}.pem", st.sampled_from(FOLDERS), st.sampled_from(NAMES))
loose = st.dictionaries(paths, contents, max_size=8)
SURE = Files()
SURE.put("sure/1.pem", CONTENTS[0][0], at=NodeRef(name="expc1.example.com"), slot=Slot.SERVER, installed=True)
SURE.put("sure/2.pem", ROOT, ISSUING, at=NodeRef(name="expc1.example.com"), store=StoreName.TRUSTED_CA, installed=True)
SURE.put("sure/3.pem", CONTENTS[7][0], at=NodeRef(name="cucm1.example.com"), slot=Slot.TOMCAT)


def with_files(given_files: dict[str, tuple[Issued, ...]], start: Files | None = None) -> Files:
    files = Files()
    if start is not None:
        files.said, files.certificates = [*start.said], {**start.certificates}
    for path, issued in given_files.items():
        files.put(path, *issued)
    return files


def held(found: Deployment) -> dict[tuple[str, str], tuple[str, ...]]:
    slots = {
        (item.fqdn, slot.value): (installed.certificate.sha256,)
        for item in found.nodes()
        for slot, installed in item.certificates.items()
    }
    lists = {
        (item.fqdn, name.value): tuple(entry.sha256 for entry in store.certificates)
        for item in found.nodes()
        for name, store in item.trust.items()
    }
    return slots | lists


@settings(derandomize=True, max_examples=120, deadline=None)
@given(loose)
def test_what_is_sure_stays_whatever_lies_beside_it(files) -> None:
    alone, beside = uploads(SURE, nodes=NODES), uploads(with_files(files, SURE), nodes=NODES)
    assert held(beside).items() >= held(alone).items()
    assert beside.contradictions == alone.contradictions


@settings(derandomize=True, max_examples=120, deadline=None)
@given(loose)
def test_every_file_is_placed_or_loose_and_what_is_asked_is_not_placed(files) -> None:
    found = uploads(with_files(files), nodes=NODES)
    placed = {path for _, path in found.placed}
    assert placed | {item.file.source.path for item in found.loose} == set(files)
    assert placed.isdisjoint({item.file.source.path for item in found.loose})
    assert placed.isdisjoint({item.source.path for item in found.questions})
    assert {place.reason for places in found.placed.values() for place in places} <= set(INFERRED)
    assert len(list(found.nodes())) == 4


@settings(derandomize=True, max_examples=120, deadline=None)
@given(loose, st.randoms(use_true_random=False))
def test_the_order_of_the_files_plays_no_part(files, random) -> None:
    shuffled = list(files.items())
    random.shuffle(shuffled)
    one, other = uploads(with_files(files), nodes=NODES), uploads(with_files(dict(shuffled)), nodes=NODES)
    assert {key: set(places) for key, places in one.placed.items()} == {
        key: set(places) for key, places in other.placed.items()
    }
    assert {item.source.path: item.candidates for item in one.questions} == {
        item.source.path: item.candidates for item in other.questions
    }


@settings(derandomize=True, max_examples=120, deadline=None)
@given(loose)
def test_the_same_upload_again_changes_nothing(files) -> None:
    once = uploads(with_files(files), nodes=NODES)
    twice = uploads(with_files(files), with_files(files), nodes=NODES)
    assert held(twice) == held(once)


@settings(derandomize=True, max_examples=120, deadline=None)
@given(loose, loose)
def test_by_names_goes_only_what_carries_a_name_of_the_node(first, second) -> None:
    found = uploads(with_files(first), with_files(second), nodes=NODES)
    for (batch, path), places in found.placed.items():
        issued = (first, second)[batch][path]
        for place in places:
            if place.reason is PlaceReason.NAMES:
                names = {name for item in issued for name in found.certificates[item.sha256].names.dns}
                common = {name for item in issued for name in found.certificates[item.sha256].subject.common_names}
                assert place.node in names | common
