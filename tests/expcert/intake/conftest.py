"""The door for files, as a browser uses it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse


@pytest.fixture
def empty_spool() -> Iterator[Path]:
    """The spool, which the test finds empty and leaves so."""
    folder = Path(settings.EXPCERT_SPOOL_DIR)
    assert list(folder.iterdir()) == []
    yield folder
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


@pytest.fixture
def door(client_of, engineer) -> Client:
    return client_of(engineer)


@pytest.fixture
def send_files(door: Client) -> Callable:
    """Posts files as the drop zone does (or with `json=False` as the plain form): name -> bytes, and other fields."""

    def post(files: list[tuple[str, bytes]], *, json: bool = True, client: Client = door, **fields: object):
        data = {"files": [SimpleUploadedFile(name, content) for name, content in files], **fields}
        headers = {"accept": "application/json"} if json else {"accept": "text/html"}
        return client.post(reverse("intake:receive"), data, headers=headers)

    return post
