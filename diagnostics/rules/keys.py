"""Private keys and signing requests that were handed in: whose they are. Known are the hashes of their public keys alone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from diagnostics.estate.model import Node
from diagnostics.estate.observations import CertificateFile
from diagnostics.pki.names import normalised
from diagnostics.rules.base import N_, Confidence, Finding, Outcome, Place, Reason, Severity, Wording
from diagnostics.rules.handed_in import Folder, HandedIn, Host, handed_in, stem
from diagnostics.rules.registry import rule
from diagnostics.rules.say import Say, at_node
from diagnostics.rules.view import View

_EACH_ITS_OWN = N_(
    "Upload each certificate on the peer whose request it answers: the key never leaves the node that made the request."
)
_NEW_REQUEST = N_(
    "Where that node cannot be found, or its request was discarded: {menu_server_certificate}, Generate CSR, and have that "
    "request signed. A node keeps one request and its key at a time; the certificate in use is not disturbed."
)
_COMPARE = N_(
    "openssl x509 -in CERTIFICATE -noout -pubkey and openssl pkey -in KEY -pubout print the same where the two belong "
    "together."
)
_IMPACT = N_(
    "A node cannot use a certificate without its key: the upload is refused, or the node presents nothing that a peer can "
    "verify."
)


def _mismatch(explanation: str) -> Wording:
    return Wording(
        title=N_("The private key in {file} does not belong to the certificate {subject}"),
        explanation=explanation,
        impact=_IMPACT,
        steps=(_EACH_ITS_OWN, _NEW_REQUEST),
        verify=_COMPARE,
    )


def _other_request(explanation: str) -> Wording:
    return Wording(
        title=N_("The request in {file} is for another key than the certificate {subject}"),
        explanation=explanation,
        impact=N_(
            "Nobody, while the request waits. If the certificate was issued for this request, the node refuses it: it "
            "keeps the key of the request, which is another one."
        ),
        steps=(
            N_("If the request waits for its answer, upload the certificate that comes back, not {subject}."),
            N_(
                "If {subject} should be that answer, ask the CA which request it signed: an older one of the same node, "
                "or that of another peer."
            ),
            _EACH_ITS_OWN,
        ),
        verify=N_(
            "openssl x509 -in CERTIFICATE -noout -pubkey and openssl req -in REQUEST -noout -pubkey print the same where "
            "the two belong together."
        ),
    )


@rule(
    "cert-key-mismatch",
    name=N_("A private key or request does not belong to the certificate that it came with"),
    severity=Severity.CRITICAL,
    confidence=Confidence.DOCUMENTED,
    applies=N_(
        "A key in one file with a certificate, or beside the only one in its folder, or beside one of the same name; "
        "requests likewise, and where they ask for the name of one node. For a request with another key: info."
    ),
    sources=("X154-CSR",),
    wordings={
        "same-file": _mismatch(
            N_("{file} holds the certificate {subject} and a private key, and the key belongs to no certificate in it.")
        ),
        "beside": _mismatch(
            N_(
                "{file} lies beside {beside} with the certificate {subject}, and holds the private key of another "
                "certificate that is not among the uploads."
            )
        ),
        "elsewhere": _mismatch(
            N_(
                "{file} lies beside {beside} with the certificate {subject}, and holds the private key of {owners}. "
                "Certificates or keys of two nodes may have been mixed up."
            )
        ),
        "request": _other_request(
            N_(
                "{file} lies beside {beside} with the certificate {subject}, and asks for a certificate with another "
                "public key. That is right for a renewal that is still to come, and wrong if this certificate is the "
                "answer to this request."
            )
        ),
        "request-by-name": _other_request(
            N_(
                "{file} asks for a certificate with the name of {node}, and for another public key than that of {subject}, "
                "which {node} has by {beside}. That is right for a renewal that is still to come, and wrong if this "
                "certificate is the answer to this request."
            )
        ),
    },
    note=N_(
        "A key is compared by the SHA-256 of its public key, and forgotten. Of several certificates and keys in one folder "
        "those of one name are taken for each other's; otherwise nothing is said."
    ),
)
def cert_key_mismatch(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Keys against certificates by the hashes of their public keys, where they were meant for each other."""
    files = handed_in(view)
    for batch, file in files.current():
        if file.keys and file.certificates:
            yield from _in_one_file(say, files, batch, file)
    paired: set[str] = set()
    for batch, folder in files.folders:
        for host, key in _meant(folder, folder.keys):
            yield from _beside(say, files, batch, folder, host, key)
        for host, request in _meant(folder, folder.requests):
            paired.add(request.source.path)
            if host.key_id in request.request_ids:
                yield say.holds(files.place_of(batch, host.file))
            else:
                yield _violated(say, files, batch, host, request, "request", Severity.INFO)
    nodes = {normalised(node.fqdn): node for node in view.deployment.nodes()}
    for _, file in files.current():
        if file.request_ids and not file.certificates and file.source.path not in paired:
            yield from _by_name(nodes, say, files, file)


