"""The certificates in a Java keystore of the old kinds, JKS and JCEKS (a modern .jks is PKCS#12).

Read here rather than by a library: the ready-made one needs a compiler, asks for the password although the certificates
lie open, and fails on files that OpenJDK 21 writes. What the password protects is not wanted: private keys are passed
over unread. The check sum at the end is not asked either; it needs the password, tells of tampering alone, and a
certificate is signed in any case. Form: sun.security.provider.JavaKeyStore and com.sun.crypto.provider.JceKeyStore.

    magic, version, number of entries (4 bytes each, big-endian), then for each entry
    1: private key      alias, time (8), key (4 + n), length of the chain (4), that many certificates
    2: trusted          alias, time (8), one certificate
    3: secret key       alias, time (8), a serialized Java object of no stated length (JCEKS)
    alias and type: 2 + n bytes; a certificate: its type (from version 2 on), its DER (4 + n)
"""

from dataclasses import dataclass

from diagnostics.pki.bounds import MOST_ENTRIES

_MAGICS = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")  # JKS, JCEKS
_PRIVATE_KEY, _TRUSTED, _SECRET_KEY = 1, 2, 3
_LONGEST_CHAIN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Keystore:
    """What lies open in it.

    Attributes:
        certificates: DER, in the order of the file.
        keys: how many private keys it holds; each is encrypted.
        damage: where and why reading stopped before its end; empty where it was read whole.
        secret: it stopped at a secret key, behind which nothing can be found.
    """

    certificates: tuple[bytes, ...]
    keys: int
    damage: str = ""
    secret: bool = False


def is_keystore(data: bytes) -> bool:
    return data[:4] in _MAGICS


def keystore(data: bytes) -> Keystore:
    """What can be read of it, up to whatever is damaged."""
    certificates: list[bytes] = []
    keys, damage, secret = 0, "", False
    reader = _Reader(data)
    try:
        for _ in range(reader.begin()):
            kind = reader.number(4)
            if kind == _SECRET_KEY:
                secret = True
                break
            if kind not in (_PRIVATE_KEY, _TRUSTED):
                raise _Damaged(f"an entry of the unknown kind {kind}")
            reader.skip(reader.number(2) + 8)
            count = 1
            if kind == _PRIVATE_KEY:
                reader.skip(reader.number(4))
                keys += 1
                count = reader.bounded(4, _LONGEST_CHAIN)
            certificates += [reader.certificate() for _ in range(count)]
    except _Damaged as error:
        damage = f"{error} (byte {reader.position})"
    return Keystore(certificates=tuple(certificates), keys=keys, damage=damage, secret=secret)


class _Damaged(Exception):
    """The file does not go on as it should."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.position, self._version = data, 0, 0

    def begin(self) -> int:
        """Past the header; the number of entries."""
        self.skip(4)
        self._version = self.number(4)
        if self._version not in (1, 2):
            raise _Damaged(f"version {self._version}")
        return self.bounded(4, MOST_ENTRIES)

    def number(self, octets: int) -> int:
        return int.from_bytes(self._take(octets), "big")

    def bounded(self, octets: int, most: int) -> int:
        number = self.number(octets)
        if number > most:
            raise _Damaged(f"{number} entries or certificates, where at most {most} are read")
        return number

    def certificate(self) -> bytes:
        if self._version == 2:
            self.skip(self.number(2))  # "X.509"
        return self._take(self.number(4))

    def skip(self, count: int) -> None:
        self._check(count)
        self.position += count

    def _take(self, count: int) -> bytes:
        self._check(count)
        self.position += count
        return self._data[self.position - count : self.position]

    def _check(self, count: int) -> None:
        if self.position + count > len(self._data):
            raise _Damaged("cut off")
