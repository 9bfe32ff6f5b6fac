"""Developer lines of a handshake, tied to the event that reports it.

1. Names that a peer's certificate carried (10, 12) wait under their thread for the handshake to fail or succeed.
2. An event takes the names that came just before it; the SSL module's own error (6, 7, 8) comes behind it with the same
   remote address, and names the thread.
3. That error, or the closing of the connection (11), without an event is kept back for a moment, and then counts by
   itself: a log may hold developer lines alone.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from diagnostics.readers.logs.lines import Record, port_of
from diagnostics.readers.logs.patterns import Event, inbound_code, outbound_code
from diagnostics.readers.logs.quoting import LONGEST_DETAIL, quoted
from diagnostics.readers.logs.tally import MOST_PRESENTED, Key, Tally
from diagnostics.readers.logs.troubles import Trouble, is_closed, reason_of, trouble_of

NEAR = 2  # seconds between lines of one handshake
MOST_WAITING = 256  # handshakes kept in mind at a time
_REMOTE = re.compile(r"remoteAddress=\"\['[^']{0,8}''[^']{0,8}''([^']{1,80})'\]\"")
_LOCAL = re.compile(r"localAddress=\"\['[^']{0,8}''[^']{0,8}''([^']{1,80})'\]\"")
_IDENTITY = re.compile(r"(?:CN|Alt-[A-Za-z]{1,10}):\s{0,3}([^,}\s]{1,253})")

End = tuple[str, int | None]  # address and port


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A failure that no event has reported yet; `event` None: only the ends of the connection are known."""

    host: str
    record: Record
    number: int
    event: Event | None
    ends: tuple[End, ...]


