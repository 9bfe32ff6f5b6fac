from django.urls import path

from expcert.intake import review_views, views

app_name = "intake"

urlpatterns = [
    path("uploads/new/", views.receive, name="receive"),
    path("uploads/sample/", views.sample, name="sample"),
    path("uploads/<uuid:pk>/review/", review_views.review, name="review"),
    path("uploads/<uuid:pk>/discard/", review_views.discard, name="discard"),
    path("deployments/<uuid:pk>/uploads/", review_views.history, name="history"),
]
