from django.urls import path

from expcert.intake import views

app_name = "intake"

urlpatterns = [
    path("uploads/new/", views.receive, name="receive"),
    path("uploads/sample/", views.sample, name="sample"),
]
