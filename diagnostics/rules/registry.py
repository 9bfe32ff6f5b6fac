"""Every rule there is. A rule announces itself with the decorator; a code can be taken once."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module

from diagnostics.expressway.sources import SOURCES
from diagnostics.rules.base import Confidence, Finding, Outcome, Rule, Severity, Wording

# Modules of rules, in the order in which a reader meets them.
MODULES = (
    "files",
    "chain_files",
    "keys",
    "own_chain",
    "validity",
    "usages",
    "traversal_trust",
    "tunnel_trust",
    "traversal_addresses",
    "traversal_verify_names",
    "common_names",
    "uc_nodes",
    "uc_names",
    "edge",
    "clusters",
    "revocation",
    "symptoms",  # last: it looks at what the others said
)

_REGISTERED: dict[str, Rule] = {}

Check = Callable[..., Iterator[Finding | Outcome]]


class RuleError(Exception):
    """A rule is declared wrongly: its code is taken, or it names a source that is not listed."""


def rule(
    code: str,
    *,
    name: str,
    severity: Severity,
    confidence: Confidence,
    applies: str,
    sources: tuple[str, ...],
    wordings: Mapping[str, Wording],
    note: str = "",
) -> Callable[[Check], Check]:
    """Declare a rule. Raises `RuleError` where the code is taken or a source unknown."""

    def register(check: Check) -> Check:
        if code in _REGISTERED:
            raise RuleError(f"two rules are called {code}")
        unknown = [key for key in sources if key not in SOURCES]
        if unknown:
            raise RuleError(f"{code} names sources that are not listed: {', '.join(unknown)}")
        _REGISTERED[code] = Rule(
            code=code,
            name=name,
            severity=severity,
            confidence=confidence,
            applies=applies,
            sources=sources,
            wordings=wordings,
            check=check,
            note=note,
        )
        return check

    return register


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """Every rule by its code, in the order of `MODULES`."""
    for module in MODULES:
        import_module(f"diagnostics.rules.{module}")
    # Modules import each other, so the order of registration is not theirs.
    order = {f"diagnostics.rules.{module}": number for number, module in enumerate(MODULES)}
    ranked = sorted(_REGISTERED.items(), key=lambda item: order.get(item[1].check.__module__, len(order)))
    return dict(ranked)
