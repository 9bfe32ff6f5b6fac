"""Archives of every kind that is read, and archives inside archives."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from diagnostics.readers import Limits
from diagnostics.readers.archives import zip_entries
from diagnostics.readers.base import Kind, Outcome, ProblemCode
from diagnostics.readers.recognise import HEAD, recognise
from diagnostics.samples.archives import tar_gz, zip_of
from tests.builders.archives import old_tar_of, tar_of


@pytest.mark.parametrize(
    "pack",
    [
        zip_of,
        tar_of,
        lambda files: tar_of(files, tarfile.GNU_FORMAT),
        lambda files: tar_of(files, tarfile.USTAR_FORMAT),
        lambda files: gzip.compress(tar_of(files), mtime=0),
        lambda files: bz2.compress(tar_of(files)),
        lambda files: lzma.compress(tar_of(files)),
        old_tar_of,
    ],
    ids=["zip", "pax tar", "GNU tar", "ustar", "tar.gz", "tar.bz2", "tar.xz", "v7 tar"],
)
def test_every_member_is_read_and_named(read_files, authority, pack):
    files = {f"nodes/{number}/server.pem": authority.issue(common_name=f"n{number}").pem for number in range(3)}
    outcome = read_files({"estate": pack(files)})

    assert len(outcome.reading.certificates) == 3
    assert set(outcome.certificate_files()) == {f"estate/{path}" for path in files}
    assert outcome.file("estate").outcome is Outcome.READ
    assert outcome.file("estate").found == {"members": 3}


def test_a_tar_without_the_ustar_mark_is_known_by_its_check_sum(read_files, good):
    raw = bytearray(tar_of({"server.pem": good}, tarfile.USTAR_FORMAT))
    raw[257:265] = bytes(8)
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    assert read_files({"old": bytes(raw)}).file("old/server.pem").kind is Kind.CERTIFICATES


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_names_longer_than_a_tar_header_and_beyond_ascii_come_through(read_files, good, form):
    name = "/".join(["a folder with a long name"] * 8) + "/sërver.pem"
    assert read_files({"a.tar": tar_of({name: good}, form)}).file(f"a.tar/{name}").kind is Kind.CERTIFICATES


def test_the_size_in_an_extended_header_counts(read_files, good, authority):
    """As for members of 8 GiB and more; the plain header then says 0."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("server.pem")
        member.size = 0
        member.pax_headers = {"size": str(len(good)), "comment": "ignored"}
        archive.addfile(member)
        archive.fileobj.write(good + bytes(-len(good) % 512))
        archive.offset += len(good) + -len(good) % 512
        last = tarfile.TarInfo("ca.pem")
        last.size = len(authority.pem)
        archive.addfile(last, io.BytesIO(authority.pem))
    outcome = read_files({"a.tar": raw.getvalue()})
    assert set(outcome.certificate_files()) == {"a.tar/server.pem", "a.tar/ca.pem"}
    assert len(outcome.reading.certificates) == 2


def test_a_single_file_may_be_gzipped(read_files, good):
    outcome = read_files({"server.pem.gz": gzip.compress(good)})
    assert outcome.file("server.pem.gz").kind is Kind.CERTIFICATES
    assert len(outcome.reading.certificates) == 1


def test_archives_are_read_three_deep_and_what_lies_deeper_is_refused_by_name(read_files, authority, plan):
    def cert(number):
        return authority.issue(common_name=f"depth{number}").pem

    fourth = zip_of({"d.pem": cert(4)})
    third = tar_gz({"c.pem": cert(3), "fourth.zip": fourth}, plan.at)
    second = zip_of({"third.tar.gz": third, "b.pem": cert(2)})
    outcome = read_files({"first.zip": zip_of({"second.zip": second, "a.pem": cert(1)})})

    assert set(outcome.certificate_files()) == {
        "first.zip/a.pem",
        "first.zip/second.zip/b.pem",
        "first.zip/second.zip/third.tar.gz/c.pem",
    }
    refused = outcome.file("first.zip/second.zip/third.tar.gz/fourth.zip")
    assert (refused.outcome, refused.kind) == (Outcome.REFUSED, Kind.ZIP)
    assert [(problem.code, problem.params) for problem in refused.problems] == [(ProblemCode.TOO_DEEP, {"depth": "3"})]


def test_gzip_inside_gzip_counts_as_depth(read_files, good):
    packed = good
    for _ in range(3):
        packed = gzip.compress(packed)
    assert len(read_files({"three.gz": packed}).reading.certificates) == 1
    outcome = read_files({"four.gz": gzip.compress(packed)})
    assert outcome.codes("four.gz") == [ProblemCode.TOO_DEEP]
    assert not outcome.reading.certificates


def test_folders_and_an_empty_archive_are_no_problem(read_files):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.mkdir("nodes")
    outcome = read_files(
        {"folder.zip": raw.getvalue(), "empty.zip": zip_of({}), "empty.tar.gz": gzip.compress(tar_of({}))}
    )
    assert outcome.file("folder.zip").outcome is Outcome.READ
    assert outcome.file("empty.zip").found == {"members": 0}
    # Ten thousand zero bytes are a tar without members as well as nothing at all.
    assert not outcome.reading.observations


