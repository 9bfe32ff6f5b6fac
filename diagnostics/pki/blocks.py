"""The blocks of a PEM file, each taken for what it holds; the label is believed only as far as the content agrees."""

import re

from diagnostics.pki.armourless import Allowance, base64_values
from diagnostics.pki.collecting import Collection
from diagnostics.pki.errors import NotACertificate
from diagnostics.pki.framing import PemBlock, der_length, marker_count, pem_blocks
from diagnostics.pki.loaded import FaultCode, Form, Oddity
from diagnostics.pki.pkcs7 import is_pkcs7
from diagnostics.pki.pkcs12 import is_pkcs12
from diagnostics.pki.private_keys import SeenKey, seen_key

_CERTIFICATES = {"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"}
_REQUESTS = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"}
_PKCS7 = {"PKCS7", "CMS"}
_PKCS12 = "PKCS12"  # as GnuTLS writes it
_CRL = "X509 CRL"
_KNOWN = _CERTIFICATES | _REQUESTS | _PKCS7 | {_PKCS12, _CRL}

# What word processors and mail programs make of dashes and blanks: in UTF-8, then in Windows' code page. What that does
# to other letters plays no part, since no mark and no base64 has any.
_DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\uff0d")
_BLANKS = ("\u00a0", "\u2002", "\u2003", "\u2007", "\u2009", "\u202f")
_CODE_PAGE = bytes.maketrans(b"\x96\x97\xa0", b"-- ")
_ESCAPED_LINES = re.compile(rb"-----[\"']?\\{1,8}[nr]")


def tidied(text: bytes) -> bytes | None:
    """The text with plain dashes and blanks, where more markers are in it then; None where there are not."""
    if text.isascii():
        return None
    plain = text
    for plainer, letters in ((b"-", _DASHES), (b" ", _BLANKS)):
        for letter in letters:
            plain = plain.replace(letter.encode(), plainer)
    plain = plain.translate(_CODE_PAGE)
    return plain if plain != text and marker_count(plain) > marker_count(text) else None


def load_pem(text: bytes, found: Collection, *, odd: bool = False) -> Form:
    """Take every block. `odd`: whatever is found, OpenSSL does not take the text that it was made from."""
    taking = _Taking(found, odd)
    for block in pem_blocks(text):
        if found.full:
            found.too_many(block.line)
            break
        taking.block(block)
    return taking.form(text)


def wrapping(text: bytes, otherwise: Form) -> Form:
    """JSON and XML by the sign that they begin with."""
    begins = text[:200].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if begins == b"<":
        return Form.XML
    return Form.JSON if begins and begins in b"{[" else otherwise


