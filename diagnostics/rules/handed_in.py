"""Files of certificates, keys and requests as they were handed in: what is still to be reckoned with, and what lay together."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from diagnostics.estate import model as placing
from diagnostics.estate.model import Deployment, Node, StoredFile
from diagnostics.estate.observations import CertificateFile, Slot
from diagnostics.pki.certificate import Certificate
from diagnostics.pki.conversion import Signatures, part
from diagnostics.rules.base import Place
from diagnostics.rules.say import at_node
from diagnostics.rules.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A certificate of a host, and the file that it was handed in with."""

    certificate: Certificate
    file: CertificateFile

    @property
    def key_id(self) -> str | None:
        """SHA-256 of its public key; None where that could not be read."""
        return self.certificate.key.spki_sha256 if self.certificate.key else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """What lay in one folder or archive of one upload: certificates of hosts, and files of nothing but keys or requests."""

    name: str
    hosts: tuple[Host, ...]
    keys: tuple[CertificateFile, ...]
    requests: tuple[CertificateFile, ...]


class HandedIn:
    """Computed once per view, for the rules about files."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._nodes = {node.fqdn.casefold(): node for node in deployment.nodes()}
        self._known: dict[int, tuple[Certificate, ...]] = {}
        self._signatures = Signatures()
        self._hosts: dict[int, tuple[Host, ...]] = {}

    @cached_property
    def latest(self) -> Mapping[str, tuple[int, CertificateFile]]:
        """By path: the batch and the file of the newest upload that has it."""
        return {file.source.path: (batch, file) for batch, file in self._deployment.certificate_files}

    @cached_property
    def by_key(self) -> Mapping[str, tuple[Certificate, ...]]:
        """Every certificate at hand by the SHA-256 of its public key."""
        found: dict[str, list[Certificate]] = defaultdict(list)
        for certificate in self._deployment.certificates.values():
            if certificate.key is not None:
                found[certificate.key.spki_sha256].append(certificate)
        return {key: tuple(certificates) for key, certificates in found.items()}

    @cached_property
    def requests(self) -> Mapping[str, CertificateFile]:
        """By the SHA-256 of the public key asked for: a file with that request."""
        return {key: file for _, file in self.latest.values() for key in file.request_ids}

    def certificates(self, file: CertificateFile) -> tuple[Certificate, ...]:
        if id(file) not in self._known:  # the deployment holds it: one file may be in thousands of places
            held = self._deployment.certificates
            self._known[id(file)] = tuple(held[sha256] for sha256 in file.certificates if sha256 in held)
        return self._known[id(file)]

    def of(self, stored: StoredFile) -> tuple[Certificate, ...]:
        """The certificates of a file in a slot or list."""
        _, file = self.latest.get(stored.source.path, (0, None))
        return self.certificates(file) if file else ()

    def hosts(self, file: CertificateFile) -> tuple[Host, ...]:
        """The certificates in it that are no CA's."""
        if id(file) not in self._hosts:
            parted = part(self.certificates(file), key_ids=file.key_ids, signatures=self._signatures)
            self._hosts[id(file)] = tuple(Host(certificate=item, file=file) for item in parted.leaves)
        return self._hosts[id(file)]

    def node_of(self, batch: int, file: CertificateFile) -> Node | None:
        """The one node in whose slots it was placed; None: on none or several."""
        places = self._deployment.placed.get((batch, file.source.path), ())
        nodes = {place.node.casefold() for place in places if place.slot is not None}
        return self._nodes.get(nodes.pop()) if len(nodes) == 1 else None

    def place_of(self, batch: int, file: CertificateFile) -> Place:
        node = self.node_of(batch, file)
        return at_node(node) if node is not None else Place()

    def in_effect(self, batch: int, file: CertificateFile) -> bool:
        """Whether it, or a copy of it, is in one of the places that it belongs to; what belongs to none is nobody's past."""
        places = self._deployment.placed.get((batch, file.source.path), ())
        return not places or any(self._holds(place, file) for place in places)

    def _holds(self, place: placing.Place, file: CertificateFile) -> bool:
        node = self._nodes.get(place.node.casefold())
        if node is None:
            return False
        if place.slot is not None:
            installed = node.certificates.get(place.slot)
            stored = [installed.file] if installed else []
            same = installed is not None and installed.certificate.sha256 in file.certificates
        elif place.store is not None:
            store = node.trust.get(place.store)
            stored = list(store.files) if store else []
            same = store is not None and bool(file.certificates) and store.fingerprints.issuperset(file.certificates)
        else:
            return True  # revocation lists add up
        unread = node.unread.get(place.slot or place.store or Slot.SERVER)
        return same or file.source.path in (item.source.path for item in (*stored, *((unread,) if unread else ())))

    def current(self) -> Iterator[tuple[int, CertificateFile]]:
        """The newest of each path, without what something else has taken the place of."""
        return ((batch, file) for batch, file in self.latest.values() if self.in_effect(batch, file))

    @cached_property
    def folders(self) -> tuple[tuple[int, Folder], ...]:
        """Those with a key or request, and the number of the upload.

        Lists that are parts of one file lie in no folder together.
        """
        found: dict[tuple[int, str], list[CertificateFile]] = defaultdict(list)
        for batch, file in self.current():
            if not file.source.part:
                found[batch, file.source.file_path.rpartition("/")[0]].append(file)
        folders = ((batch, self._folder(name, files)) for (batch, name), files in found.items())
        return tuple((batch, folder) for batch, folder in folders if folder is not None)

    def _folder(self, name: str, files: Sequence[CertificateFile]) -> Folder | None:
        """None where nothing in it asks for a certificate: lists of hundreds need not be parted then."""
        keys = tuple(file for file in files if file.keys and not file.certificates)
        requests = tuple(file for file in files if file.request_ids and not file.keys and not file.certificates)
        if not keys and not requests:
            return None
        hosts = tuple(host for file in files for host in self.hosts(file))
        return Folder(name=name, hosts=hosts, keys=keys, requests=requests)


def handed_in(view: View) -> HandedIn:
    """Kept by the view."""
    kept = view.kept.setdefault("handed-in", HandedIn(view.deployment))
    assert isinstance(kept, HandedIn)
    return kept


def stem(file: CertificateFile) -> str:
    """The name without folder and extension, case-folded: server.pem and SERVER.key are meant for each other."""
    return file.source.file_path.rpartition("/")[2].rpartition(".")[0].casefold()
