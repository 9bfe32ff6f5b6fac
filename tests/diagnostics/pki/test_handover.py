"""Every one of the 66 ways of handing over a certificate, as a file, through the reader of uploads."""

import pytest

from diagnostics.estate.observations import CertificateFile
from diagnostics.pki.loading import Form
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import Kind, Outcome, ProblemCode, SourceFile, read
from tests.builders.handover import PASSWORD, Way, ways

BEYOND_REPAIR = [way for way in ways() if not way.sha256]


def reading_of(way: Way, folder, name: str = "file"):
    path = folder / "0"
    path.write_bytes(way.data)
    return read([SourceFile(name=name, path=path)], passwords=Passwords.of([PASSWORD]))


def certificate_file(reading) -> CertificateFile:
    (file,) = (item for item in reading.observations if isinstance(item, CertificateFile))
    return file


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.name)
def test_each_way_is_named_and_its_certificates_come_out_in_their_order(way, tmp_path):
    reading = reading_of(way, tmp_path)

    file = certificate_file(reading)
    assert (file.form, file.certificates) == (way.form.value, way.sha256)
    assert set(reading.certificates) == set(way.sha256)
    assert reading.files[-1].kind is way.kind
    outcome = Outcome.PARTLY if "corrupt" in way.name else Outcome.READ if way.sha256 else Outcome.NOT_READ
    (told,) = (item for item in reading.files if item.source == file.source)
    assert told.outcome is outcome


@pytest.mark.parametrize("name", ["certificate.p12", "snapshot.json", "xconf_dump.txt", "log.tar.gz"])
def test_no_name_changes_what_a_file_is(tmp_path, name):
    for way in ways():
        file = certificate_file(reading_of(way, tmp_path, name))
        assert (file.form, file.certificates) == (way.form.value, way.sha256), way.name


def test_all_66_are_named_and_all_but_one_recovered():
    assert len(ways()) == 66
    assert [way.name for way in BEYOND_REPAIR] == ["DER sent as text"]


def test_a_binary_certificate_that_was_sent_as_text_is_named_as_exactly_that(tmp_path):
    (way,) = BEYOND_REPAIR
    reading = reading_of(way, tmp_path)

    (file,) = reading.files
    assert (file.kind, [problem.code for problem in file.problems]) == (Kind.CERTIFICATES, [ProblemCode.TEXT_MODE])
    assert certificate_file(reading).form == Form.TEXT_MODE_DER
