from django.urls import path

from expcert.sharing import views

app_name = "sharing"

urlpatterns = [
    path("diagnoses/<uuid:pk>/links/", views.links, name="links"),
    path("links/<uuid:pk>/revoke/", views.revoke, name="revoke"),
    # The pages of a report behind a token; the same names as in triage.
    path("s/<str:token>/", views.diagnosis, name="diagnosis"),
    path("s/<str:token>/trust/", views.trust, name="trust"),
    path("s/<str:token>/trust/<int:number>/", views.trust_node, name="trust-node"),
    path("s/<str:token>/zones/", views.zones, name="zones"),
    path("s/<str:token>/connections/", views.connections, name="connections"),
    path("s/<str:token>/files/", views.files, name="files"),
    path("s/<str:token>/report.json", views.as_json, name="json"),
]
