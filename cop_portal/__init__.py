"""Ground and roof of the house: settings, addresses, the worker's app, and the pages that ask every app."""

from cop_portal.celery import app as celery_app

__all__ = ["celery_app"]
