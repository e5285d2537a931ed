from django.urls import path

from members import views

app_name = "members"
urlpatterns = [
    path("accounts/email/", views.address, name="address"),
    path("accounts/email/codes/", views.address_codes, name="address_codes"),
    path("accounts/password/set/", views.set_password, name="set_password"),
    path("accounts/reauthenticate/code/", views.ProveByCodeView.as_view(), name="prove_by_code"),
    path("accounts/sessions/", views.session_list, name="sessions"),
    path("accounts/come-back/<str:token>/", views.come_back, name="come_back"),
    path("accounts/take-over/", views.take_over, name="take_over"),
    path("me/profile/", views.profile, name="profile"),
    path("me/level/", views.level_change, name="level"),
    path("me/level/planned/take-back/", views.level_take_back, name="level_take_back"),
]
