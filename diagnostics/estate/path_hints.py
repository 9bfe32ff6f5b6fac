"""What the path of a file hints at: a node and a place, by the folders that it lies in and by its own name."""

import posixpath
from dataclasses import dataclass

from diagnostics.estate.known_nodes import KnownNode, KnownNodes, folders
from diagnostics.estate.model import PlaceReason
from diagnostics.estate.observations import Slot, Source, StoreName
from diagnostics.expressway.stores import PlaceName, called

# Names that a single CA certificate has as often as a list does.
_SINGULAR = frozenset({"ca", "cacert", "cacertificate"})
_ROOT = frozenset({"root", "rootca"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PathHints:
    """Hints of one path; None: it says nothing.

    Attributes:
        folder_node, file_node: the node that a folder (the innermost that does) or the file is called after.
        place: by the file's name or part, or by a folder.
        group: the folder that is called like a list, whose files make it up; empty: the file is called like the place.
        alone: the file's name is the node's, and nothing more.
        single: the name may as well be that of one CA certificate; `root`: likelier so.
        entry: the file lies in a folder that is called like a list, nobody says whose: it is an entry of it, or, where it
            is called after a node, perhaps that node's list.
    """

    folder_node: KnownNode | None = None
    file_node: KnownNode | None = None
    place: PlaceName | None = None
    group: str = ""
    alone: bool = False
    single: bool = False
    root: bool = False
    entry: bool = False

    @property
    def node(self) -> KnownNode | None:
        return self.file_node or self.folder_node

    @property
    def disputed(self) -> bool:
        """The file and the folder are called after different nodes."""
        return None not in (self.file_node, self.folder_node) and self.file_node != self.folder_node

    @property
    def reason(self) -> PlaceReason:
        """Where the node comes from: the folder is surer."""
        return PlaceReason.FOLDER if self.folder_node is not None and not self.disputed else PlaceReason.FILE_NAME

    @property
    def slot(self) -> Slot | None:
        return Slot(self.place.name) if self.place is not None and not self.place.is_list else None

    @property
    def store(self) -> StoreName | None:
        return StoreName(self.place.name) if self.place is not None and self.place.is_list else None


def hints_of(source: Source, nodes: KnownNodes) -> PathHints:
    """1. A folder called like a list, inside a node's folder. 2. The part or name of the file. 3. A folder called like a
    slot. What stands beside a place in a name must be a node's name, or it is the name of something else: "Example Root
    CA" is no list.
    """
    path = source.file_path
    around = folders(path)
    owners = [nodes.meant(name) for name in around]
    inner = next((number for number, owner in enumerate(owners) if owner is not None), None)
    folder_node = owners[inner] if inner is not None else None
    stem = posixpath.splitext(posixpath.basename(path))[0]
    found = called(stem)
    file_node = nodes.meant(stem) if found is None or found.rest else None
    named = found.place if found is not None and (not found.rest or _is_only(found.rest, file_node)) else None
    part = called(source.part) if source.part else None
    if part is not None:
        return PathHints(folder_node=folder_node, file_node=file_node, place=part.place)
    places = [_place(name, nodes) for name in around]
    group = next((n for n in range(inner + 1) if (p := places[n]) and p.is_list), None) if inner is not None else None
    if group is not None:
        folder = "/".join(path.split("/")[: len(path.split("/")) - 1 - group])
        return PathHints(folder_node=folder_node, place=places[group], group=folder)
    in_list = next(iter(places), None)
    if in_list is not None and in_list.is_list:
        return PathHints(file_node=file_node, place=in_list, alone=_is_only(stem, file_node), entry=True)
    word = _plain(stem if found is None or not found.rest else stem.replace(found.rest, ""))
    return PathHints(
        folder_node=folder_node,
        file_node=file_node,
        place=named or next((place for place in places if place is not None and not place.is_list), None),
        alone=_is_only(stem, file_node),
        single=named is not None and word in _SINGULAR | _ROOT,
        root=word in _ROOT,
    )


def _place(folder: str, nodes: KnownNodes) -> PlaceName | None:
    found = called(folder)
    if found is None:
        return None
    return found.place if not found.rest or _is_only(found.rest, nodes.meant(found.rest)) else None


def _is_only(text: str, node: KnownNode | None) -> bool:
    """Whether the text is a name of the node and nothing more, whatever the separators."""
    if node is None:
        return False
    return _plain(text) in {_plain(name) for name in (node.key, node.host, *node.addresses)}


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
