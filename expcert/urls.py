"""Every address of the product. Views ask for a sign-in unless marked `login_not_required`."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("expcert.operations.urls")),
    path("", include("expcert.accounts.urls")),
    path("", include("expcert.intake.urls")),
    path("", include("expcert.triage.urls")),
    path("", include("expcert.sharing.urls")),
]

handler500 = "expcert.error_pages.our_failure"

if settings.EXPCERT_ADMIN:
    # Through our own sign-in page, so that its limits hold here too.
    admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
    urlpatterns.append(path(f"{settings.EXPCERT_ADMIN_PATH}/", admin.site.urls))
