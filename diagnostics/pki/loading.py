"""The bytes of one file -> the certificates, requests and CRLs in it. Keys only as "a key was here".

Content decides, never the name. One bad block loses that block alone.

1. UTF-16 is made UTF-8, and looked at as if it had been that.
2. Stores of Java and Windows have marks of their own; DER says its length.
3. In text, PEM of any spelling comes first.
4. Else what it is wrapped in is taken off: URL encoding, base64 over PEM, base64 or hexadecimal digits without armour.
"""

import codecs
import re
import warnings
from urllib.parse import unquote_to_bytes

from diagnostics.pki.armourless import Allowance, encoded_pem
from diagnostics.pki.blocks import load_pem, tidied, wrapping
from diagnostics.pki.bounds import KIB, LONGEST_ESCAPED, MOST_OTHERS, MOST_WRAPPINGS
from diagnostics.pki.collecting import TAKERS, Collection, take_value
from diagnostics.pki.digits import load_base64, load_hex
from diagnostics.pki.errors import PkiError
from diagnostics.pki.framing import der_length, der_values
from diagnostics.pki.java_keystore import is_keystore, keystore
from diagnostics.pki.loaded import Fault, FaultCode, Form, Found, FoundKey, FoundRequest, Loaded, Oddity
from diagnostics.pki.passwords import Passwords
from diagnostics.pki.pkcs7 import is_pkcs7
from diagnostics.pki.pkcs12 import is_pkcs12
from diagnostics.pki.private_keys import SeenKey, cut_off_key, putty_key
from diagnostics.pki.serialized_store import is_serialized_store, serialized_store
from diagnostics.pki.single import load_certificate

__all__ = [
    "Fault",
    "FaultCode",
    "Form",
    "Found",
    "FoundKey",
    "FoundRequest",
    "Loaded",
    "Oddity",
    "load",
    "load_certificate",
    "utf16_as_utf8",
]

_BLANKS = b"\0 \r\n\t"
_URL_ENCODED = re.compile(rb"BEGIN(?:%20|\+)(?:[A-Z0-9]{1,10}(?:%20|\+)){0,3}(?:CERTIFICATE|PKCS7|CMS)")
# How the bytes 30 81 to 30 83 look once a binary file was read as text and written as UTF-8.
_AS_UTF8 = (b"0\xef\xbf\xbd", b"0\xc2\x81", b"0\xc2\x82", b"0\xc2\x83", b"0\xe2\x80\x9a", b"0\xc6\x92")


def load(data: bytes, *, most: int, passwords: Passwords | None = None) -> Loaded:
    """Everything in `data`, at `most` so many certificates.

    `passwords` are tried on PKCS#12 containers; None: whoever asks cannot give any. The empty one is always tried.
    """
    if not data.strip(_BLANKS):
        return Loaded(form=Form.EMPTY)
    found = Collection(most, passwords)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of what it will refuse one day
        form = _load(data, found, MOST_WRAPPINGS)
    return found.as_loaded(form)


def utf16_as_utf8(data: bytes) -> bytes | None:
    """UTF-16 text as UTF-8, by its mark or by the NULs in an ASCII text; None where it is not UTF-16."""
    for mark, codec in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(codec, "replace").encode("utf-8")
    head = data[:64]
    if len(head) >= 16 and len(head) % 2 == 0:
        if not any(head[1::2]) and all(head[0::2]):
            return data.decode("utf-16-le", "replace").encode("utf-8")
        if not any(head[0::2]) and all(head[1::2]):
            return data.decode("utf-16-be", "replace").encode("utf-8")
    return None


def _load(data: bytes, found: Collection, depth: int) -> Form:
    if is_keystore(data):
        return _load_keystore(data, found)
    if is_serialized_store(data):
        return _load_serialized_store(data, found)
    text = utf16_as_utf8(data)
    if text is None:
        return _load_bytes(data, found, depth)
    form = _load_bytes(text, found, depth)
    return Form.UTF16_PEM if form in (Form.PEM, Form.ODD_PEM) else form


def _load_bytes(data: bytes, found: Collection, depth: int) -> Form:
    binary = data.lstrip(_BLANKS)
    length = der_length(binary)
    # A binary file comes before armour: "-----BEGIN " may be written in a comment of a certificate. A text may begin
    # with the digit 0, which is the tag of a SEQUENCE; what follows then is a small length.
    if length is not None and length <= len(binary) and (binary[1] >= 0x80 or not binary[:64].isascii()):
        return _load_der(binary, found)
    form = _load_text(data, found, depth)
    if form is Form.NOTHING and not found.anything and binary[:1] == b"\x30":
        return _load_der(binary, found)
    return form


