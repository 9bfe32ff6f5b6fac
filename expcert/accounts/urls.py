from allauth.account import views as allauth_views
from django.urls import include, path

from expcert.accounts import views

pages = [
    path("", views.home, name="home"),
    path("workspaces/", views.workspaces, name="workspaces"),
    path("workspaces/<uuid:pk>/open/", views.open_workspace, name="open"),
    path("account/", views.account, name="account"),
]

# The pages of allauth that are used, under its own names; sign-up, e-mail addresses and reset by e-mail are not offered.
signing_in = [
    path("account/sign-in/", allauth_views.login, name="account_login"),
    path("account/sign-out/", allauth_views.logout, name="account_logout"),
    path("account/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("account/password/", allauth_views.password_change, name="account_change_password"),
    path("account/confirm/", allauth_views.reauthenticate, name="account_reauthenticate"),
]

urlpatterns = [path("", include((pages, "accounts"))), *signing_in]