class Handshakes:
    """The handshakes of one log that may still be spoken of."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._names: OrderedDict[tuple[str, str], tuple[str | None, list[str]]] = OrderedDict()
        self._reported: OrderedDict[tuple[str, End], tuple[str | None, Key]] = OrderedDict()
        self._waiting: OrderedDict[tuple[str, End], _Waiting] = OrderedDict()
        self._local: dict[str, None] = {}  # addresses of the node itself, as far as lines tell
        self.undecided = 0  # failures of which nothing tells who began the connection

    def reported(self, host: str, record: Record, key: Key, *, inbound: bool) -> None:
        """An event of a handshake."""
        ends = _ends(record)
        if not ends:
            return
        remote = ends[0] if inbound else ends[-1]
        self._note_local(ends[-1] if inbound else ends[0])
        waiting = self._waiting.get((host, remote))
        if waiting is not None and _near(waiting.record.time, record.time):
            del self._waiting[host, remote]
        _keep(self._reported, (host, remote), (record.time, key))
        fresh = [at for at, (time, _) in self._names.items() if at[0] == host and _near(time, record.time)]
        if len(fresh) == 1:
            self._tally.present(key, self._names.pop(fresh[0])[1])

    def developer(self, host: str, record: Record, number: int) -> None:
        """A line of the developer log; one that says nothing of a failed handshake is passed over."""
        detail = record.get("Detail")
        if "in peer certificate" in detail:
            self._carried(
                host, record, (record.get("CommonName"), record.get("AltName")), new="CommonName" in record.values
            )
        elif "MatchedZone" in record.values:
            said = record.get("Identitites") or record.get("Identities")
            self._carried(host, record, tuple(_IDENTITY.findall(said)[:MOST_PRESENTED]), new=False)
        elif detail == "Handshake succeeded":
            self._names.pop((host, record.get("Thread")), None)
        elif "Failed to establish SSL connection" in record.text:
            self._ssl_error(host, record, number)
        elif detail == "TCP Connection Closed":
            self._closed(host, record, number)

    def finish(self) -> None:
        """What is still waiting counts by itself."""
        while self._waiting:
            self._settle(self._waiting.popitem(last=False)[1])

    def _carried(self, host: str, record: Record, names: tuple[str, ...], *, new: bool) -> None:
        key = (host, record.get("Thread"))
        time, kept = self._names.get(key, (record.time, []))
        if new or not _near(time, record.time):
            kept = []
        kept += [quoted(name, 253) for name in names if name and len(kept) < MOST_PRESENTED]
        _keep(self._names, key, (record.time, kept))

    def _ssl_error(self, host: str, record: Record, number: int) -> None:
        remote = _address(_REMOTE.search(record.text))
        local = _address(_LOCAL.search(record.text))
        if remote is None:
            return
        if local is not None:
            self._note_local(local)
        reported = self._reported.get((host, remote))
        if reported is not None and _near(reported[0], record.time):
            thread = self._names.pop((host, record.get("Thread")), None)
            if thread is not None and _near(thread[0], record.time):
                self._tally.present(reported[1], thread[1])
            return
        event = _event(record, remote, local)
        self._wait(host, remote, _Waiting(host, record, number, event, (remote,)))

    def _closed(self, host: str, record: Record, number: int) -> None:
        """Only for a reason that speaks of a certificate: connections are closed all the time."""
        reason, ends = record.get("Reason"), _ends(record)
        if len(ends) < 2 or trouble_of(reason) is Trouble.OTHER or is_closed(reason):
            return
        for end in ends:
            known = self._reported.get((host, end))
            if (known is not None and _near(known[0], record.time)) or (host, end) in self._waiting:
                return
        self._wait(host, ends[0], _Waiting(host, record, number, None, ends))

    def _wait(self, host: str, remote: End, waiting: _Waiting) -> None:
        before = self._waiting.pop((host, remote), None)
        if before is not None:
            self._settle(before)
        self._waiting[host, remote] = waiting
        if len(self._waiting) > MOST_WAITING:
            self._settle(self._waiting.popitem(last=False)[1])

    def _settle(self, waiting: _Waiting) -> None:
        event = waiting.event
        if event is None:
            event = self._by_local_address(waiting)
        if event is None:
            self.undecided += 1
            return
        key = self._tally.add(waiting.host, event, waiting.record, waiting.number)
        names = self._names.pop((waiting.host, waiting.record.get("Thread")), None)
        if names is not None and _near(names[0], waiting.record.time):
            self._tally.present(key, names[1])

    def _by_local_address(self, waiting: _Waiting) -> Event | None:
        (source, _), (target, port) = waiting.ends[0], waiting.ends[-1]
        reason = waiting.record.get("Reason")
        detail = quoted(reason, LONGEST_DETAIL)
        if target in self._local and source not in self._local:
            return Event(code=inbound_code(reason), peer=source, port=port, detail=detail)
        if source in self._local and target not in self._local:
            return Event(code=outbound_code(reason), peer=target, port=port, detail=detail)
        return None

    def _note_local(self, end: End) -> None:
        if len(self._local) < MOST_WAITING:
            self._local.setdefault(end[0])


def _event(record: Record, remote: End, local: End | None) -> Event:
    """6, 7, 8 by themselves; `bServer` says that this node was the server."""
    served = record.get("bServer").casefold() == "true"
    words = reason_of(record.get("ssl_error_reason")) or "No SSL error available"  # error 5: see row 8
    code = inbound_code(words) if served else outbound_code(words)
    port = local[1] if served and local else remote[1]
    return Event(code=code, peer=remote[0], port=port, detail=quoted(words, LONGEST_DETAIL))


def _ends(record: Record) -> tuple[End, ...]:
    """Source and destination; empty where the record has not both."""
    source, target = record.get("Src-ip"), record.get("Dst-ip")
    if not source or not target:
        return ()
    return ((source[:253], record.port("Src-port")), (target[:253], record.port("Dst-port")))


def _address(match: re.Match[str] | None) -> End | None:
    if match is None:
        return None
    address, _, port = match[1].rpartition(":")
    return (address.strip("[]"), port_of(port)) if address else None


def _near(one: str | None, other: str | None) -> bool:
    """Within `NEAR` seconds; of what bears no time nothing else is known."""
    if one is None or other is None or one == other:
        return True
    return abs(_seconds(one) - _seconds(other)) <= NEAR


@lru_cache(maxsize=1024)
def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _keep(kept: OrderedDict, key: object, value: object) -> None:  # type: ignore[type-arg]
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > MOST_WAITING:
        kept.popitem(last=False)
