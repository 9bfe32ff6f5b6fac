"""DER as far as its tags and lengths go, for what cryptography refuses as a whole.

Only definite lengths; every value is a slice of the input, so nothing is read beyond what is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from diagnostics.pki.bounds import MOST_CHILDREN
from diagnostics.pki.errors import NotDer

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER = 0x01, 0x02, 0x03, 0x04, 0x06
SEQUENCE, SET = 0x30, 0x31

_LONGEST_NUMBER = 10  # octets of one number in an object identifier; 70 bits, as much as any registered one needs


def tagged(number: int, *, constructed: bool = True) -> int:
    """The context-specific tag [number]."""
    return 0x80 | (0x20 if constructed else 0) | number


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value: its tag octet, its content, and the whole of it with its header."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> tuple["Value", ...]:
        """The values that the content consists of. Raises `NotDer`, also where they are very many."""
        children = tuple(islice(values(self.content), MOST_CHILDREN + 1))
        if len(children) > MOST_CHILDREN:
            raise NotDer(f"more than {MOST_CHILDREN} values in one")
        return children

    def expect(self, tag: int) -> "Value":
        """Itself where it has the tag. Raises `NotDer`."""
        if self.tag != tag:
            raise NotDer(f"tag {self.tag:#04x} where {tag:#04x} was expected")
        return self


def values(data: bytes) -> Iterator[Value]:
    """The values in `data`, one after the other, to its last byte. Raises `NotDer`."""
    position = 0
    while position < len(data):
        start, end = _content_span(data, position)
        yield Value(tag=data[position], content=data[start:end], whole=data[position:end])
        position = end


def first(data: bytes) -> Value:
    """The value that `data` starts with; what follows is left alone. Raises `NotDer`."""
    for value in values(data):
        return value
    raise NotDer("nothing there")


def dotted(content: bytes) -> str:
    """An object identifier in dotted form. Raises `NotDer`."""
    numbers: list[int] = []
    number, octets = 0, 0
    for octet in content:
        number, octets = number << 7 | octet & 0x7F, octets + 1
        if octets > _LONGEST_NUMBER:
            raise NotDer("a number in an object identifier is too long")
        if not octet & 0x80:
            numbers.append(number)
            number, octets = 0, 0
    if not numbers or octets:
        raise NotDer("an object identifier is cut off")
    head = min(numbers[0] // 40, 2)
    return ".".join(map(str, (head, numbers[0] - 40 * head, *numbers[1:])))


def _content_span(data: bytes, position: int) -> tuple[int, int]:
    if position + 2 > len(data):
        raise NotDer("cut off in a header")
    if data[position] & 0x1F == 0x1F:
        raise NotDer("a tag of several octets")
    first_octet = data[position + 1]
    start, length = position + 2, first_octet
    if first_octet & 0x80:
        octets = first_octet & 0x7F
        start += octets
        if not 1 <= octets <= 4 or start > len(data):
            raise NotDer("an indefinite or overlong length")
        length = int.from_bytes(data[position + 2 : start], "big")
    if start + length > len(data):
        raise NotDer(f"cut off: {length} bytes announced, {len(data) - start} there")
    return start, start + length
