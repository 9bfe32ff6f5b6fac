"""What is known of a deployment, as an inventory file."""

from __future__ import annotations

from diagnostics.estate.assemble import assemble
from diagnostics.reports.inventory_file import InventoryForm, inventory_file
from expcert.inventory import services as inventory
from expcert.inventory.models import Deployment


def filled_in(row: Deployment, form: InventoryForm, *, language: str) -> bytes:
    """Of everything that uploads said so far; without any, the blank form."""
    facts = inventory.facts_of(row)
    estate = assemble(
        [batch.observations for batch in facts.batches], facts.certificates, facts.crls, decisions=facts.decisions
    )
    return inventory_file(estate, form, language)


def blank(form: InventoryForm, *, language: str) -> bytes:
    """The form with an example of each thing."""
    return inventory_file(assemble([], {}, {}), form, language)
