"""From the settings of one node, as text or as XML, to facts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from diagnostics.estate.observations import (
    DeploymentRef,
    Fact,
    FactKey,
    FactValue,
    NodeRef,
    Origin,
    Role,
    Source,
    Subject,
    ZoneRef,
    ZoneType,
)
from diagnostics.readers.configuration_keys import (
    DOMAIN,
    DOMAIN_KEYS,
    FLAGS,
    NODE_KEYS,
    PORTS,
    WORDS,
    ZONE,
    ZONE_KEYS,
    ZONE_TYPES,
)
from diagnostics.readers.member_names import container

# Zones that Expressway makes for each Unified CM node it discovers; their names hold the name that it uses.
_UC_ZONE = re.compile(r"^CE(?:tcp|tls|oauth)-(?P<node>.+)$", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One setting.

    Attributes:
        shown: its path as written, words parted by one blank.
        template: the path in lower case without blanks, `#` for each word that is a number.
        value: empty where it is unset.
        line: 1-based.
        begins: something else (a prompt, a banner) stands between it and the record before.
    """

    shown: str
    template: str
    value: str
    line: int
    begins: bool = False

    @property
    def numbers(self) -> list[str]:
        return [word for word in self.shown.split() if _is_number(word)]


def template_of(shown: str) -> str:
    return "".join("#" if _is_number(word) else word for word in shown.lower().split())


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def is_on(value: str) -> bool:
    return value.casefold() in ("on", "true", "yes", "enabled")


def port_number(value: str) -> int | None:
    """None where it is no port."""
    return int(value) if re.fullmatch(r"[0-9]{1,5}", value) and 0 < int(value) < 65536 else None


def values_of(records: Sequence[Record], template: str) -> list[str]:
    """The distinct values of a setting, in order; one that is unset says nothing."""
    return list(dict.fromkeys(item.value for item in records if item.template == template and item.value))


class ConfigurationFacts:
    """The facts in the records of one node.

    `proven`: the form of the file is known, so that what it says comes before what people wrote down.
    """

    def __init__(self, source: Source, records: Sequence[Record], node: NodeRef, *, proven: bool) -> None:
        self._source, self._records, self._node, self._proven = source, records, node, proven

    def facts(self) -> Iterator[Fact]:
        yield from self._node_facts()
        yield from self._zone_facts()
        yield from self._mra_facts()

    def _fact(self, record: Record, subject: Subject, key: FactKey, value: FactValue | None = None) -> Fact:
        return Fact(
            source=replace(self._source, line=record.line, text=f'{record.shown}: "{record.value}"'),
            subject=subject,
            key=key,
            value=record.value if value is None else value,
            proven=self._proven,
            origin=Origin.CONFIGURATION,
        )

    def _setting(self, record: Record, subject: Subject, key: FactKey) -> Iterator[Fact]:
        """The value in our words where the key has a closed set of them; a port that is none says nothing."""
        if key in PORTS:
            port = port_number(record.value)
            if port is not None:
                yield self._fact(record, subject, key, port)
        elif key is FactKey.CLUSTER_PRIMARY:
            if _NUMBER.fullmatch(record.value):
                yield self._fact(record, subject, key, int(record.value))
        elif key in FLAGS:
            yield self._fact(record, subject, key, is_on(record.value))
        else:
            yield self._fact(record, subject, key, WORDS.get(key, {}).get(record.value.casefold()))

    def _node_facts(self) -> Iterator[Fact]:
        for record in self._records:
            key = NODE_KEYS.get(record.template)
            if key is not None and record.value:
                yield from self._setting(record, self._node, key)

    def _zone_facts(self) -> Iterator[Fact]:
        by_zone: dict[str, list[Record]] = defaultdict(list)
        for record in self._records:
            if record.template.startswith(ZONE):
                by_zone[record.numbers[0]].append(record)
        for number, zone in by_zone.items():
            yield from self._one_zone(zone, ZoneRef(owner=self._node, key=number))

    def _one_zone(self, zone: list[Record], ref: ZoneRef) -> Iterator[Fact]:
        """Name and type, and the settings under the word of that type; another type's are inert."""
        settings = {record.template.removeprefix(ZONE): record for record in zone}
        kind_record, name_record = settings.get("type"), settings.get("name")
        kind = ZONE_TYPES.get(kind_record.value.casefold()) if kind_record else None
        if kind is None or kind_record is None or name_record is None or not name_record.value:
            return
        yield self._fact(name_record, ref, FactKey.ZONE_NAME)
        yield self._fact(kind_record, ref, FactKey.ZONE_TYPE, kind.value)
        prefix = ZONE + kind_record.value.casefold()
        for record in zone:
            if not record.value:
                continue
            if record.template == ZONE + "sipmode":
                yield from self._setting(record, ref, FactKey.ZONE_SIP)
            elif record.template.startswith(prefix):
                key = ZONE_KEYS.get(record.template.removeprefix(prefix))
                if key is not None:
                    yield from self._setting(record, ref, key)
        if kind is ZoneType.NEIGHBOR:
            yield from self._made_for_unified_cm(name_record)

    def _made_for_unified_cm(self, name: Record) -> Iterator[Fact]:
        created = _UC_ZONE.match(name.value)
        if created:
            folder = None if "." in created["node"] else container(self._source)
            target = NodeRef(name=created["node"], container=folder)
            yield self._fact(name, target, FactKey.SERVER_ENTRY, created["node"])
            yield self._fact(name, target, FactKey.ROLE, Role.UNIFIED_CM.value)

    def _mra_facts(self) -> Iterator[Fact]:
        domains: dict[str, dict[str, Record]] = defaultdict(dict)
        for record in self._records:
            if record.template == "collaborationedgeenabled" and record.value:
                yield self._fact(record, DeploymentRef(), FactKey.MRA_ENABLED, is_on(record.value))
            elif record.template.startswith(DOMAIN):
                domains[record.numbers[0]][record.template.removeprefix(DOMAIN)] = record
        for domain in domains.values():
            name = domain.get("name")
            if name is None or not name.value:
                continue
            switched = [key for word, key in DOMAIN_KEYS.items() if word in domain and is_on(domain[word].value)]
            for key in dict.fromkeys(switched):
                yield self._fact(name, DeploymentRef(), key)
