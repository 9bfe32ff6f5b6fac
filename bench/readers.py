"""How fast uploads are read, each beside the plain tool for the same bytes, in one run: `python bench/readers.py`.

1. A diagnostic archive as an Expressway makes it (captures, a developer log, dumps, certificates), beside `tar tzf`.
2. A log by itself, beside `grep -c` of one pattern.
3. Certificates of a bundle, beside bare `cryptography`.

Every round runs all of one comparison in turn, each in a fresh process, and what is printed are medians and their ratio:
the machine may be as slow as it likes. Nothing is asserted.
"""

import argparse
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import certificate_loading  # noqa: E402 - found from here on
import log_reading  # noqa: E402

from diagnostics.samples.artefacts import diagnostic_members  # noqa: E402
from diagnostics.samples.healthy import healthy  # noqa: E402

AT = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
MIB = 1024 * 1024
CAPTURE = 20 * MIB  # as large as an Expressway lets one grow

_MEASURED = """
import json, pathlib, resource, sys, time
sys.path.insert(0, sys.argv[1])
from diagnostics.readers import SourceFile, read
from diagnostics.readers.isolated import read_isolated
reading = {"read": read, "read_isolated": read_isolated}[sys.argv[2]]
path = pathlib.Path(sys.argv[3])
started = time.perf_counter()
files = reading([SourceFile(name=path.name, path=path)]).files
seconds = time.perf_counter() - started
status = pathlib.Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"seconds": seconds, "kib": peak, "child": child, "files": len(files)}))
"""


def archive(path: Path, size: int, share: float) -> dict[str, int]:
    """A .tar.gz that unfolds to about `size` bytes, of which `share` are log text; the bytes of each kind in it."""
    plan = healthy(at=AT)
    members = diagnostic_members(plan, plan.node("expe1.example.com"))
    chance = random.Random(log_reading.SEED)
    held = {"log": 0, "captures": 0, "dumps and certificates": 0}
    with tarfile.open(path, "w:gz", compresslevel=6) as packed:
        for name, content in members.items():
            if not name.startswith("loggingsnapshot"):
                _add(packed, name, content)
                held["dumps and certificates"] += len(content)
        text = path.with_suffix(".txt")
        log_reading.write_log(text, int(size * share), failing=400)
        log = next(name for name in members if name.startswith("loggingsnapshot"))
        packed.add(text, log)
        held["log"] = text.stat().st_size
        text.unlink()
        for number in range(round(size * (1 - share) / CAPTURE)):
            name = f"eth0_diagnostic_logging_tcpdump{number:02d}_expe1_2026-11-01_10_30_00.pcap"
            _add(packed, name, b"\xd4\xc3\xb2\xa1" + chance.randbytes(CAPTURE - 4))
            held["captures"] += CAPTURE
    return held


def _add(packed: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    packed.addfile(member, io.BytesIO(content))


def measured(how: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-c", _MEASURED, str(ROOT), how, str(path)]
    answer: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return answer


def seconds_of_tar(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    subprocess.run(["tar", "tzf", str(path)], stdout=subprocess.DEVNULL, check=True)
    return {"seconds": time.perf_counter() - started}


def compared(rounds: int, **runs: Callable[[], dict[str, float]]) -> dict[str, dict[str, float]]:
    """Medians of each run's figures; the runs take turns."""
    results: dict[str, list[dict[str, float]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            results[name].append(run())
    return {
        name: {key: statistics.median(result[key] for result in all_of_it) for key in all_of_it[0]}
        for name, all_of_it in results.items()
    }


def compare_archive(folder: Path, size: int, share: float, rounds: int) -> None:
    path = folder / "diagnostic_log_expe1.tar.gz"
    held = archive(path, size, share)
    print(f"Diagnostic archive: {path.stat().st_size / 1e6:.0f} MB packed; unfolded, in MB:", end=" ")
    print(", ".join(f"{name} {count / 1e6:.2f}" for name, count in held.items()))
    medians = compared(
        rounds,
        tar=lambda: seconds_of_tar(path),
        read=lambda: measured("read", path),
        isolated=lambda: measured("read_isolated", path),
    )
    tar = medians["tar"]["seconds"]
    print(f"  tar tzf             {tar:6.2f} s")
    for name, words in (("read", "read"), ("isolated", "read in a child")):
        row = medians[name]
        memory = f"{row['kib'] / 1024:.0f} MiB at most"
        if name == "isolated":
            memory += f", its child {row['child'] / 1024:.0f} MiB"
        print(f"  {words:<18}  {row['seconds']:6.2f} s   {row['seconds'] / tar:5.2f} times tar   {memory}")


def compare_log(folder: Path, size: int, rounds: int) -> None:
    path = folder / "loggingsnapshot_expe1_2026-11-01_10_30_00.txt"
    log_reading.write_log(path, size, failing=400)
    medians = compared(
        rounds,
        grep=lambda: {"seconds": log_reading.seconds_of_grep(path)},
        read=lambda: measured("read", path),
    )
    megabytes, grep = path.stat().st_size / 1e6, medians["grep"]["seconds"]
    took = medians["read"]["seconds"]
    print(f"Log: {megabytes:.0f} MB")
    print(f"  grep -c             {grep:6.2f} s   {megabytes / grep:5.0f} MB/s")
    peak = medians["read"]["kib"] / 1024
    print(
        f"  read                {took:6.2f} s   {megabytes / took:5.0f} MB/s   {took / grep:5.2f} times grep", end="   "
    )
    print(f"{peak:.0f} MiB at most")


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading beside the plain tools.")
    parser.add_argument("--mib", type=int, default=300, help="of the archive, unfolded; about 200 MB when packed")
    parser.add_argument("--log", type=int, default=200, help="MiB of the log by itself")
    parser.add_argument("--share", type=float, default=0.35, help="of the archive that is log text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="for the files; a temporary one unless given")
    options = parser.parse_args()
    os.environ["LC_ALL"] = "C"  # grep is many times as slow where it looks for letters beyond ASCII
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        compare_archive(Path(name), options.mib * MIB, options.share, options.rounds)
        compare_log(Path(name), options.log * MIB, options.rounds)
    certificate_loading.main()


if __name__ == "__main__":
    main()