def _by_name(
    nodes: Mapping[str, Node], say: Say, files: HandedIn, request: CertificateFile
) -> Iterator[Finding | Outcome]:
    """A request that carries the name of one node, against the one certificate which that node has."""
    asked = {normalised(name) for name in request.request_names}
    named = [nodes[name] for name in asked if name in nodes]
    if len(named) != 1:
        return
    hosts: dict[str, tuple[int, Host]] = {}
    for installed in named[0].certificates.values():
        batch, file = files.latest.get(installed.file.source.path, (0, None))
        if file is not None and installed.certificate.key is not None:
            hosts[installed.certificate.sha256] = batch, Host(certificate=installed.certificate, file=file)
    if any(host.key_id in request.request_ids for _, host in hosts.values()):
        yield say.holds(at_node(named[0]))
    elif len(hosts) == 1:
        ((batch, host),) = hosts.values()
        yield _violated(say, files, batch, host, request, "request-by-name", Severity.INFO)


def _in_one_file(say: Say, files: HandedIn, batch: int, file: CertificateFile) -> Iterator[Finding | Outcome]:
    hosts = [item for item in files.hosts(file) if item.key_id is not None]
    if not hosts:
        return
    place = files.place_of(batch, file)
    if any(item.key_id in file.key_ids for item in hosts):
        yield say.holds(place)
    elif len(file.key_ids) < file.keys:
        yield _locked(say, place, file)
    else:
        yield _violated(say, files, batch, hosts[0], file, "same-file", Severity.CRITICAL)


def _meant(folder: Folder, others: Sequence[CertificateFile]) -> Iterator[tuple[Host, CertificateFile]]:
    """Which key or request was meant for which certificate: the only ones of their folder, else those of one name."""
    # A certificate that brought a key of its own asks for no other; the same one in two files is one.
    hosts = {item.certificate.sha256: item for item in folder.hosts if item.key_id is not None and not item.file.keys}
    if len(hosts) == 1 and len(others) == 1:
        yield next(iter(hosts.values())), others[0]
        return
    named: dict[str, list[Host]] = defaultdict(list)
    for host in hosts.values():
        named[stem(host.file)].append(host)
    times = Counter(stem(other) for other in others)
    for other in others:
        alike = named.get(stem(other), [])
        if len(alike) == 1 and times[stem(other)] == 1:
            yield alike[0], other


def _beside(
    say: Say, files: HandedIn, batch: int, folder: Folder, host: Host, key: CertificateFile
) -> Iterator[Finding | Outcome]:
    place = files.place_of(batch, host.file)
    if host.key_id in key.key_ids:
        yield say.holds(place)
    elif len(key.key_ids) < key.keys:
        yield _locked(say, place, key)
    elif any(item in files.requests for item in key.key_ids):
        return  # the key of a request that waits, beside the certificate that it is to replace
    else:
        owned = any(item in files.by_key for item in key.key_ids)
        if owned and not folder.name and stem(key) != stem(host.file):
            return  # dropped in one heap: that they belong to each other is said by nothing
        variant = "elsewhere" if owned else "beside"
        yield _violated(say, files, batch, host, key, variant, Severity.CRITICAL)


