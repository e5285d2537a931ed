"""The Celery app. The broker carries wake-ups only; what must not be lost is a row (see docs/architecture.md)."""

import os

from celery import Celery

from cop_portal.broker import use_whole_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cop_portal.settings")

use_whole_files()
app = Celery("cop_portal", task_cls="cop_portal.clock:Timely")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
