"""The form that moves a file to another place, for its row on the files page."""

from __future__ import annotations

from django import template

from expcert.triage.placing import PlaceForm, PlaceForms

register = template.Library()


@register.simple_tag
def place_form(forms: PlaceForms | str | None, number: int) -> PlaceForm | None:
    """None where the file cannot be moved, behind a share link, and on a diagnosis that is not the newest."""
    return forms.forms.get(number) if isinstance(forms, PlaceForms) else None
