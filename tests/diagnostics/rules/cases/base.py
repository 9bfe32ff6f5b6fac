"""What a case is: a healthy estate, one thing spoilt in it, and exactly what the rules must say then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509

from diagnostics.samples.authority import Authority, Issued
from diagnostics.samples.blueprint import EstatePlan, NodePlan, Slot, Store
from diagnostics.samples.healthy import healthy
from diagnostics.samples.inventory import Files
from tests.diagnostics.rules.judging import AT, BOTH, FORMS, Said, full

Spoil = Callable[[EstatePlan], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case.

    Attributes:
        what: the case in words.
        spoil: the one thing that is done to the estate.
        estate: how the healthy estate is made.
        expected: every finding of any severity, by the form in which the estate is handed over.
        holds: codes that look at the spoilt thing and must find it in order.
        swap: puts other bytes into the files once they are made.
    """

    what: str
    spoil: Spoil
    estate: dict[str, Any]
    expected: dict[str, frozenset[Said]]
    holds: tuple[str, ...]
    swap: Callable[[EstatePlan, Files], None] | None

    def plan(self) -> EstatePlan:
        plan = healthy(at=AT, **self.estate)
        self.spoil(plan)
        return plan

    def files(self, plan: EstatePlan, form: str) -> Files:
        files = FORMS[form](plan)
        if self.swap:
            self.swap(plan, files)
        return files


class Table:
    """The cases of one area, in the order in which they are written down."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def case(
        self,
        what: str,
        *expected: Said,
        holds: str | tuple[str, ...] = (),
        artefacts: Iterable[Said] | None = None,
        forms: tuple[str, ...] = BOTH,
        swap: Callable[[EstatePlan, Files], None] | None = None,
        **estate: Any,
    ) -> Callable[[Spoil], Spoil]:
        """A case whose function spoils the plan; `artefacts` is what is found in archives, where it is something else."""
        by_form = {form: frozenset(expected) for form in forms}
        if artefacts is not None:
            by_form["artefacts"] = frozenset(artefacts)

        def keep(spoil: Spoil) -> Spoil:
            codes = (holds,) if isinstance(holds, str) else holds
            self.cases.append(Case(what=what, spoil=spoil, estate=estate, expected=by_form, holds=codes, swap=swap))
            return spoil

        return keep


def node(plan: EstatePlan, host: str) -> NodePlan:
    return plan.node(str(full(host)))


def without(plan: EstatePlan, hosts: str, *authorities: str, store: Store = "trusted-ca") -> None:
    """Takes CAs out of the lists of the hosts (names between spaces)."""
    for host in hosts.split():
        for name in authorities:
            node(plan, host).trust[store].remove(plan.authorities[name].certificate)


def instead(plan: EstatePlan, hosts: str, authority: str, other: x509.Certificate, store: Store = "trusted-ca") -> None:
    """Puts another certificate where a CA stands in the lists of the hosts."""
    for host in hosts.split():
        listed = node(plan, host).trust[store]
        listed[listed.index(plan.authorities[authority].certificate)] = other


def issuer_of(plan: EstatePlan, issued: Issued) -> Authority:
    return next(item for item in plan.authorities.values() if item.name == issued.certificate.issuer)


def reissue(plan: EstatePlan, host: str, slot: Slot = "server", **changes: Any) -> Issued:
    """The same certificate from the same CA but for the changes."""
    held = node(plan, host).issued(slot)
    fresh = issuer_of(plan, held).reissue(held, **changes)
    node(plan, host).identity[slot] = fresh
    return fresh


def elsewhere(authority: Authority) -> Authority:
    """The same CA in a certificate by which it may sign for other names only: nothing is missing, and it is refused."""
    other = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.org")], excluded_subtrees=None)
    return authority.renewed(name_constraints=other)


def hide(plan: EstatePlan, host: str, authority: str, store: Store = "trusted-ca") -> x509.Certificate:
    """Puts a CA of the same name with another key before the right one; it hides it from what has no key identifier."""
    right = plan.authorities[authority].certificate
    other = plan.authorities[authority].rekeyed(not_after=right.not_valid_after_utc + timedelta(days=1)).certificate
    listed = node(plan, host).trust[store]
    listed.insert(listed.index(right), other)
    return other


def every_list(plan: EstatePlan, authority: str, other: Authority) -> None:
    """Puts a successor in the place of a CA, in every list that has it."""
    old = plan.authorities[authority].certificate
    for item in plan.nodes():
        for store, listed in item.trust.items():
            item.trust[store] = [other.certificate if entry == old else entry for entry in listed]
    plan.authorities[authority] = other
