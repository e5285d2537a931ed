from django.urls import path

from stipends import views

app_name = "stipends"
urlpatterns = [
    path("stipends/", views.home, name="home"),
    path("stipends/enroll/", views.enroll, name="enroll"),
    path("stipends/payments/", views.payments, name="payments"),
    path("stipends/decline/", views.decline, name="decline"),
    path("stipends/decline/<slug:slug>/", views.decline, name="decline_meeting"),
    path("stipends/leave/", views.leave, name="leave"),
    path("stipends/supplier-number/", views.supplier, name="supplier"),
    path("stipends/claim/<slug:slug>/", views.claim, name="claim"),
    path("stipends/<int:number>/", views.detail, name="detail"),
    path("stipends/<int:number>/withdraw/", views.withdraw, name="withdraw"),
    path("stipends/<int:number>/review/", views.review, name="review"),
    path("stipends/<int:number>/answer/", views.answer, name="answer"),
]
