from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("notices/subscribe/confirm/<str:token>/", views.later, name="confirm"),
    path("notices/unsubscribe/<str:token>/", views.later, name="unsubscribe"),
    path("notices/preferences/<str:token>/", views.later, name="preferences"),
]
