"""Certificates and CRLs in a serialized store of Microsoft Windows (.sst), as certutil and certmgr export it.

[MS-OSHARED] 2.3.9.1: version 0 and "CERT" (4 bytes each, little-endian), then elements of an identifier, an encoding (1:
ASN.1) and a length (4 bytes each) and so many bytes, until an element whose identifier is 0. Elements 32, 33 and 34 are a
certificate, a CRL and a list of trusted certificates (wincrypt.h); before each stand its properties, which say at most
where on that machine the private key lies. None of them is read.
"""

from dataclasses import dataclass

from diagnostics.pki.bounds import MOST_ENTRIES

_START = b"\0\0\0\0CERT"
_END, _CERTIFICATE, _CRL = 0, 32, 33
_MOST_ELEMENTS = MOST_ENTRIES * 20  # each certificate has some ten properties


@dataclass(frozen=True, slots=True, kw_only=True)
class SerializedStore:
    """`certificates` and `crls`: DER, in the order of the file; `damage`: why reading stopped before its end, or empty."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    damage: str = ""


def is_serialized_store(data: bytes) -> bool:
    return data.startswith(_START)


def serialized_store(data: bytes) -> SerializedStore:
    """What can be read of it, up to whatever is damaged."""
    found: dict[int, list[bytes]] = {_CERTIFICATE: [], _CRL: []}
    position, damage = len(_START), ""
    for _ in range(_MOST_ELEMENTS):
        header = data[position : position + 12]
        kind, length = int.from_bytes(header[:4], "little"), int.from_bytes(header[8:], "little")
        if len(header) < 12:
            damage = f"cut off (byte {position})"
            break
        if kind == _END:
            break
        position += 12
        if position + length > len(data):
            damage = f"an element of {length} bytes, {len(data) - position} there (byte {position})"
            break
        if kind in found:
            found[kind].append(data[position : position + length])
        position += length
    else:
        damage = f"more than {_MOST_ELEMENTS} elements"
    return SerializedStore(certificates=tuple(found[_CERTIFICATE]), crls=tuple(found[_CRL]), damage=damage)