def _locked(say: Say, place: Place, file: CertificateFile) -> Outcome:
    return say.cannot_tell(place, Reason.KEY_LOCKED, file=file.source.path)


def _violated(
    say: Say,
    files: HandedIn,
    batch: int,
    host: Host,
    file: CertificateFile,
    variant: str,
    severity: Severity,
) -> Finding:
    owners = [item for key in file.key_ids for item in files.by_key.get(key, ())]
    node = files.node_of(batch, host.file)
    return say.violated(
        files.place_of(batch, host.file),
        variant=variant,
        severity=severity,
        file=file.source.file_path,
        certificates=(host.certificate, *owners) if variant == "elsewhere" else (host.certificate,),
        evidence=(file.source, host.file.source),
        release=node.version.value if node and node.version else "",
        key=f"{variant} {file.source.path} {host.certificate.sha256}",
        subject=host.certificate.subject.short,
        beside=host.file.source.file_path,
        owners=tuple(dict.fromkeys(item.subject.short for item in owners)),
    )


_EXPOSED = N_(
    "Treat the key as exposed if the file went by mail, chat, ticket or share: whoever has it can pose as the node, and "
    "with a certificate that several peers share, as all of them."
)
_REPLACE = N_(
    "On an Expressway: {menu_server_certificate}, Generate CSR makes a new key that stays on the node. Have that request "
    "signed and upload the answer; on Unified CM regenerate the certificate at {menu_ucm_certificates}."
)
_REVOKE = N_("Ask the CA to revoke the certificate of the exposed key once the new one is in place.")
_DELETE = N_("Delete every copy of the file, and hand over certificates without their keys from now on.")
_KEY_VERIFY = N_("The new certificate has another public key, and no key is among the next uploads.")
_KEY_IMPACT = N_(
    "Nobody yet. Expcert compared the public half of the key and forgot the rest; nothing of it is stored."
)


def _uploaded(explanation: str) -> Wording:
    return Wording(
        title=N_("A private key was uploaded with {file}"),
        explanation=explanation,
        impact=_KEY_IMPACT,
        steps=(_EXPOSED, _REPLACE, _REVOKE, _DELETE),
        verify=_KEY_VERIFY,
    )


@rule(
    "private-key-uploaded",
    name=N_("A private key was uploaded"),
    severity=Severity.INFO,
    confidence=Confidence.GENERAL,
    applies=N_("Every file with a private key in it, encrypted ones too."),
    sources=("213872", "X154-CSR"),
    wordings={
        "certificate": _uploaded(N_("It is the private key of {owners}.")),
        "request": _uploaded(N_("It is the private key of the signing request in {request}.")),
        "unknown": _uploaded(N_("It belongs to no certificate and no request among the uploads.")),
        "locked": _uploaded(
            N_("It is encrypted, or not to be read, so which certificate it belongs to cannot be told here.")
        ),
    },
)
def private_key_uploaded(view: View, say: Say) -> Iterator[Finding | Outcome]:
    """Noticed, matched and forgotten. What an upload once held is exposed whatever came later."""
    files = handed_in(view)
    with_keys = [(batch, file) for batch, file in files.latest.values() if file.keys]
    if files.latest and not with_keys:
        yield say.holds(Place())
    for batch, file in with_keys:
        place = files.place_of(batch, file)
        node = files.node_of(batch, file)
        owners = tuple(item for key in file.key_ids for item in files.by_key.get(key, ()))
        request = next((files.requests[key] for key in file.key_ids if key in files.requests), None)
        yield say.violated(
            place,
            variant=_whose(file, owned=bool(owners), asked=request is not None),
            file=file.source.file_path,
            certificates=owners,
            evidence=(file.source,),
            release=node.version.value if node and node.version else "",
            key=file.source.path,
            cause=f"private key {' '.join(sorted(file.key_ids))}" if file.key_ids else "",
            owners=tuple(dict.fromkeys(item.subject.short for item in owners)),
            request=request.source.file_path if request else "",
        )


def _whose(file: CertificateFile, *, owned: bool, asked: bool) -> str:
    if owned:
        return "certificate"
    if asked:
        return "request"
    return "unknown" if file.key_ids else "locked"
