"""What `show cert ...` of Unified CM, IM and Presence and Unity Connection printed, captured from a terminal.

Proven by public programs that parse it: one line per certificate, `<unit>/<file>.pem: <text>`, for `show cert list own`
and `show cert list trust`; decoded text and the PEM block for `show cert own`; decoded text alone for `show cert trust`;
the pager's line. That a file in a list is named `<common name>_<serial number in hex>` was seen on real systems.

1. Take out what a terminal adds: escape sequences, erased letters, the pager's line.
2. Go line by line; a prompt or a command ends what went before, a login begins another session.
3. Name the node by what the session says of it; a capture that says nothing leaves it to the name of the file.
"""

import re
from dataclasses import dataclass, field

from diagnostics.estate.observations import (
    CertificateFile,
    Fact,
    FactKey,
    Listed,
    Listing,
    NodeRef,
    Observation,
    Origin,
    Placement,
    Role,
    Slot,
    Source,
    StoreName,
)
from diagnostics.expressway.stores import name_and_serial, slot_called, store_called
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.loading import load
from diagnostics.pki.names import as_address
from diagnostics.readers.base import Kind, Limits, Outcome, Problem, ProblemCode, Taken
from diagnostics.readers.certificates import read_certificates
from diagnostics.readers.flaws import Flaw, malformed
from diagnostics.readers.member_names import container
from diagnostics.readers.terminal import TerminalLine, terminal_lines
from diagnostics.readers.wording import decoded, printable, without_keys

_COMMAND = re.compile(
    r"[ \t]{0,20}(?:admin:)?[ \t]{0,20}show[ \t]{1,10}cert[ \t]{1,10}(?P<list>list[ \t]{1,10})?(?P<whose>own|trust)"
    r"(?:[ \t]{1,10}(?P<what>\S.{0,300}))?\s{0,80}",
    re.IGNORECASE,
)
_LONGEST = 700  # characters of a line of a list or a command
_PROMPT = re.compile(r"[ \t]{0,20}admin:", re.IGNORECASE)
_ENTRY = re.compile(
    r"[ \t]{0,20}(?P<unit>[A-Za-z][\w.-]{0,39})/(?P<file>[^/]{1,250}?)\.pem[ \t]{0,10}:(?P<text>.{0,400})"
)
_HALF_ENTRY = re.compile(r"[ \t]{0,20}[A-Za-z][\w.-]{0,39}/[^/: \t]{20,250}")
# What a login prints: of ssh and PuTTY alike.
_LOGIN = re.compile(r"(?:^|\s)[\w.\\-]{1,64}@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})'s password:", re.IGNORECASE)
_SSH = re.compile(
    r"(?:^|[\s$#>])ssh\s{1,10}(?:\S{1,60}\s{1,10}){0,8}[\w.\\-]{1,64}@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})\s{0,10}$"
)
_WELCOME = re.compile(r"\s{0,40}Welcome to the Platform Command Line Interface", re.IGNORECASE)
# As `show status` has it; remembered, no capture was at hand: used where it stands, missed where it does not.
_HOST_NAME = re.compile(
    r"[ \t]{0,20}Host ?Name[ \t]{0,40}:[ \t]{0,10}(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252})[ \t]{0,80}$", re.IGNORECASE
)
_SERIAL = re.compile(r"Serial Number[ \t]{0,10}:[ \t]{0,10}(?:0x)?(?P<serial>[0-9A-Fa-f]{1,80})\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"Subject(?: Name)?[ \t]{0,10}:.{0,600}?\bCN[ \t]{0,3}=[ \t]{0,3}(?P<name>[^,\r\n]{1,250})", re.IGNORECASE
)
_PRESENCE = "cup"
_VOICE = ("callmanager", "capf", "tvs", "itlrecovery")


