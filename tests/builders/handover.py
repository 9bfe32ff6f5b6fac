"""The 66 ways in which people hand a certificate over, each as a file.

Measured with loaders at hand: an obvious one names 27 of them. All but a binary certificate that was sent as text can be
recovered; that one can be named.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from urllib.parse import quote

from diagnostics.pki.loading import Form
from diagnostics.pki.pem import armour
from diagnostics.readers.base import Kind
from tests.builders.certificates import armoured, bundle, ios_configuration, one_bad_block
from tests.builders.containers import chain, p7b, pfx

BUILT = ()  # the same kinds as in the other modules
PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way.

    Attributes:
        data: the file.
        form: as what the certificates in it are named.
        kind: what the file itself is.
        sha256: of the certificates that are to come out; empty: they are beyond repair.
    """

    name: str
    data: bytes
    form: Form
    sha256: tuple[str, ...]
    kind: Kind = Kind.CERTIFICATES


@cache
def ways() -> tuple[Way, ...]:
    """All 66, in the order of the table that they were measured in."""
    found = (*_plain(), *_odd(), *_binary(), *_encoded(), *_without_marks(), *_packed())
    assert len({way.name for way in found}) == len(found) == 66
    return found


def _leaf() -> bytes:
    return chain()[0].pem


def _lines() -> list[bytes]:
    return _leaf().splitlines()


def _body() -> bytes:
    return b"".join(_lines()[1:-1])


def _between(body: bytes) -> bytes:
    return _lines()[0] + b"\n" + body + b"\n" + _lines()[-1] + b"\n"


def _way(
    name: str, data: bytes, form: Form, certificates: int = 1, *, kind: Kind = Kind.CERTIFICATES, first: int = 0
) -> Way:
    sha256 = tuple(item.sha256 for item in chain()[first : first + certificates])
    return Way(name=name, data=data, form=form, sha256=sha256, kind=kind)


def _p7b(name: str, data: bytes, form: Form) -> Way:
    in_order = sorted(chain(), key=lambda item: item.der)  # as DER has it for a SET
    return Way(name=name, data=data, form=form, sha256=tuple(item.sha256 for item in in_order))


def _plain() -> Iterator[Way]:
    """What OpenSSL takes as it is."""
    leaf, issuing, top = chain()
    plain = {
        "PEM": _leaf(),
        "PEM with CRLF": _leaf().replace(b"\n", b"\r\n"),
        "blank lines before": b"\n\n\n" + _leaf(),
        "no final newline": _leaf().rstrip(),
        "text behind": _leaf() + b"That is the certificate.\n",
        "NULs behind": _leaf() + bytes(512),
        "openssl x509 -text before": b"Certificate:\n    Data:\n        Version: 3 (0x2)\n" + _leaf(),
        "Bag Attributes before": b"Bag Attributes\n    localKeyID: 01 02\nsubject=CN = a\n" + _leaf(),
        "body on one line": _between(_body()),
        "76 columns": _between("\n".join(wrap(_body().decode(), 76)).encode()),
        "blanks at the ends of lines": _leaf().replace(b"\n", b"  \n"),
        "label X509 CERTIFICATE": _leaf().replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
        "UTF-8 with a byte order mark": b"\xef\xbb\xbf" + _leaf(),
        "certificate and key": _leaf() + leaf.key_pem,
    }
    for name, data in plain.items():
        yield _way(name, data, Form.PEM)
    yield _way("bundle", bundle(), Form.PEM, 3)
    yield _way("text between", leaf.pem + b"\nissuer:\n" + issuing.pem + b"\nroot:\n" + top.pem, Form.PEM, 3)
    bad = (leaf.sha256, top.sha256)
    yield Way(name="bundle with one corrupt block", data=one_bad_block(), form=Form.PEM, sha256=bad)


def _odd() -> Iterator[Way]:
    """What is PEM to most readers, and not to all."""
    lines = _lines()
    odd = {
        "CR alone": _leaf().replace(b"\n", b"\r"),
        "RFC 822 headers inside": _between(b"Proc-Type: 4,CLEAR\nComment: from the CA\n\n" + b"\n".join(lines[1:-1])),
        "all on one line, with blanks": _leaf().replace(b"\n", b" "),
        "all on one line": _leaf().replace(b"\n", b""),
        "indented": b"".join(b"    " + line + b"\n" for line in lines),
        "blank line after every line": _leaf().replace(b"\n", b"\n\n"),
        "certificate labelled PKCS7": _leaf().replace(b"CERTIFICATE", b"PKCS7"),
        "quoted in a mail": b"".join(b"> " + line + b"\n" for line in lines),
        "label in small letters": _leaf()
        .replace(b"BEGIN CERTIFICATE", b"begin certificate")
        .replace(b"END CERTIFICATE", b"end certificate"),
        "four dashes": _leaf().replace(b"-----", b"----"),
        "dashes set by a word processor": _leaf().replace(b"-----", "\u2013\u2013-".encode()),
        "no-break space": _leaf().replace(b" CERT", "\u00a0CERT".encode()),
        "END missing": b"\n".join(lines[:-1]) + b"\n",
        "BEGIN missing": b"\n".join(lines[1:]) + b"\n",
    }
    for name, data in odd.items():
        yield _way(name, data, Form.ODD_PEM)
    joined = bundle().replace(b"-----\n-----BEGIN", b"----------BEGIN")
    yield _way("END and BEGIN on one line", joined, Form.ODD_PEM, 3)
    yield _way("label TRUSTED CERTIFICATE", _leaf().replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), Form.TRUSTED_PEM)


