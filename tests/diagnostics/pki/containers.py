"""PKCS#12 containers: made by the openssl command, or put together by hand to hold what no program writes."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from diagnostics.pki import der
from diagnostics.samples.authority import Issued, pem
from tests.diagnostics.pki.spoiling import tlv

OIDS = {
    "data": "06092a864886f70d010701",
    "signed data": "06092a864886f70d010702",
    "enveloped data": "06092a864886f70d010703",
    "encrypted data": "06092a864886f70d010706",
    "key": "060b2a864886f70d010c0a0101",
    "shrouded key": "060b2a864886f70d010c0a0102",
    "certificate": "060b2a864886f70d010c0a0103",
    "CRL": "060b2a864886f70d010c0a0104",
    "secret": "060b2a864886f70d010c0a0105",
    "bags": "060b2a864886f70d010c0a0106",
    "X.509": "060a2a864886f70d01091601",
    "X.509 CRL": "060a2a864886f70d01091701",
    "PBES2": "06092a864886f70d01050d",
    "PBKDF2": "06092a864886f70d01050c",
    "PBMAC1": "06092a864886f70d01050e",
    "scrypt": "06092b06010401da47040b",
    "3DES": "060a2a864886f70d010c0103",
    "PBES1": "06092a864886f70d010503",
    "AES": "060960864801650304012a",
    "HMAC with SHA-256": "06082a864886f70d0209",
    "SHA-1": "06052b0e03021a",
    "unknown": "06042a030405",
}
SALT, IV = b"saltsalt", bytes(16)


def oid(name: str) -> bytes:
    return bytes.fromhex(OIDS[name])


def by_openssl(folder: Path, leaf: Issued, chain: Sequence[Issued], *arguments: str, password: str = "") -> bytes:
    """`openssl pkcs12 -export` of a certificate, its key and the chain above it."""
    program = shutil.which("openssl")
    assert program, "the openssl command is needed for these tests (Debian: apt-get install openssl)"
    (folder / "key.pem").write_bytes(leaf.key_pem)
    (folder / "leaf.pem").write_bytes(leaf.pem)
    (folder / "chain.pem").write_bytes(pem(item.certificate for item in chain))
    source = ["-in", str(folder / "leaf.pem")]
    source += [] if "-nokeys" in arguments else ["-inkey", str(folder / "key.pem")]
    source += ["-certfile", str(folder / "chain.pem")] if chain else []
    command = [program, "pkcs12", "-export", *source, "-passout", f"pass:{password}", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sequence(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def typed(kind: str, value: bytes) -> bytes:
    """An object identifier and a [0]: content, bag, certificate in its bag."""
    return sequence(oid(kind), tlv(0xA0, value))


def certificate_bag(encoded: bytes) -> bytes:
    return typed("certificate", typed("X.509", tlv(0x04, encoded)))


def crl_bag(encoded: bytes) -> bytes:
    return typed("CRL", typed("X.509 CRL", tlv(0x04, encoded)))


def plain_part(*bags: bytes) -> bytes:
    return typed("data", tlv(0x04, sequence(*bags)))


def container(*parts: bytes, mac: bytes = b"", kind: str = "data") -> bytes:
    return sequence(number(3), typed(kind, tlv(0x04, sequence(*parts))), mac)


def older_scheme(rounds: int, kind: str = "3DES") -> bytes:
    return sequence(oid(kind), sequence(tlv(0x04, SALT), number(rounds)))


def mac(rounds: int, algorithm: bytes = sequence(oid("SHA-1"), b"\x05\0")) -> bytes:
    """One that nobody can have made; it is as long as it should be."""
    return sequence(sequence(algorithm, tlv(0x04, bytes(20))), tlv(0x04, SALT), number(rounds))


def pbkdf2(rounds: int) -> bytes:
    return sequence(
        oid("PBKDF2"), sequence(tlv(0x04, SALT), number(rounds), sequence(oid("HMAC with SHA-256"), b"\x05\0"))
    )


def scrypt(*costs: int) -> bytes:
    return sequence(oid("scrypt"), sequence(tlv(0x04, SALT), *map(number, costs)))


def pbes2(derivation: bytes) -> bytes:
    return sequence(oid("PBES2"), sequence(derivation, sequence(oid("AES"), tlv(0x04, IV))))


def encrypted_part(algorithm: bytes, content: bytes) -> bytes:
    described = sequence(oid("data"), algorithm, tlv(0x80, content))
    return typed("encrypted data", sequence(number(0), described))


def sealed(*bags: bytes, password: bytes, rounds: int = 1) -> bytes:
    """A part that is really encrypted with PBKDF2 and AES-256."""
    key = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=SALT, iterations=rounds).derive(password)
    padder = PKCS7(128).padder()
    padded = padder.update(sequence(*bags)) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(IV)).encryptor()
    return encrypted_part(pbes2(pbkdf2(rounds)), encryptor.update(padded) + encryptor.finalize())


def shrouded_key(algorithm: bytes) -> bytes:
    return typed("shrouded key", sequence(algorithm, tlv(0x04, bytes(64))))


def open_key(issued: Issued) -> bytes:
    return typed(
        "key",
        issued.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def with_indefinite_lengths(data: bytes) -> bytes:
    """Every value that consists of others, as a program writes it that does not know its length beforehand."""
    parts = []
    for value in der.values(data):
        if value.tag & 0x20:
            parts.append(bytes([value.tag, 0x80]) + with_indefinite_lengths(value.content) + b"\0\0")
        elif value.tag == 0x04 and value.content[:1] == b"\x30" and len(value.content) > 64:
            half = len(value.content) // 2
            pieces = tlv(0x04, value.content[:half]) + tlv(0x04, value.content[half:])
            parts.append(b"\x24\x80" + pieces + b"\0\0")
        else:
            parts.append(value.whole)
    return b"".join(parts)
