"""Events of one log counted: the same thing from the same peer is one sign, however often it happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from diagnostics.estate.observations import NodeRef, Origin, Sign, SignCode, Source
from diagnostics.readers.logs.lines import Record
from diagnostics.readers.logs.patterns import Event
from diagnostics.readers.logs.quoting import quoted

MOST_SIGNS = 2_000  # of one file that are kept apart; further ones are counted under their code alone
MOST_HOSTS = 200  # a text of several nodes' lines has a few
MOST_PRESENTED = 20  # names of a peer's certificate; a certificate may carry a thousand

Key = tuple[str, SignCode, str | None, int | None, str | None, str]


@dataclass(slots=True, kw_only=True)
class Counted:
    """One sign as it grows; `line` and `text` are of its first record."""

    line: int
    text: str
    count: int = 0
    first: str | None = None
    last: str | None = None
    presented: list[str] = field(default_factory=list)

    def add(self, time: str | None) -> None:
        self.count += 1
        if time is not None:
            self.first = min(self.first or time, time)
            self.last = max(self.last or time, time)

    def present(self, names: list[str]) -> None:
        for name in names:
            if name not in self.presented and len(self.presented) < MOST_PRESENTED:
                self.presented.append(name)


class Tally:
    """All signs of one log."""

    def __init__(self) -> None:
        self._counted: dict[Key, Counted] = {}
        self._hosts: Counter[str] = Counter()
        self.overflowed = False
        self.other_host = ""  # of lines that report nothing

    def host(self, record: Record) -> str:
        """The host column of the record; where it has none, or there are too many hosts, that of most records."""
        if record.host and (record.host in self._hosts or len(self._hosts) < MOST_HOSTS):
            self._hosts[record.host] += 1
            return record.host
        return self.main_host

    @property
    def main_host(self) -> str:
        """The host that most records are of, else that of any line; empty where none names one."""
        return max(self._hosts, key=self._hosts.__getitem__, default=self.other_host)

    def add(self, host: str, event: Event, record: Record, number: int) -> Key:
        """Count an event; what comes back finds it again."""
        key: Key = (host, event.code, event.peer, event.port, event.name, event.detail)
        counted = self._counted.get(key)
        if counted is None:
            if len(self._counted) >= MOST_SIGNS:
                self.overflowed = True
                key = (host, event.code, None, None, None, "")
                counted = self._counted.get(key)
            if counted is None:
                counted = self._counted[key] = Counted(line=number, text=quoted(record.text))
        counted.add(record.time)
        return key

    def present(self, key: Key, names: list[str]) -> None:
        """The peer's certificate carried these names."""
        self._counted[key].present(names)

    def signs(self, source: Source, node_of: Callable[[str], NodeRef | None]) -> Iterator[Sign]:
        """What was counted, in the order of the file; hosts of which no node is known are left out."""
        for (host, code, peer, port, name, detail), counted in self._counted.items():
            node = node_of(host or self.main_host)
            if node is None:
                continue
            where = Source(upload=source.upload, member=source.member, line=counted.line, text=counted.text)
            yield Sign(
                source=where,
                node=node,
                code=code,
                count=counted.count,
                first=counted.first,
                last=counted.last,
                peer=peer,
                port=port,
                name=name,
                presented=tuple(counted.presented),
                detail=detail,
                origin=Origin.LOG,
            )

    def __len__(self) -> int:
        return len(self._counted)