def read_ucm_listing(data: bytes, source: Source, limits: Limits) -> Taken | None:
    """None where nothing in the capture is of the kind after all."""
    text, keys = without_keys(decoded(data))
    noticed = tuple(Problem(code=ProblemCode.PRIVATE_KEY, line=line) for line in keys)
    sessions = _sessions(text)
    if not any(session.commands or session.entries for session in sessions):
        return _without_command(data, source, limits, noticed)
    return _Capture(source, limits, several=len(sessions) > 1).taken(sessions, noticed)


def _without_command(data: bytes, source: Source, limits: Limits, noticed: tuple[Problem, ...]) -> Taken | None:
    """Decoded text alone: the certificates that stand in it are still certificates."""
    taken = read_certificates(data, source, limits)
    if taken is not None:
        return taken
    if _SERIAL.search(decoded(data)) is None:
        return None
    problem = Problem(code=ProblemCode.WHICH_PLACE)
    return Taken(kind=Kind.UCM_LISTING, outcome=Outcome.NOT_READ, problems=(*noticed, problem))


@dataclass(slots=True)
class _Entry:
    """A line of a list: the unit as written, the file's name without its ending."""

    unit: str
    stem: str
    line: TerminalLine


@dataclass(slots=True)
class _Command:
    """`show cert own|trust <what>` and what it printed."""

    whose: str
    what: str
    line: TerminalLine
    body: list[TerminalLine] = field(default_factory=list)


@dataclass(slots=True)
class _Session:
    """What one login shows; `cut`: lines at which a list stopped in the pager."""

    host: str = ""
    said_at: TerminalLine | None = None
    entries: list[_Entry] = field(default_factory=list)
    commands: list[_Command] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)

    @property
    def has_something(self) -> bool:
        return bool(self.entries or self.commands)


def _sessions(text: str) -> list[_Session]:
    """The sessions in which a certificate command was run."""
    parser = _Parser()
    for line in terminal_lines(text):
        parser.line(line)
    parser.end()
    return [session for session in parser.sessions if session.has_something]


class _Parser:
    """Goes through the lines of a capture."""

    def __init__(self) -> None:
        self.sessions = [_Session()]
        self._command: _Command | None = None
        self._half: TerminalLine | None = None
        self._paged: TerminalLine | None = None  # the pager asked, and nothing has come since
        self._listing = False

    def line(self, line: TerminalLine) -> None:
        if line.paged:
            self._paged = line
        if not line.text.strip():
            return
        told = len(line.text) <= _LONGEST  # nothing that is looked for is longer, so nothing longer is searched
        if told and (self._starts_session(line) or self._is_command(line)):
            return
        if _PROMPT.match(line.text):
            self._stop()
            return
        self._paged = None
        if self._command is not None and not (told and self._is_known_entry(line)):
            self._command.body.append(line)
        elif told and not self._entry(line):
            self._host(line, _HOST_NAME)

    def end(self) -> None:
        """What ends with the capture is whole, unless the pager still waits."""
        self._stop()

    def _is_known_entry(self, line: TerminalLine) -> bool:
        found = _ENTRY.match(line.text)
        return found is not None and (slot_called(found["unit"]) or store_called(found["unit"])) is not None

    def _stop(self) -> None:
        if self._paged is not None and (self._listing or self._command is not None):
            self.sessions[-1].cut.append(self._paged.number)
        self._command = self._half = self._paged = None
        self._listing = False

    def _starts_session(self, line: TerminalLine) -> bool:
        found = _LOGIN.search(line.text) or _SSH.search(line.text) if "@" in line.text else None
        if found is None and _WELCOME.match(line.text) is None:
            return False
        self._stop()
        if self.sessions[-1].has_something or (found and self.sessions[-1].host):
            self.sessions.append(_Session())
        if found is not None:
            self._say_host(found["host"], line)
        return True

    def _host(self, line: TerminalLine, pattern: re.Pattern[str]) -> None:
        found = pattern.match(line.text)
        if found is not None:
            self._say_host(found["host"], line)

    def _say_host(self, host: str, line: TerminalLine) -> None:
        session = self.sessions[-1]
        if not session.host:
            session.host, session.said_at = host.rstrip("."), line

    def _is_command(self, line: TerminalLine) -> bool:
        found = _COMMAND.fullmatch(line.text) if "cert" in line.text.casefold() else None
        if found is None:
            return False
        self._stop()
        if found["list"]:
            self._listing = True
        elif found["what"]:
            self._command = _Command(whose=found["whose"].lower(), what=found["what"].strip(), line=line)
            self.sessions[-1].commands.append(self._command)
        return True

    def _entry(self, line: TerminalLine) -> bool:
        """A line of a list; a terminal of 80 columns may have broken it in two."""
        found = _ENTRY.match(line.text)
        if found is None and self._half is not None:
            found = _ENTRY.match(self._half.text.rstrip() + line.text.strip())
        self._half = line if found is None and _HALF_ENTRY.fullmatch(line.text) else None
        if found is None:
            return self._half is not None
        self._listing = True
        self.sessions[-1].entries.append(_Entry(unit=found["unit"], stem=found["file"].strip(), line=line))
        return True


