"""The page on which an upload waits for an answer, and the history of a deployment's uploads."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from expcert.accounts.access import choose_workspace, get_or_404, may_change
from expcert.accounts.roles import Role
from expcert.intake import presenting, reviewing
from expcert.intake.models import Became, Review, Upload, UploadedFile
from expcert.intake.unlocking import MOST_TRIES, Opened, Trial, try_password
from expcert.inventory.models import Deployment

PER_PAGE = 20  # uploads on a page of the history
_FIRST_FILES = 5  # of an upload that are named in the history
_MOST_LOCKED = 50  # containers asked about on one page; a form with a field for each of thousands is refused as a whole
_PASSWORDS_AT_ONCE = 3  # in one request: each may take seconds


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What an upload would change, what has to be asked about it, and the passwords that open its containers."""
    upload = get_or_404(_with_all(), request.user, pk, at_least=Role.ENGINEER)
    choose_workspace(request, upload.deployment.workspace)
    try:
        return _answer(request, upload) if request.method == "POST" else _ask(request, upload)
    except reviewing.NotWaiting:
        return _settled_already(request, upload)


def _with_all() -> QuerySet[Upload]:
    return Upload.objects.select_related("deployment__workspace", "reading")


def _ask(request: HttpRequest, upload: Upload) -> HttpResponse:
    standing = reviewing.standing(upload)
    review = standing.review
    assert upload.finished_at is not None
    return render(
        request,
        "intake/review.html",
        {
            "upload": upload,
            "token": standing.token,
            "page": presenting.change_page(review.changes),
            "questions": presenting.asked(review.questions, review.answers),
            "more_questions": review.more_questions,
            "locked": review.locked[:_MOST_LOCKED],
            "more_locked": max(0, len(review.locked) - _MOST_LOCKED),
            "tries_left": max(0, MOST_TRIES - review.tries),
            "until": upload.finished_at + timedelta(days=settings.EXPCERT_REVIEW_DAYS),
        },
    )


def _answer(request: HttpRequest, upload: Upload) -> HttpResponse:
    standing = reviewing.standing(upload)
    answers = _answers(request, standing.review)
    trials = _try_passwords(request, upload, standing.review)
    if trials or request.POST.get("do") == "look":
        upload.refresh_from_db(fields=["reading"])
        reviewing.keep_answers(upload, answers)
        for trial in trials:
            _say(request, trial)
        return redirect("intake:review", upload.pk)
    try:
        reviewing.confirm(upload, token=request.POST.get("token", ""), answers=answers, request=request)
    except reviewing.ReplacesMore:
        messages.warning(request, _("With these answers more is replaced. Look at it once more, and confirm."))
        return redirect("intake:review", upload.pk)
    except reviewing.ShownAgain:
        messages.warning(
            request,
            _("The deployment has changed since this page was opened. This is what would happen now: confirm again."),
        )
        return redirect("intake:review", upload.pk)
    return redirect("triage:progress", upload.pk)


def _answers(request: HttpRequest, review: Review) -> dict[str, str]:
    """What the form says, over what was said before."""
    fields = {question["path"]: presenting.field_of(question["path"]) for question in review.questions}
    given = {path: request.POST[field] for path, field in fields.items() if field in request.POST}
    return {**review.answers, **given}


def _try_passwords(request: HttpRequest, upload: Upload, review: Review) -> list[Trial]:
    """Every password that was filled in counts, whichever button was pressed."""
    filled = [item["name"] for item in review.locked if request.POST.get(f"password-{item['name']}")]
    return [
        try_password(upload, name, request.POST[f"password-{name}"], request=request)
        for name in filled[:_PASSWORDS_AT_ONCE]
    ]


def _say(request: HttpRequest, trial: Trial) -> None:
    words = {
        Opened.OPEN: _("%(file)s is open. What was in it is part of the preview now."),
        Opened.WRONG: _("That is not the password of %(file)s."),
        Opened.UNUSABLE: _("That cannot be the password of %(file)s: it is too long, or holds a NUL."),
        Opened.FAILED: _("%(file)s could not be opened within the limits on time and memory."),
        Opened.GONE: _("%(file)s is no longer kept. Upload it again to open it."),
        Opened.TOO_OFTEN: _("Too many passwords in a short time. Wait five minutes, then try %(file)s again."),
        Opened.NO_MORE_TRIES: _("No more passwords are accepted for this upload. Upload %(file)s again to try more."),
    }
    level = messages.SUCCESS if trial.came is Opened.OPEN else messages.ERROR
    messages.add_message(request, level, words[trial.came] % {"file": trial.path or _("The container")})


def _settled_already(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Where to go with an upload that waits no longer: somebody was faster, or it is not read yet."""
    upload.refresh_from_db(fields=["became"])
    if upload.became == Became.DISCARDED:
        messages.info(request, _("This upload was discarded already."))
        return redirect("intake:history", upload.deployment_id)
    if upload.became == Became.APPLIED and request.method == "POST":
        messages.info(request, _("This upload was applied already."))
    return redirect("triage:progress", upload.pk)


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Remove what was read and waits."""
    upload = get_or_404(_with_all(), request.user, pk, at_least=Role.ENGINEER)
    try:
        reviewing.discard(upload, request=request)
    except reviewing.NotWaiting:
        return _settled_already(request, upload)
    messages.success(request, _("The upload was discarded. What was stored before is untouched."))
    return redirect("intake:history", upload.deployment_id)


@require_GET
def history(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every upload of a deployment: when, by whom, which files, what it changed, and what became of it."""
    deployment = get_or_404(Deployment.objects.select_related("workspace"), request.user, pk)
    choose_workspace(request, deployment.workspace)
    first = UploadedFile.objects.filter(number__lt=_FIRST_FILES)
    uploads = (
        Upload.objects.filter(deployment=deployment)
        .select_related("uploaded_by", "settled_by")
        .annotate(file_count=Count("files"))
        .prefetch_related(Prefetch("files", queryset=first, to_attr="first_files"))
        .order_by("-created_at", "id")
    )
    pages = Paginator(uploads, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "intake/history.html",
        {
            "deployment": deployment,
            "pages": pages,
            "rows": [_row(upload) for upload in pages],
            "decisions": presenting.decided(deployment.decisions.select_related("decided_by")),
            "may_change": may_change(deployment.workspace, request.user),
        },
    )


def _row(upload: Upload) -> dict[str, object]:
    code = presenting.code_of(upload)
    return {
        "upload": upload,
        "code": code,
        "reason": presenting.reason_of(upload),
        # Applied by itself at the end of reading: nobody's doing, and no moment of its own.
        "automatic": code == Became.APPLIED and upload.settled_by is None,
        "more_files": max(0, upload.file_count - _FIRST_FILES),  # type: ignore[attr-defined]
        "changes": presenting.change_page(upload.changes) if upload.changes else None,
    }
