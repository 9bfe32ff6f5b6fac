"""A data directory that a server has prepared once, so that not every test waits for the migrations."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from .running import running


@dataclass(frozen=True, slots=True)
class Prepared:
    data: Path
    password: str


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    data = tmp_path_factory.mktemp("prepared") / "data"
    with running(data) as server:
        password = server.password
        server.process.terminate()
        assert server.wait() == 0, server.output
    return Prepared(data, password)


@pytest.fixture
def data(prepared: Prepared, tmp_path: Path) -> Path:
    """A data directory of one's own, as after a first start that ended in order."""
    return Path(shutil.copytree(prepared.data, tmp_path / "data"))


@pytest.fixture
def password(prepared: Prepared) -> str:
    return prepared.password
