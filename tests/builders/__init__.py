"""One valid file of every kind that is read, and a malformed twin of each."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from diagnostics.readers.base import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A kind of file as a builder makes it.

    Attributes:
        title: tells apart several builders of one kind ("PKCS#7, BER").
        valid: a file of which everything is read.
        malformed: the same with one thing spoiled, so that a problem is told and nothing fails; never recognised as
            less than the kind where the spoiled thing lies behind what tells the kind.
    """

    kind: Kind
    title: str
    valid: Callable[[], bytes]
    malformed: Callable[[], bytes]


def every_kind() -> tuple[Built, ...]:
    """What the modules of this package list in their `BUILT`, in a fixed order."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(built for name in modules for built in importlib.import_module(f"{__name__}.{name}").BUILT)
