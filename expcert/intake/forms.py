"""What comes with an upload beside the files."""

from __future__ import annotations

from django import forms

from expcert.accounts.models import Workspace
from expcert.inventory.models import Deployment


class UploadForm(forms.Form):
    """Where the files go: a deployment of the workspace, or a new one.

    The workspace is that of the page on which the form stands: another tab may have changed the one last used.
    """

    deployment = forms.ModelChoiceField(queryset=Deployment.objects.none(), required=False)
    name = forms.CharField(max_length=200, required=False, strip=True)

    def __init__(self, *args: object, workspace: Workspace, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["deployment"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Deployment.objects.filter(workspace=workspace)