class _Capture:
    """One capture being turned into observations."""

    def __init__(self, source: Source, limits: Limits, *, several: bool) -> None:
        self._source, self._limits, self._several = source, limits, several
        self._observations: list[Observation] = []
        self._certificates: list[Certificate] = []
        self._problems: list[Problem] = []
        self._parts: set[str] = set()
        self._listed = 0

    def taken(self, sessions: list[_Session], noticed: tuple[Problem, ...]) -> Taken:
        for session in sessions:
            self._session(session)
        found = {"certificates": len(self._certificates), "listed": self._listed}
        lost = any(problem.code is not ProblemCode.NODE_NOT_NAMED for problem in self._problems)
        return Taken(
            kind=Kind.UCM_LISTING,
            outcome=Outcome.PARTLY if lost else Outcome.READ,
            observations=tuple(self._observations),
            certificates=tuple(self._certificates),
            problems=(*noticed, *self._problems),
            found={name: count for name, count in found.items() if count},
        )

    def _session(self, session: _Session) -> None:
        node = self._named(session.host) if session.host else None
        if node is None:
            lines = [*(entry.line for entry in session.entries), *(command.line for command in session.commands)]
            line = min(item.number for item in lines)
            self._problems.append(Problem(code=ProblemCode.NODE_NOT_NAMED, line=line))
        self._role(session, node)
        for command in session.commands:
            if command.whose == "own":
                self._own(command, node)
        self._lists(session, node)
        for number in session.cut:
            detail = f"after line {number} the pager waits"
            self._problems.append(Problem(code=ProblemCode.CUT_SHORT, line=number, params={"detail": detail}))

    def _named(self, host: str) -> NodeRef:
        """A bare host name means the node of that name in whatever lies beside the capture."""
        full = "." in host or as_address(host) is not None
        return NodeRef(name=host, container=None if full else container(self._source))

    def _at(self, part: str | None, line: TerminalLine | None, node: NodeRef | None = None) -> Source:
        if part is not None and self._several and node is not None:
            part = f"{node.name} {part}"
        return Source(
            upload=self._source.upload,
            member=self._source.member,
            part=part,
            line=line.number if line else None,
            text=printable(line.text.strip())[:200] if line else "",
        )

    def _role(self, session: _Session, node: NodeRef | None) -> None:
        """By the units that the lists name; tomcat alone may be Unity Connection."""
        units = {entry.unit.casefold() for entry in session.entries}
        units |= {command.what.partition("/")[0].casefold() for command in session.commands}
        role = None
        if any(unit.startswith(_PRESENCE) for unit in units):
            role = Role.IM_PRESENCE
        elif any(unit.startswith(_VOICE) and not unit.endswith("-trust") for unit in units):
            role = Role.UNIFIED_CM
        if node is not None and role is not None:
            source = self._at(None, session.said_at)
            self._observations.append(
                Fact(source=source, subject=node, key=FactKey.ROLE, value=role.value, origin=Origin.LISTING)
            )

    def _own(self, command: _Command, node: NodeRef | None) -> None:
        unit = command.what.partition("/")[0]
        name = slot_called(unit)
        if name is None:
            return  # CAPF, TVS, ipsec, ...: no rule speaks of them
        slot = Slot(name)
        text = "\n".join(line.text for line in command.body)
        begin = next((line for line in command.body if "-----BEGIN CERTIFICATE" in line.text), None)
        if begin is None:
            self._decoded_own(command, node, slot, text)
            return
        source = self._at(slot.value, None, node)
        if source.path in self._parts:
            self._problems.append(malformed(Flaw.TAKEN_TWICE, line=command.line.number, what=slot.value))
            return
        self._parts.add(source.path)
        loaded = load(text.encode(), most=self._limits.certificates)
        for fault in loaded.faults:
            params = {"reason": fault.code.value, "detail": slot.value}
            self._problems.append(Problem(code=ProblemCode.BLOCK_LOST, line=begin.number, params=params))
        found = [item.certificate for item in loaded.certificates]
        self._certificates += found
        self._observations.append(
            CertificateFile(
                source=source,
                form="pem",
                certificates=tuple(item.sha256 for item in found),
                lines=(begin.number,) * len(found),
                faults=len(loaded.faults),
            )
        )
        if node is not None:
            self._observations.append(
                Placement(
                    source=self._at(slot.value, command.line, node),
                    node=node,
                    path=source.path,
                    slot=slot,
                    installed=True,
                )
            )

    def _decoded_own(self, command: _Command, node: NodeRef | None, slot: Slot, text: str) -> None:
        """The PEM block is not in the capture: the serial number and the name say which certificate it is."""
        serial, subject = _SERIAL.search(text), _SUBJECT.search(text)
        if serial is None or subject is None:
            return
        name = printable(subject["name"].strip())
        listed = Listed(name=name, serial=_plain_serial(serial["serial"]), line=command.line.number)
        self._listing(node, (listed,), command.line, slot=slot)

    def _lists(self, session: _Session, node: NodeRef | None) -> None:
        """Lists as last printed; single entries (`show cert trust`) where the list itself was not."""
        by_store: dict[StoreName, dict[str, _Entry]] = {}
        for entry in session.entries:
            name = store_called(entry.unit)
            if name is not None:
                by_store.setdefault(StoreName(name), {})[entry.stem] = entry
        for store, entries in by_store.items():
            first = next(iter(entries.values())).line
            listed = tuple(_listed(stem, entry.line) for stem, entry in entries.items())
            self._listing(node, listed, first, store=store, complete=not session.cut)
        single: dict[StoreName, list[Listed]] = {}
        for command in session.commands:
            unit, _, file = command.what.partition("/")
            name = store_called(unit) if command.whose == "trust" and file and command.body else None
            if name is not None and StoreName(name) not in by_store and _SERIAL.search(_text(command)):
                stem = file.removesuffix(".pem")
                single.setdefault(StoreName(name), []).append(_listed(stem, command.line))
        for store, found in single.items():
            self._listing(node, tuple(found), None, store=store, complete=False)

    def _listing(
        self,
        node: NodeRef | None,
        listed: tuple[Listed, ...],
        line: TerminalLine | None,
        *,
        slot: Slot | None = None,
        store: StoreName | None = None,
        complete: bool = True,
    ) -> None:
        place = slot or store
        assert place is not None
        self._listed += len(listed)
        self._observations.append(
            Listing(
                source=self._at(place.value, line, node),
                node=node,
                slot=slot,
                store=store,
                listed=listed[: self._limits.certificates],
                complete=complete and len(listed) <= self._limits.certificates,
            )
        )


def _text(command: _Command) -> str:
    return "\n".join(line.text for line in command.body)


def _listed(stem: str, line: TerminalLine) -> Listed:
    name, serial = name_and_serial(stem)
    return Listed(name=printable(name), serial=serial, line=line.number)


def _plain_serial(digits: str) -> str:
    return digits.lower().lstrip("0") or "0"
