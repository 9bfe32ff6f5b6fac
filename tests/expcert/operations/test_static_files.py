"""Static files are collected when, and only when, something changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles.management.commands import collectstatic

from expcert.operations.static_files import MARK, collect_if_stale, fingerprint


@pytest.fixture
def source(settings, tmp_path: Path) -> Path:
    """One small file to collect, and nothing of the apps, whose files take seconds."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.css").write_text("body { color: red }", encoding="utf-8")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    return source  # Django's own receivers of a changed setting make finders and storage anew


def collected(settings, pattern: str) -> list[Path]:
    return sorted(Path(settings.STATIC_ROOT).glob(pattern))


def test_the_first_time_they_are_collected_and_then_no_more(settings, source: Path):
    assert collect_if_stale()
    assert len(collected(settings, "page.*.css")) == 1, "with a name that changes with the content"
    assert not collect_if_stale()


def test_a_changed_file_is_collected_and_the_old_one_goes(settings, source: Path):
    collect_if_stale()
    (old,) = collected(settings, "page.*.css")
    (source / "page.css").write_text("body { color: green }", encoding="utf-8")
    assert collect_if_stale()
    (new,) = collected(settings, "page.*.css")
    assert new.name != old.name
    assert "green" in new.read_text(encoding="utf-8")


def test_a_new_and_a_removed_file_count_as_changes(settings, source: Path):
    collect_if_stale()
    (source / "more.css").write_text("p { color: blue }", encoding="utf-8")
    assert collect_if_stale()
    (source / "more.css").unlink()
    assert collect_if_stale()
    assert collected(settings, "more*") == []


def test_a_file_of_the_same_size_with_another_time_counts_as_changed(source: Path):
    before = fingerprint()
    os.utime(source / "page.css", ns=(1, 1))
    assert fingerprint() != before


def test_a_collection_that_was_cut_short_is_done_again(settings, source: Path, monkeypatch):
    def cut_short(*args: object, **options: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr("expcert.operations.static_files.call_command", cut_short)
        with pytest.raises(OSError, match="no space"):
            collect_if_stale()
    assert not (Path(settings.STATIC_ROOT) / MARK).exists()
    assert collect_if_stale()


def test_a_collection_that_is_cut_short_later_counts_as_stale_though_the_old_mark_was_there(
    settings, source: Path, monkeypatch
):
    """`collectstatic --clear` empties the folder first, the mark with it."""
    collect_if_stale()
    (source / "page.css").write_text("body { color: green }", encoding="utf-8")

    def cut_short(*args: object, **options: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(collectstatic.Command, "copy_file", cut_short)
        with pytest.raises(OSError, match="no space"):
            collect_if_stale()
    (source / "page.css").write_text("body { color: red }", encoding="utf-8")
    assert collect_if_stale()


def test_what_is_collected_can_be_read_by_another_user(settings, source: Path):
    before = os.umask(0o077)  # as `serve` sets it
    try:
        collect_if_stale()
    finally:
        os.umask(before)
    assert {oct(path.stat().st_mode & 0o777) for path in collected(settings, "page*.css")} == {"0o644"}
