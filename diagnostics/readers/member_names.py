"""What the name of a diagnostic archive's member says of its node and of the place that it belongs to."""

import posixpath
from dataclasses import dataclass

from diagnostics.estate.log_members import LOG_MEMBER
from diagnostics.estate.observations import NodeRef, Slot, Source, StoreName


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberName:
    """The parts of such a name; `host` as written."""

    prefix: str
    host: str

    @property
    def slot(self) -> Slot | None:
        """The certificate slot that the prefix stands for. `client_` is a guess for X15.5 and later."""
        return {"server": Slot.SERVER, "client": Slot.CLIENT}.get(self.prefix)

    @property
    def store(self) -> StoreName | None:
        return StoreName.TRUSTED_CA if self.prefix == "ca" else None


def member_name(source: Source) -> MemberName | None:
    """None where the file is not named like a member of a diagnostic archive."""
    match = LOG_MEMBER.match(posixpath.basename(source.file_path))
    return MemberName(prefix=match["prefix"].lower(), host=match["host"]) if match else None


def container(source: Source) -> str:
    """The folder or archive that a file lies in; empty for a file that was handed over by itself."""
    return posixpath.dirname(source.file_path)


def node_of_member(source: Source) -> NodeRef | None:
    """The node that a file's name speaks of; None where it is not named like a diagnostic archive's member."""
    name = member_name(source)
    return NodeRef(name=name.host, container=container(source)) if name else None
