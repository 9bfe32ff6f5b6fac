"""Certificates whose base64 or hexadecimal digits stand somewhere in a text without armour."""

import re
from collections.abc import Callable, Iterator

from diagnostics.pki.armourless import Allowance, Value, base64_values, hex_values
from diagnostics.pki.blocks import wrapping
from diagnostics.pki.collecting import Collection, take_value
from diagnostics.pki.loaded import Form

_ENOUGH = 100  # bytes that cannot well be a word that begins like a certificate
_IOS = re.compile(rb"^[ \t]{0,8}crypto (?:pki|ca) certificate chain ", re.MULTILINE)


def load_base64(text: bytes, found: Collection, allowance: Allowance) -> Form:
    """Whatever is in it; `NOTHING` where nothing is. A file that begins with a certificate cut off gets a fault."""
    return _load(text, found, allowance, base64_values, wrapping(text, Form.BARE_BASE64))


def load_hex(text: bytes, found: Collection, allowance: Allowance) -> Form:
    """The same for hexadecimal digits, as a debugger, a C array or a Cisco IOS configuration has them."""
    return _load(text, found, allowance, hex_values, Form.IOS_CONFIGURATION if _IOS.search(text) else Form.HEX)


def _load(
    text: bytes,
    found: Collection,
    allowance: Allowance,
    values: Callable[[bytes, Allowance], Iterator[Value]],
    wrapped: Form,
) -> Form:
    forms: list[Form] = []
    line, counted = 1, 0
    for value in values(text, allowance):
        line += text.count(b"\n", counted, value.start)
        counted = value.start
        if found.full:
            found.too_many(line)
            break
        form = take_value(found, value.der, line) if value.whole else Form.NOTHING
        if form is Form.NOTHING:
            allowance.spend(value.looked_at)
            begins = not text[: value.start].strip(b"\xef\xbb\xbf \t\r\n")
            if begins and not forms and len(value.der) >= _ENOUGH:
                found.no_certificate(value.der, line, "")
        else:
            forms.append(form)
    if found.certificates and not set(forms) <= {Form.PKCS12}:
        return wrapped
    return forms[0] if forms else Form.NOTHING
