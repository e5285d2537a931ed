"""Every address of the portal. The paths are a contract: mail, calendars and printed QR codes point at them."""

from django.contrib import admin
from django.urls import include, path

from cop_portal import (
    arrivals,
    consent,
    digest_preview,
    health,
    helping,
    leaflets,
    looks_export,
    mailbox_views,
    my_cop,
    my_data,
    reach,
    referrals,
    retention_views,
    views,
)

handler500 = views.server_error
urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("robots.txt", views.robots),
    path("me/", my_cop.my_cop, name="my_cop"),
    path("me/refer/", referrals.refer_person, name="refer"),
    path("me/consent/", consent.consent, name="consent"),
    path("me/consent/later/", consent.later, name="consent_later"),
    path("me/data/", my_data.my_data, name="my_data"),
    path("me/data/download/", my_data.download, name="my_data_download"),
    path("me/data/download/file/", my_data.download_file, name="my_data_file"),
    path("me/data/wrong/", my_data.accuracy, name="my_data_accuracy"),
    path("me/data/ask/", my_data.access, name="my_data_access"),
    path("me/data/withdraw/<slug:key>/", my_data.consent_withdraw, name="my_data_withdraw"),
    path("me/data/close/", my_data.close, name="my_data_close"),
    path("me/data/closed/", my_data.closed, name="my_data_closed"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("", include("members.urls")),  # before allauth's: some of its pages are the portal's own
    path("accounts/signup/", arrivals.join, name="account_signup"),
    path("accounts/confirm-email/", arrivals.confirm, name="account_email_verification_sent"),
    path("accounts/", include("allauth.urls")),
    path("admin/mailbox/", admin.site.admin_view(mailbox_views.mail_list), name="mailbox"),
    path("admin/mailbox/<slug:name>/", admin.site.admin_view(mailbox_views.mail_detail), name="mailbox_detail"),
    path("admin/mailbox/<slug:name>/html/", admin.site.admin_view(mailbox_views.mail_html), name="mailbox_html"),
    path("admin/looks.csv", admin.site.admin_view(looks_export.looks_export), name="looks_export"),
    path("admin/retention/", admin.site.admin_view(retention_views.retention), name="retention"),
    path("admin/help/", admin.site.admin_view(helping.find), name="help_find"),
    path("admin/help/<int:pk>/", admin.site.admin_view(helping.person), name="help_person"),
    path("admin/help/<int:pk>/<slug:slug>/", admin.site.admin_view(helping.act), name="help_act"),
    path("admin/digests/", admin.site.admin_view(digest_preview.digests), name="digests"),
    path("admin/notices/link/<int:pk>/text/", admin.site.admin_view(leaflets.relay_text), name="relay_text"),
    path("admin/notices/link/<int:pk>/flyer.pdf", admin.site.admin_view(leaflets.relay_flyer), name="relay_flyer"),
    path("admin/notices/notice/<int:pk>/reach/", admin.site.admin_view(reach.notice_reach), name="notice_reach"),
    path("admin/", admin.site.urls),
    path("", include("notices.urls")),
    path("", include("polls.urls")),
    path("", include("meetings.urls")),
    path("", include("stipends.urls")),
]
