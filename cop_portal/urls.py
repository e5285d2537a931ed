"""Every address of the portal. The paths are a contract: mail, calendars and printed QR codes point at them."""

from django.contrib import admin
from django.urls import include, path

from cop_portal import health, my_cop, views

handler500 = views.server_error
urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("robots.txt", views.robots),
    path("me/", my_cop.my_cop, name="my_cop"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("members.urls")),
    path("", include("notices.urls")),
    path("", include("polls.urls")),
    path("", include("meetings.urls")),
    path("", include("stipends.urls")),
]
