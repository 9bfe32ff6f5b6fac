"""How fast a developer log is read, beside `grep -c` of one pattern over the same file.

    python bench/log_reading.py [--mib 200] [--failing 400] [--folder DIR]

Writes a log of that size (SIP messages, TCP and SSL lines, `--failing` failed handshakes per million lines), reads it
through the whole way that an upload goes, and prints MB/s of both, their ratio, and the memory that reading took on top
of what the interpreter had before.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from diagnostics.readers import SourceFile, read

SEED = 2026
ROUNDS = 3
START = datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
PATTERN = "TLS Negotiation Error"
_SIP = """ SIPMSG:
 |OPTIONS sip:198.51.100.21:7001;transport=tls SIP/2.0
 Via: SIP/2.0/TLS 192.0.2.11:{port};branch=z9hG4bK{salt:032x};proxy-call-id={salt:x};rport
 Call-ID: {salt:x}@192.0.2.11
 CSeq: {number} OPTIONS
 From: <sip:192.0.2.11>;tag={salt:x}
 To: <sip:198.51.100.21:7001>
 Max-Forwards: 0
 User-Agent: TANDBERG/4139 (X14.3.2)
 Supported: com.tandberg.vcs.resourceusage
 Content-Type: text/xml
 Content-Length: 250
 <?xml version="1.0" encoding="UTF-8"?><resourceusageevent><Name>expe.example.com</Name></resourceusageevent>
|
"""


def log_lines(failing: int) -> Iterator[str]:
    """Without end; a line here may be a message of a dozen."""
    chance = random.Random(SEED)
    number = 0
    while True:
        number += 1
        moment = START + timedelta(milliseconds=7 * number)
        local = moment.isoformat(timespec="milliseconds")
        stamp = f'UTCTime="{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"'
        salt, port = chance.getrandbits(120), 25000 + number % 4000
        ends = f'Src-ip="192.0.2.11" Src-port="{port}" Dst-ip="198.51.100.21" Dst-port="7001"'
        head = f"{local} expe1 tvcs: "
        kind = chance.random()
        if kind < failing / 1_000_000 * 8:
            yield f'{head}Event="Inbound {PATTERN}" Service="SIP" {ends} Detail="unknown ca" Level="1" {stamp}\n'
        elif kind < 0.02:
            ssl = f'{head}{stamp} Module="developer.ssl" Level="DEBUG" Thread="0x7f930adab700": Detail='
            yield f'{ssl}"Found common name in peer certificate" CommonName="expc1.example.com"\n'
            yield f'{ssl}"Handshake succeeded"\n'
        elif kind < 0.2:
            yield f'{head}{stamp} Module="network.tcp" Level="DEBUG":  {ends} Detail="TCP Connection Established"\n'
        elif kind < 0.25:
            yield f'{head}Event="Call Attempted" Service="SIP" {ends} Call-serial-number="{salt:x}" Level="1" {stamp}\n'
        elif kind < 0.4:
            yield f'{head}{stamp} Module="developer.calls" Level="DEBUG" CodeLocation="routes(99)": state="{salt:x}"\n'
        else:
            text = _SIP.format(port=port, salt=salt, number=number)
            yield f'{head}{stamp} Module="network.sip" Level="DEBUG":  {ends} Msg-Hash="{salt % 10**18}"\n{text}'


def write_log(path: Path, size: int, failing: int) -> None:
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        written = 0
        for line in log_lines(failing):
            file.write(line)
            written += len(line)
            if written >= size:
                return


def cost(run: Callable[[], object], who: int) -> tuple[float, float]:
    """Wall and processor seconds of the best of `ROUNDS` runs; `who` as for `getrusage`."""
    best = (float("inf"), float("inf"))
    for _ in range(ROUNDS):
        before, started = resource.getrusage(who), time.perf_counter()
        run()
        wall, after = time.perf_counter() - started, resource.getrusage(who)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = (min(best[0], wall), min(best[1], spent))
    return best


def grep(path: Path) -> None:
    """Ends with 1 where no line has the pattern, which is no failure."""
    ended = subprocess.run(["grep", "-c", PATTERN, str(path)], check=False, capture_output=True)
    if ended.returncode > 1:
        raise OSError(ended.stderr.decode(errors="replace"))


def seconds_of_grep(path: Path) -> float:
    started = time.perf_counter()
    grep(path)
    return time.perf_counter() - started


def row(name: str, size: float, wall: float, spent: float) -> str:
    return f"{name:10}{wall:7.2f} s {size / wall:7.0f} MB/s   {spent:7.2f} s {size / spent:7.0f} MB/s"


def peak_kib() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    parser = argparse.ArgumentParser(description="Log reading beside grep -c.")
    parser.add_argument("--mib", type=int, default=200)
    parser.add_argument("--failing", type=int, default=400, help="failed handshakes per million lines, about")
    parser.add_argument("--folder", type=Path, help="for the log; a temporary one unless given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "loggingsnapshot_expe1_2026-11-01_10_30_00.txt"
        write_log(path, options.mib * 1024 * 1024, options.failing)
        size = path.stat().st_size / 1e6
        source = SourceFile(name=path.name, path=path)
        read([SourceFile(name="warm", path=Path(__file__))])
        plain = cost(lambda: grep(path), resource.RUSAGE_CHILDREN)
        before = peak_kib()
        reading = cost(lambda: read([source]), resource.RUSAGE_SELF)
        more = (peak_kib() - before) / 1024
        (file,) = read([source]).files
        print(f"log: {size:.0f} MB, {file.found['lines']:,} lines, {file.found['signs']} signs, seed {SEED}")
        print(f"{'':13}wall                    processor (the best of {ROUNDS})")
        print(row("grep -c", size, *plain))
        print(row("reading", size, *reading))
        print(f"ratio {reading[0] / plain[0]:12.1f} {reading[1] / plain[1]:23.1f}      {more:.0f} MiB more memory")


if __name__ == "__main__":
    main()
