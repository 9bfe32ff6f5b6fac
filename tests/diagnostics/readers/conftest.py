"""Reading files in these tests: from bytes in one call, or in a process of its own whose memory is measured."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diagnostics.estate.observations import CertificateFile, Fact, FactKey, FactValue, Placement
from diagnostics.readers import FileReading, Limits, ProblemCode, Reading, SourceFile, read
from diagnostics.samples.authority import Authority, root
from diagnostics.samples.blueprint import EstatePlan
from diagnostics.samples.healthy import healthy

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)

_CHILD = """
import json, pathlib, resource, sys, time
from diagnostics.readers import SourceFile, read
from diagnostics.readers.codec import encode_files
started = time.process_time()
reading = read([SourceFile(name=pathlib.Path(path).name, path=pathlib.Path(path)) for path in sys.argv[1:]])
seconds = time.process_time() - started
status = pathlib.Path("/proc/self/status")
# ru_maxrss of a child counts what its parent had before exec; the kernel's own high-water mark does not.
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if status.exists():
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
files = encode_files(reading.files)["files"]
print(json.dumps({"files": files, "mib": peak / 1024, "seconds": seconds, "certificates": len(reading.certificates)}))
"""


@dataclass(frozen=True)
class Outcome:
    """A reading, and short ways to ask it."""

    reading: Reading

    def file(self, path: str) -> FileReading:
        """The one file or member of that path; archives are folders in it."""
        (found,) = (item for item in self.reading.files if item.source.file_path == path)
        return found

    def codes(self, path: str) -> list[ProblemCode]:
        return [problem.code for problem in self.file(path).problems]

    def values(self, key: FactKey) -> list[FactValue]:
        return [fact.value for fact in self.facts(key)]

    def facts(self, *keys: FactKey) -> list[Fact]:
        return [item for item in self.reading.observations if isinstance(item, Fact) and (item.key in keys or not keys)]

    def placements(self) -> list[Placement]:
        return [item for item in self.reading.observations if isinstance(item, Placement)]

    def certificate_files(self) -> dict[str, CertificateFile]:
        return {item.source.path: item for item in self.reading.observations if isinstance(item, CertificateFile)}


@pytest.fixture
def read_files(tmp_path: Path) -> Callable[..., Outcome]:
    """Reads path -> bytes as one upload, in order."""

    def reading_of(files: Mapping[str, bytes], limits: Limits | None = None, **options: Any) -> Outcome:
        sources = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / str(number)
            path.write_bytes(content)
            sources.append(SourceFile(name=name, path=path))
        return Outcome(read(sources, limits=limits, **options))

    return reading_of


@dataclass(frozen=True)
class Measured:
    """What a child process read, as stored; its peak of resident memory in MiB and its processor time in seconds."""

    files: dict[str, dict[str, Any]]
    mib: float
    seconds: float
    certificates: int

    def codes(self, path: str) -> list[str]:
        return [problem["code"] for problem in self.files[path]["problems"]]


@pytest.fixture
def read_in_child(record_property: Callable[[str, object], None]) -> Callable[..., Measured]:
    """Reads files on disk in a process of its own."""

    def measured(*paths: Path) -> Measured:
        command = [sys.executable, "-c", _CHILD, *map(str, paths)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=_repository())
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        record_property("mib", round(answer["mib"]))
        record_property("seconds", round(answer["seconds"], 2))
        files = {"/".join(filter(None, (row["upload"], row["member"]))): row for row in answer["files"]}
        return Measured(files, answer["mib"], answer["seconds"], answer["certificates"])

    return measured


def _repository() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture
def plan() -> EstatePlan:
    return healthy(at=AT)


@pytest.fixture
def authority() -> Authority:
    return root(at=AT)


@pytest.fixture
def good(authority: Authority) -> bytes:
    """A certificate file with nothing wrong."""
    return authority.issue(common_name="expc1.example.com", dns=["expc1.example.com"]).pem
