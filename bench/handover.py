"""Prints what becomes of a certificate in each of the 66 ways in which people hand one over: named, recovered.

python bench/handover.py
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnostics.estate.observations import CertificateFile
from diagnostics.pki.passwords import Passwords
from diagnostics.readers import SourceFile, read
from tests.builders.handover import PASSWORD, Way, ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the readers say of one way: `forms` as which they name it, and how many certificates came out."""

    way: Way
    forms: tuple[str, ...]
    certificates: int

    @property
    def named(self) -> bool:
        return self.forms == (self.way.form.value,)

    @property
    def recovered(self) -> bool:
        return 0 < self.certificates == len(self.way.sha256)


def told(way: Way, folder: Path) -> Told:
    """The way as a file whose name says nothing, through the reader of uploads."""
    path = folder / "file"
    path.write_bytes(way.data)
    reading = read([SourceFile(name="file", path=path)], passwords=Passwords.of([PASSWORD]))
    files = [item for item in reading.observations if isinstance(item, CertificateFile)]
    right = [sha256 for file in files for sha256 in file.certificates if sha256 in way.sha256]
    return Told(way=way, forms=tuple(file.form for file in files), certificates=len(right))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        results = [told(way, Path(folder)) for way in ways()]
    width = max(len(result.way.name) for result in results)
    print(f"{'handed over as':{width}}  {'named':20}  recovered")
    for result in results:
        name = ", ".join(result.forms) if result.named else f"WRONG: {', '.join(result.forms) or 'nothing'}"
        print(f"{result.way.name:{width}}  {name:20}  {'yes' if result.recovered else 'no'}")
    named, recovered = sum(result.named for result in results), sum(result.recovered for result in results)
    print(f"\n{named} of {len(results)} named, {recovered} recovered")


if __name__ == "__main__":
    main()