def _binary() -> Iterator[Way]:
    leaf = chain()[0].der
    for name, data in {
        "DER": leaf,
        "DER with a newline behind": leaf + b"\n",
        "DER with NULs behind": leaf + bytes(64),
        "DER with a newline before": b"\n" + leaf,
    }.items():
        yield _way(name, data, Form.DER)
    yield _way("DER, several in a row", b"".join(item.der for item in chain()), Form.DER, 3)
    yield _way("DER sent as text", leaf.replace(b"\n", b"\r\n"), Form.TEXT_MODE_DER, 0)
    yield _p7b("P7B, DER", p7b(), Form.PKCS7_DER)
    yield _p7b("P7B, PEM", armoured(p7b(), "PKCS7"), Form.PKCS7_PEM)
    yield _p7b("P7B labelled CERTIFICATE", armour(p7b()).encode(), Form.PKCS7_PEM)
    yield _p7b("P7B labelled CMS", armoured(p7b(), "CMS"), Form.PKCS7_PEM)
    yield _way("PKCS#12 without encryption", pfx(None), Form.PKCS12, 3, kind=Kind.PKCS12)
    yield _way("PKCS#12 with a password", pfx(PASSWORD.encode()), Form.PKCS12, 3, kind=Kind.PKCS12)


def _encoded() -> Iterator[Way]:
    text = _leaf().decode()
    for name, codec in (("UTF-16 LE", "utf-16-le"), ("UTF-16 BE", "utf-16-be")):
        yield _way(f"{name} with its mark", ("\ufeff" + text).encode(codec), Form.UTF16_PEM)
    yield _way("UTF-16 without a mark", text.encode("utf-16-le"), Form.UTF16_PEM)
    yield _way("JSON with \\n", json.dumps({"certificate": text}).encode(), Form.JSON)
    yield _way("URL-encoded", quote(text).encode(), Form.ENCODED_PEM)
    yield _way("base64 of PEM", base64.encodebytes(_leaf()), Form.ENCODED_PEM)
    saml = f"<ds:X509Data><ds:X509Certificate>{_body().decode()}</ds:X509Certificate></ds:X509Data>"
    yield _way("SAML X509Certificate", f'<?xml version="1.0"?>\n<md:KeyDescriptor>{saml}\n'.encode(), Form.XML)
    keys = {"keys": [{"kty": "EC", "kid": "1", "x5c": [base64.b64encode(item.der).decode() for item in chain()]}]}
    yield _way("JWKS x5c", json.dumps(keys).encode(), Form.JSON, 3)


def _without_marks() -> Iterator[Way]:
    leaf = chain()[0].der
    bare = {
        "base64 without armour, 64 columns": b"\n".join(_lines()[1:-1]) + b"\n",
        "base64 without armour, one line": _body(),
        "base64 without armour, for URLs": base64.urlsafe_b64encode(leaf).rstrip(b"="),
    }
    for name, data in bare.items():
        yield _way(name, data, Form.BARE_BASE64)
    yield _p7b("P7B in bare base64", base64.encodebytes(p7b()), Form.BARE_BASE64)
    yield _way("hexadecimal", leaf.hex().encode(), Form.HEX)
    yield _way("Cisco IOS certificate chain", ios_configuration(), Form.IOS_CONFIGURATION, first=2)


def _packed() -> Iterator[Way]:
    packed: dict[str, tuple[bytes, Kind]] = {
        "gzip": (gzip.compress(_leaf(), mtime=0), Kind.CERTIFICATES),
        "zip": (_zip("a.pem", _leaf()), Kind.ZIP),
        "zip in zip": (_zip("a.zip", _zip("a.pem", _leaf())), Kind.ZIP),
        "tar": (_tar(), Kind.TAR),
        "tar.gz": (gzip.compress(_tar(), mtime=0), Kind.TAR),
        "tar.bz2": (bz2.compress(_tar()), Kind.TAR),
        "tar.xz": (lzma.compress(_tar()), Kind.TAR),
    }
    for name, (data, kind) in packed.items():
        yield _way(name, data, Form.PEM, kind=kind)


def _zip(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 11, 1, 10, 30, 0)), data)
    return target.getvalue()


def _tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("a.pem")
        member.size = len(_leaf())
        archive.addfile(member, io.BytesIO(_leaf()))
    return target.getvalue()
