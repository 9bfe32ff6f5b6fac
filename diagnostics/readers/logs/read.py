"""Event, developer and traffic-server logs: what failed, how often, with whom and when.

Nothing of a log is kept but its signs: counted events, each with the first line that reports it, secrets taken out. A
certificate or key that was pasted into a log is noticed and not read: where it belongs nobody could say.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from diagnostics.estate.observations import (
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Observation,
    Origin,
    Sign,
    SignCode,
    Source,
)
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.logs.blocks import Progress, marked_lines
from diagnostics.readers.logs.handshakes import Handshakes
from diagnostics.readers.logs.lines import Record, host_in, records, times_in
from diagnostics.readers.logs.patterns import BEGIN, MARKS, QUIET, event_of
from diagnostics.readers.logs.quoting import quoted
from diagnostics.readers.logs.tally import Tally
from diagnostics.readers.member_names import container, node_of_member

MOST_LINES = 1_000_000  # that are looked into; a node whose every connection fails for a day writes some 100,000
MOST_QUIET = 200  # lines that are kept in mind in case a failure follows
_MOST_FACTS = 2_000  # that the log states; a cluster has six peers, and a text of several nodes at most 200 hosts
_EVENT = b"Event="
_ALTERNATE = re.compile(r"\(([0-9A-Fa-f.:]{2,45})\s{1,3}([\w.-]{1,253})\)")
_BEGUN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_HANDSHAKE = "TLS Negotiation Error"


def read_log(stream: BinaryIO, source: Source, limits: Limits) -> Taken:
    """Signs of the nodes that the log is of; `limits.structured` does not apply, for the log is not held."""
    reading = _Reading(source)
    progress = Progress()
    lines = marked_lines(stream, MARKS, progress)
    for number, line in lines:
        reading.line(number, line)
        if reading.looked_into >= MOST_LINES:
            break
    return reading.taken(progress)


class _Reading:
    """One log as it is read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._member = node_of_member(source)
        self._tally = Tally()
        self._handshakes = Handshakes(self._tally)
        self._facts: dict[tuple[str, FactKey, FactValue], Fact] = {}
        self._begun: dict[ProblemCode, int] = {}
        # Lines that mean something only where a failure follows; of a log in which all is well none is taken apart.
        self._quiet: deque[tuple[int, bytes]] = deque(maxlen=MOST_QUIET)
        self.looked_into = 0

    def line(self, number: int, line: bytes) -> None:
        if any(mark in line for mark in QUIET) and _EVENT not in line:
            self._quiet.append((number, line))
            return
        while self._quiet:
            self._taken_apart(*self._quiet.popleft())
        self._taken_apart(number, line)

    def _taken_apart(self, number: int, line: bytes) -> None:
        self.looked_into += 1
        if BEGIN in line:
            self._armour(number, line)
        for record in records(line):
            self._record(number, record)

    def taken(self, progress: Progress) -> Taken:
        self._handshakes.finish()
        self._tally.other_host = host_in(progress.head)
        signs = tuple(self._tally.signs(self._source, self._node_of))
        observations: tuple[Observation, ...] = (*self._log_taken(progress), *signs, *self._placed_facts())
        problems = [Problem(code=code, line=line) for code, line in self._begun.items()]
        if len(self._tally) > len(signs):
            problems.append(Problem(code=ProblemCode.WHICH_NODE))
        outcome = Outcome.READ
        if self.looked_into >= MOST_LINES:
            outcome = Outcome.PARTLY
            problems.append(Problem(code=ProblemCode.LOG_CUT, params={"limit": f"{MOST_LINES:,}"}))
        found = {"lines": progress.lines, "signs": len(signs)}
        if self._handshakes.undecided:
            found["undecided"] = self._handshakes.undecided
        return Taken(kind=Kind.LOG, outcome=outcome, observations=observations, problems=tuple(problems), found=found)

    def _log_taken(self, progress: Progress) -> Iterator[Sign]:
        """That there is a log says something where it reports nothing: what an older one reported is over."""
        node = self._node_of(self._tally.main_host)
        if node is None:
            return
        times = (*times_in(progress.head), *times_in(progress.tail))
        yield Sign(
            source=Source(upload=self._source.upload, member=self._source.member),
            node=node,
            code=SignCode.LOG_TAKEN,
            count=progress.lines,
            first=min(times, default=None),
            last=max(times, default=None),
            origin=Origin.LOG,
        )

    def _armour(self, number: int, line: bytes) -> None:
        for label in _BEGUN.findall(line):
            code = ProblemCode.PRIVATE_KEY if label.endswith(b"PRIVATE KEY") else ProblemCode.CERTIFICATE_IN_LOG
            self._begun.setdefault(code, number)

    def _record(self, number: int, record: Record) -> None:
        host = self._tally.host(record)
        event = event_of(record)
        if event is None:
            self._handshakes.developer(host, record, number)
            self._alternates(host, record, number)
            return
        key = self._tally.add(host, event, record, number)
        if record.get("Event").endswith(_HANDSHAKE):
            self._handshakes.reported(host, record, key, inbound=record.get("Event").startswith("Inbound"))
        if event.code is SignCode.TLS_VERIFICATION_CHANGED and event.name is not None:
            self._say(host, FactKey.TLS_VERIFICATION, event.name, record, number)

    def _alternates(self, host: str, record: Record, number: int) -> None:
        """22: the peers of the cluster. `LocalPeerIndex` counts from 0 and says which of them this node is."""
        entries = _ALTERNATE.findall(record.get("AlternateIPAddresses"))[:6]
        index = record.get("LocalPeerIndex")
        if not entries or not index.isdigit() or len(index) > 1 or int(index) >= len(entries):
            return
        address, name = entries[int(index)]
        if host and _bare(name) == _bare(host):
            self._say(host, FactKey.ADDRESS, address, record, number)
            if all("." in peer for _, peer in entries):  # a bare host name may be any domain's
                for _, peer in entries:
                    self._say(host, FactKey.CLUSTER_PEER, peer, record, number)

    def _say(self, host: str, key: FactKey, value: FactValue, record: Record, number: int) -> None:
        # Of the mode, what was said last holds; of what repeats, each value counts where it stands first.
        last = key is FactKey.TLS_VERIFICATION
        at = (host, key, "" if last else value)
        if not last and (at in self._facts or len(self._facts) >= _MOST_FACTS):
            return
        where = Source(upload=self._source.upload, member=self._source.member, line=number, text=quoted(record.text))
        subject = NodeRef(name=host, container="")
        fact = Fact(source=where, subject=subject, key=key, value=value, proven=True, origin=Origin.LOG)
        self._facts[at] = fact

    def _placed_facts(self) -> Iterator[Fact]:
        for (host, key, _), fact in self._facts.items():
            node = self._node_of(host or self._tally.main_host)
            if node is not None:
                yield Fact(source=fact.source, subject=node, key=key, value=fact.value, proven=True, origin=Origin.LOG)

    def _node_of(self, host: str) -> NodeRef | None:
        """The node that the file's name speaks of, else the host of the line.

        A line of another host in a file that is called like the host of most lines is that other host's.
        """
        if self._member is None:
            return NodeRef(name=host, container=container(self._source)) if host else None
        own = _bare(self._member.name)
        other = _bare(host) != own and _bare(self._tally.main_host) == own
        return NodeRef(name=host, container=container(self._source)) if other and host else self._member


def _bare(name: str) -> str:
    return name.partition(".")[0].casefold()
