from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("me/preferences/", views.my_preferences, name="my_preferences"),
    path("me/address/try/", views.try_address, name="try_address"),
    path("mail/events/", views.mail_events, name="mail_events"),
    path("notices/", views.notice_list, name="list"),
    path("notices/feed/", views.NoticeFeed(), name="feed"),
    path("notices/feed/<slug:subject>/", views.NoticeFeed(), name="subject_feed"),
    path("notices/subscribe/", views.subscribe, name="subscribe"),
    path("notices/subscribe/<str:token>/", views.confirm, name="confirm"),
    path("notices/preferences/<str:token>/", views.preferences, name="preferences"),
    path("notices/never/<str:token>/", views.never, name="never"),
    path("notices/renew/<str:token>/", views.renew, name="renew"),
    path("notices/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("notices/<slug:slug>/", views.notice_detail, name="detail"),
    path("rfps/", views.rfp_list, name="rfp_list"),
    path("rfps/<slug:slug>/", views.rfp_detail, name="rfp_detail"),
    path("r/<slug:code>/", views.relay_follow, name="relay"),
]
