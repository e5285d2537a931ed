from django.apps import AppConfig


class StipendsConfig(AppConfig):
    name = "stipends"
    verbose_name = "Stipends"
