"""The door for files."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from expcert.accounts.access import choose_workspace, get_or_404, may_change, workspace_for
from expcert.accounts.models import Workspace
from expcert.intake import services
from expcert.intake.forms import UploadForm
from expcert.intake.models import Upload
from expcert.intake.uploadhandlers import BoundedUploadHandler


@csrf_exempt  # the token is checked in `_receive`, after the handler that bounds the body is in place
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Files from the form or from the drop zone (which asks for JSON and sends relative paths beside the files)."""
    if _announced(request) > settings.EXPCERT_UPLOAD_MAX_BYTES:
        return _refuse(request, _too_large(), 413)
    handler = BoundedUploadHandler(request)
    request.upload_handlers = [handler]
    try:
        request.POST  # noqa: B018  (read here, where too many files can be answered in words)
        return _receive(request, handler)
    except (TooManyFilesSent, TooManyFieldsSent):
        return _refuse(request, _too_many(), 413)
    finally:
        handler.discard()


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:  # Django takes it for nothing as well
        return 0


@csrf_protect
def _receive(request: HttpRequest, handler: BoundedUploadHandler) -> HttpResponse:
    if handler.too_large:
        return _refuse(request, _too_large(), 413)
    workspace = _workspace(request)
    form = UploadForm(request.POST, workspace=workspace)
    files = request.FILES.getlist("files")
    paths = request.POST.getlist("paths")
    if not files:
        return _refuse(request, _("No file was chosen. Choose or drop at least one."), 400)
    if "name" in form.errors:
        return _refuse(request, _("That cannot be a name: at most 200 characters, and all of them printable."), 400)
    if not form.is_valid():
        return _refuse(request, _("That deployment is not there (any more). Choose another one."), 400)
    # Browsers strip folders from file names, so the drop zone sends them in a field of the same order.
    named = paths if len(paths) == len(files) else [file.name or "file" for file in files]
    upload = services.receive(
        request=request,
        workspace=workspace,
        deployment=form.cleaned_data["deployment"],
        name=form.cleaned_data["name"],
        files=[services.Incoming(path=path, file=file) for path, file in zip(named, files, strict=True)],
    )
    return _accepted(request, upload)


@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Open the built-in estate."""
    return _accepted(request, services.open_sample(request=request, workspace=_workspace(request)))


def _workspace(request: HttpRequest) -> Workspace:
    """The workspace of the page that was sent, else the one last used (a script names none, for example)."""
    named = request.POST.get("workspace", "")
    workspace = get_or_404(Workspace, request.user, named) if named else workspace_for(request)
    choose_workspace(request, workspace)
    if not may_change(workspace, request.user):
        raise PermissionDenied(_("Your role in this workspace does not allow uploads. Ask an owner."))
    return workspace


def _accepted(request: HttpRequest, upload: Upload) -> HttpResponse:
    address = reverse("triage:progress", args=[upload.pk])
    if _wants_json(request):
        return JsonResponse({"location": address}, status=201)
    return HttpResponseRedirect(address)


def _refuse(request: HttpRequest, words: str, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": words}, status=status)
    messages.error(request, words)
    return redirect("accounts:home")


def _too_large() -> str:
    limit = filesizeformat(settings.EXPCERT_UPLOAD_MAX_BYTES)
    return _("The files are larger than %(limit)s together. Upload them in several goes.") % {"limit": limit}


def _too_many() -> str:
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES or 0
    return _("There are more than %(most)d files. Put them into one archive, or upload them in several goes.") % {
        "most": most
    }


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