def test_an_office_document_is_not_taken_for_an_archive(read_files):
    outcome = read_files(
        {"text.docx": zip_of({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"})}
    )
    assert outcome.codes("text.docx") == [ProblemCode.NOT_READ_YET]
    assert [item.source.file_path for item in outcome.reading.files] == ["text.docx"]


def test_each_file_is_told_of_as_soon_as_it_is_done_with(read_files, good):
    heard = []
    read_files({"a.zip": zip_of({"1.pem": good, "2.pem": good}), "b.pem": good}, on_file=heard.append)
    assert [item.source.file_path for item in heard] == ["a.zip/1.pem", "a.zip/2.pem", "a.zip", "b.pem"]


def test_members_are_counted_over_all_archives_of_an_upload(read_files, good):
    ten = zip_of({f"{number}.txt": b"x" for number in range(10)})
    outcome = read_files({"a.zip": ten, "b.zip": ten, "c.pem": good}, Limits(members=15))
    assert outcome.file("a.zip").outcome is Outcome.READ
    assert outcome.file("b.zip").outcome is Outcome.REFUSED
    assert outcome.codes("b.zip") == [ProblemCode.TOO_MANY_MEMBERS]
    assert len(outcome.reading.certificates) == 1


def test_a_capture_beside_the_certificates_is_not_unfolded(read_files, good, plan):
    capture = b"\xd4\xc3\xb2\xa1" + bytes(8 * 1024 * 1024)
    outcome = read_files({"a.zip": zip_of({"eth0.pcap": capture, "server.pem": good})}, Limits(inflated=HEAD * 4))
    assert outcome.codes("a.zip/eth0.pcap") == [ProblemCode.NOT_READ_YET]
    assert len(outcome.reading.certificates) == 1


class Stopped(Exception):
    """Ends the reading."""


@pytest.mark.parametrize("raised", [Stopped, TimeoutError, ValueError, EOFError, RuntimeError])
@pytest.mark.parametrize("pack", [lambda files: zip_of(files), lambda files: gzip.compress(tar_of(files)), None])
def test_what_is_let_through_ends_the_reading_wherever_it_is_raised(read_files, good, monkeypatch, raised, pack):
    def stop(*_):
        raise raised("time is up")

    monkeypatch.setattr("diagnostics.readers.walk.READERS", {Kind.CERTIFICATES: stop})
    files = {"a": pack({"server.pem": good})} if pack else {"a": good}
    with pytest.raises(raised, match="time is up"):
        read_files(files, let_through=(raised,))
    outcome = read_files(files)
    assert [problem.code for item in outcome.reading.files for problem in item.problems] == [ProblemCode.INTERNAL]


@pytest.mark.parametrize("raised", [Stopped, ValueError, RuntimeError])
def test_what_the_listener_raises_ends_the_reading(read_files, good, raised):
    def stop(file):
        raise raised("no longer wanted")

    with pytest.raises(raised, match="no longer wanted"):
        read_files({"a.zip": zip_of({"inner.tar.gz": gzip.compress(tar_of({"server.pem": good}))})}, on_file=stop)


def test_what_nobody_foresaw_in_telling_a_file_loses_that_file_alone(read_files, good, authority, monkeypatch, caplog):
    def fall(head):
        if head == b"odd":
            raise LookupError("a bug")
        return recognise(head)

    monkeypatch.setattr("diagnostics.readers.walk.recognise", fall)
    outcome = read_files(
        {"a.zip": zip_of({"odd.txt": b"odd", "ca.pem": good}), "odd": b"odd", "next.pem": authority.pem}
    )
    assert outcome.codes("a.zip/odd.txt") == outcome.codes("odd") == [ProblemCode.INTERNAL]
    assert set(outcome.certificate_files()) == {"a.zip/ca.pem", "next.pem"}
    assert "telling what a file is failed" in caplog.text


def test_what_nobody_foresaw_in_an_archive_ends_it_and_nothing_else(read_files, good, authority, monkeypatch, caplog):
    def fall(stream, budget):
        yield from zip_entries(stream, budget)
        raise IndexError("a bug of the library")

    monkeypatch.setattr("diagnostics.readers.walk.zip_entries", fall)
    outcome = read_files({"a.zip": zip_of({"ca.pem": good}), "next.pem": authority.pem})
    assert (outcome.file("a.zip").outcome, outcome.codes("a.zip")) == (Outcome.PARTLY, [ProblemCode.INTERNAL])
    assert set(outcome.certificate_files()) == {"a.zip/ca.pem", "next.pem"}
    assert "walking over a zip failed" in caplog.text


def test_a_reader_that_fails_loses_its_own_file_alone(read_files, good, monkeypatch, caplog):
    def fail(*_):
        raise KeyError("a bug")

    monkeypatch.setattr("diagnostics.readers.walk.READERS", {Kind.INVENTORY: fail, Kind.CERTIFICATES: lambda *_: None})
    outcome = read_files({"inventory.yaml": b"format: expcert-inventory/1\n", "server.pem": good})
    assert outcome.file("inventory.yaml").problems[0].params == {"detail": "KeyError"}
    assert outcome.codes("server.pem") == [ProblemCode.NOT_RECOGNISED]
    assert "the reader for inventory failed" in caplog.text
