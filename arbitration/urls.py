"""Which address leads where: everything but the admin and the language switch is the portal's."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("portal.urls")),
]

handler400 = "portal.doors.bad_request"
handler403 = "portal.doors.permission_denied"
handler404 = "portal.doors.not_found"
handler500 = "portal.doors.server_error"
