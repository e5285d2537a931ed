from django.urls import URLPattern

app_name = "stipends"
urlpatterns: list[URLPattern] = []