def _load_keystore(data: bytes, found: Collection) -> Form:
    items = keystore(data)
    found.parts(items.certificates, (), None)
    for _ in range(min(items.keys, MOST_OTHERS)):
        found.seen(SeenKey(encrypted=True), None)
    if items.damage:
        found.complain(FaultCode.NOT_A_KEYSTORE, None, items.damage)
    if items.secret:
        found.complain(FaultCode.SECRET_KEY, None)
    return Form.JAVA_KEYSTORE


def _load_serialized_store(data: bytes, found: Collection) -> Form:
    items = serialized_store(data)
    found.parts(items.certificates, items.crls, None)
    if items.damage:
        found.complain(FaultCode.NOT_A_STORE, None, items.damage)
    return Form.SERIALIZED_STORE


def _load_der(data: bytes, found: Collection) -> Form:
    form = _load_values(data, found)
    if not found.certificates and _handled_as_text(data) and (found.faults or form is Form.NOTHING):
        found.faults[:] = [Fault(code=FaultCode.TEXT_MODE)]
        return Form.TEXT_MODE_DER
    return form


def _load_values(data: bytes, found: Collection) -> Form:
    length = der_length(data)
    if (length is None or length > len(data)) and (is_pkcs12(data) or is_pkcs7(data)):
        return take_value(found, data, None)  # of indefinite lengths, or cut off
    forms: list[Form] = []
    for value in der_values(data):
        if found.full:
            found.too_many(None)
            break
        form = take_value(found, value, None)
        if form is Form.NOTHING:
            if not (forms and b"-----BEGIN " in value and load_pem(value, found) is not Form.NOTHING):
                forms += _lost_value(value, found, alone=not forms)
            break  # whatever follows starts nowhere in particular
        forms.append(form)
    return next((form for form, _ in TAKERS if form in forms), forms[0] if forms else Form.NOTHING)


def _lost_value(value: bytes, found: Collection, *, alone: bool) -> list[Form]:
    key = cut_off_key(value)
    if key is not None:
        found.seen(key, None)
        return [Form.PRIVATE_KEY]
    if not alone or der_length(value) is not None:
        found.no_certificate(value, None, _refusal(value))
    return []


def _refusal(value: bytes) -> str:
    length = der_length(value)
    if length is not None and length > len(value):
        return f"cut off: {length} bytes announced, {len(value)} there"
    try:
        load_certificate(value)
    except PkiError as error:
        return str(error)
    return ""


def _handled_as_text(data: bytes) -> bool:
    """A binary file of which a program took every LF for the end of a line and wrote CR LF, or every byte for a letter.

    Which CR was there before cannot be told from the file, nor which byte each replacement character was.
    """
    if data.startswith(_AS_UTF8):
        return True
    length, ends = der_length(data), data.count(b"\n")
    if length is None or not ends or ends != data.count(b"\r\n"):
        return False
    return length < len(data.rstrip(b"\r\n")) <= length + ends


def _load_text(data: bytes, found: Collection, depth: int) -> Form:
    typeset = tidied(data)
    form = load_pem(data if typeset is None else typeset, found, odd=typeset is not None)
    if found.anything:
        return form
    key = putty_key(data)
    if key is not None:
        found.seen(key, 1)
        return Form.PRIVATE_KEY
    inner = _load_encoded(data, found, depth) if depth else Form.NOTHING
    if found.anything:
        return inner
    allowance = Allowance(len(data))
    bare = load_base64(data, found, allowance)
    if not found.anything:
        bare = load_hex(data, found, allowance)
    return bare if found.anything else form


def _url_decoded(text: bytes) -> bytes:
    """In pieces: each escape costs a hundred times its size while it is decoded."""
    pieces: list[bytes] = []
    position = 0
    while position < len(text):
        end = position + 16 * KIB
        cut = text.rfind(b"%", max(position + 1, end - 2), end)  # one that would be cut in two
        end = cut if cut > 0 else end
        pieces.append(unquote_to_bytes(text[position:end]))
        position = end
    return b"".join(pieces)


def _load_encoded(data: bytes, found: Collection, depth: int) -> Form:
    """What was encoded once more, as text of its own."""
    if len(data) <= LONGEST_ESCAPED and (match := _URL_ENCODED.search(data)):
        plus_is_blank = b"+" in match[0]
        form = _load(_url_decoded(data.replace(b"+", b" ") if plus_is_blank else data), found, depth - 1)
        return Form.ENCODED_PEM if form in (Form.PEM, Form.ODD_PEM) else form
    forms: list[Form] = []
    for content in encoded_pem(data):
        if found.full:
            found.too_many(None)
            break
        forms.append(_load(content, found, depth - 1))
    if found.certificates:
        return wrapping(data, Form.ENCODED_PEM)
    return forms[0] if forms else Form.NOTHING
