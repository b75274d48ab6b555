"""The addresses its tickets and e-mails name."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls"))]