class _Taking:
    """The blocks of one text; `_shapes` are the forms of what was in them."""

    def __init__(self, found: Collection, odd: bool) -> None:
        self._found, self._odd = found, odd
        self._labels: set[str] = set()
        self._shapes: set[Form] = set()

    def block(self, block: PemBlock) -> None:
        if block.content is not None:
            self._labels.add(block.label)
            self._certificate(block, block.content)
            return
        if block.label.endswith("PRIVATE KEY"):
            self._labels.add(block.label)
            self._key(block)
        elif block.label in _KNOWN:
            self._known(block)
        else:
            self._labels.add(block.label)

    def _known(self, block: PemBlock) -> None:
        content, odd = block.der() if block.opened and block.closed else None, None
        if content is None:
            content = _whole_value(block.body)
            odd = Oddity.LAYOUT if block.opened and block.closed else Oddity.NO_END if block.opened else Oddity.NO_BEGIN
        if content is None and not block.opened:
            return  # a mark by itself, with nothing before it
        self._labels.add(block.label)
        if content is None:
            code = FaultCode.NOT_BASE64 if block.closed else FaultCode.NOT_CLOSED
            self._found.complain(code, block.line)
            return
        before = len(self._found.certificates)
        self._take(block, content)
        if odd is not None and len(self._found.certificates) > before:
            self._note(block, odd)

    def _take(self, block: PemBlock, content: bytes) -> None:
        if block.label == _CRL:
            self._found.crl_or_fault(content, block.line)
        elif block.label in _REQUESTS:
            self._found.request_or_fault(content, block.line)
        elif is_pkcs12(content) or block.label == _PKCS12:
            self._shapes.add(Form.PKCS12)
            self._found.pkcs12(content, block.line)
        elif is_pkcs7(content) or (block.label in _PKCS7 and not self._mislabelled(block, content)):
            self._shapes.add(Form.PKCS7_PEM)
            self._found.pkcs7(content, block.line)
        elif block.label in _CERTIFICATES:
            self._certificate(block, content)

    def _certificate(self, block: PemBlock, content: bytes) -> None:
        try:
            self._found.certificate(content, block.line)
        except NotACertificate as error:
            if not self._as_something_else(block, content, error.reason):
                return
        self._shapes.add(Form.TRUSTED_PEM if block.label == "TRUSTED CERTIFICATE" else Form.PEM)
        if not block.plain or self._odd:
            self._note(block, Oddity.LAYOUT)

    def _as_something_else(self, block: PemBlock, content: bytes, words: str) -> bool:
        """Whether a certificate is there with something behind it: OpenSSL's trust settings, or nothing of the kind."""
        if is_pkcs7(content) or is_pkcs12(content):
            self._take(block, content)
            return False
        key = seen_key(content)
        if key is not None:
            self._found.seen(key, block.line)
            return False
        length = der_length(content)
        der = content[:length] if length else content
        try:
            if len(der) == len(content):
                raise NotACertificate(words)
            self._found.certificate(der, block.line)
        except NotACertificate as error:
            self._found.no_certificate(der, block.line, error.reason)
            return False
        return True

    def _mislabelled(self, block: PemBlock, content: bytes) -> bool:
        """A certificate where the label speaks of a bundle; taken, if so."""
        try:
            self._found.certificate(content, block.line)
        except NotACertificate:
            return False
        self._shapes.add(Form.PEM)
        self._note(block, Oddity.WRONG_LABEL)
        return True

    def _note(self, block: PemBlock, odd: Oddity) -> None:
        odds = self._found.odd
        if odds and odds[-1][0] == block.line:
            odds.pop()  # what is said later is more exact
        odds.append((block.line, odd))

    def _key(self, block: PemBlock) -> None:
        """Noticed by its label, whatever the body is; looked into for the public half that belongs to it."""
        if not block.opened:
            return
        encrypted = block.label.startswith("ENCRYPTED") or b"ENCRYPTED" in block.body[:200]
        content = None if encrypted else block.der() or _whole_value(block.body)
        key = seen_key(content) if content is not None else None
        self._found.seen(key or SeenKey(encrypted=encrypted), block.line)

    def form(self, text: bytes) -> Form:
        """As Expressway's upload page would see the file."""
        if self._found.certificates:
            if Form.PEM in self._shapes:
                return self._odd_form(text) if self._found.odd else Form.PEM
            # None of these: the certificates stood before the blocks, in binary.
            for form in (Form.TRUSTED_PEM, Form.PKCS7_PEM, Form.PKCS12):
                if form in self._shapes:
                    return form
        return self._form_without_certificates()

    def _odd_form(self, text: bytes) -> Form:
        return wrapping(text, Form.ENCODED_PEM if _ESCAPED_LINES.search(text) else Form.ODD_PEM)

    def _form_without_certificates(self) -> Form:
        found, labels = self._found, self._labels
        if Form.PKCS12 in self._shapes:
            return Form.PKCS12
        if Form.PKCS7_PEM in self._shapes or labels & _PKCS7:
            return Form.PKCS7_PEM
        if labels & _CERTIFICATES and (found.faults or not found.keys):
            return Form.DAMAGED_PEM
        if found.crls or _CRL in labels:
            return Form.CRL
        if labels & _REQUESTS:
            return Form.REQUEST
        if found.keys:
            return Form.PRIVATE_KEY
        return Form.PUBLIC_KEY if any(label.endswith("PUBLIC KEY") for label in labels) else Form.NOTHING


def _whole_value(body: bytes) -> bytes | None:
    """The first DER value in a body that is not base64 from end to end, or lost its marker."""
    return next((value.der for value in base64_values(body, Allowance(len(body))) if value.whole), None)
