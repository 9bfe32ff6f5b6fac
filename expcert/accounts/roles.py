"""What a member of a workspace may do."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Each may do what those before it may."""

    VIEWER = "viewer", _("Viewer")  # reads diagnoses and files, and copies text from them
    ENGINEER = "engineer", _("Engineer")  # uploads, diagnoses, probes, shares and revokes
    OWNER = "owner", _("Owner")  # adds and removes members, sets the workspace's policy, deletes it

    @property
    def rank(self) -> int:
        return list(type(self)).index(self)

    def and_above(self) -> list[Role]:
        return [role for role in type(self) if role.rank >= self.rank]
