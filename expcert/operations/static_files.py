"""Collecting static files when, and only when, they changed."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

MARK = ".collected-from"


def fingerprint() -> str:
    """Of every file that would be collected (path, size, time of change) and of what turns them into what is served."""
    digest = hashlib.sha256()
    digest.update(repr((settings.STORAGES["staticfiles"], version("django"), version("whitenoise"))).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_if_stale() -> bool:
    """Whether anything was done."""
    mark = Path(settings.STATIC_ROOT) / MARK
    current = fingerprint()
    try:
        if mark.read_text(encoding="ascii") == current:
            return False
    except OSError:
        pass
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.write_text(current, encoding="ascii")  # last: a run that was cut short counts as stale
    return True
