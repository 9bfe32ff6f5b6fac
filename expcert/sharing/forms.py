"""How a link is made."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from expcert.sharing.models import Redaction
from expcert.sharing.services import DEFAULT_DAYS


class ShareForm(forms.Form):
    """How long the link opens, what is taken out of the copy, and a note for the owner."""

    days = forms.IntegerField(label=_("Opens for (days)"), min_value=1, initial=DEFAULT_DAYS)
    redaction = forms.ChoiceField(label=_("Taken out"), choices=Redaction.choices, initial=Redaction.NOTHING)
    note = forms.CharField(label=_("Note for yourself"), max_length=200, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        days = self.fields["days"]
        assert isinstance(days, forms.IntegerField)
        days.max_value = settings.EXPCERT_SHARE_MAX_DAYS
        days.validators.append(MaxValueValidator(settings.EXPCERT_SHARE_MAX_DAYS))
        days.widget.attrs["max"] = settings.EXPCERT_SHARE_MAX_DAYS
        days.initial = min(DEFAULT_DAYS, settings.EXPCERT_SHARE_MAX_DAYS)
