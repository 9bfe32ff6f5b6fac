"""Bounds on an upload while it arrives, before anything of it is stored."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest


class RefusesFiles(FileUploadHandler):
    """For every address but the one for uploads: nobody, signed in or not, leaves a file by way of another form."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        raise StopUpload(connection_reset=True)

    def file_complete(self, file_size: int) -> None:
        return None


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes to the private incoming folder, and stops at the limit on bytes for one request.

    A request that announces its length is refused before it is read (`views.receive`); this one catches those that do
    not, or lie. `too_large` says afterwards that it happened.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._received = 0
        self.too_large = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        self._received += len(raw_data)
        if self._received > settings.EXPCERT_UPLOAD_MAX_BYTES:
            self.too_large = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)

    def discard(self) -> None:
        """Remove the file that was arriving last, unless it was taken: of a body that breaks off, it would stay."""
        if getattr(self, "file", None) is not None:
            self.file.close()
