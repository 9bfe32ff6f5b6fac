from django.urls import path

from expcert.triage import views

app_name = "triage"

urlpatterns = [
    path("overview/", views.workspace, name="workspace"),
    path("uploads/<uuid:pk>/", views.progress, name="progress"),
    path("deployments/<uuid:pk>/", views.deployment, name="deployment"),
    path("deployments/<uuid:pk>/diagnose/", views.diagnose_again, name="diagnose"),
    # The pages of a report; the same names exist behind a share link.
    path("diagnoses/<uuid:pk>/", views.diagnosis, name="diagnosis"),
    path("diagnoses/<uuid:pk>/trust/", views.trust, name="trust"),
    path("diagnoses/<uuid:pk>/trust/<int:number>/", views.trust_node, name="trust-node"),
    path("diagnoses/<uuid:pk>/lists/<int:number>/missing.pem", views.missing_pem, name="missing-pem"),
    path("diagnoses/<uuid:pk>/zones/", views.zones, name="zones"),
    path("diagnoses/<uuid:pk>/connections/", views.connections, name="connections"),
    path("diagnoses/<uuid:pk>/files/", views.files, name="files"),
    path("diagnoses/<uuid:pk>/report.json", views.as_json, name="json"),
]
