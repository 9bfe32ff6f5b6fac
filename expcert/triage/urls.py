from django.urls import path

from expcert.triage import certificate_views, inventory_views, placing_views, views

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
    path("diagnoses/<uuid:pk>/place/", placing_views.place, name="place"),
    path("deployments/<uuid:pk>/places/undo/", placing_views.undo, name="undo-place"),
    # Certificates to take away; for members only.
    path("diagnoses/<uuid:pk>/files/<int:number>/<str:what>.pem", certificate_views.converted, name="converted"),
    path("diagnoses/<uuid:pk>/certificates/<str:sha256>.pem", certificate_views.certificate, name="certificate"),
    path("diagnoses/<uuid:pk>/certificates/<str:sha256>/path/", certificate_views.path, name="path"),
    path("diagnoses/<uuid:pk>/certificates/<str:sha256>/path/ca.pem", certificate_views.path_pem, name="path-pem"),
    path("diagnoses/<uuid:pk>/certificates/<str:sha256>/path/ca.zip", certificate_views.path_zip, name="path-zip"),
    path(
        "diagnoses/<uuid:pk>/certificates/<str:sha256>/path/<int:number>.pem",
        certificate_views.path_step,
        name="path-step",
    ),
    path("diagnoses/<uuid:pk>/report.json", views.as_json, name="json"),
    # What is known, as an inventory to fill in and hand over again; without a deployment a blank one.
    path("deployments/<uuid:pk>/inventory.<str:ending>", inventory_views.filled_in, name="inventory"),
    path("inventory-template.<str:ending>", inventory_views.template, name="inventory-template"),
]
