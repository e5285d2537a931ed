"""The settings of a worker process that a test starts and kills: a database and a mail server of the test's own."""

import os

os.environ["TEST_DATABASE_URL"] = os.environ["COP_WORKER_DB"]

from tests.settings import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS, EMAIL_TIMEOUT = "127.0.0.1", int(os.environ.get("COP_SINK_PORT", "1")), False, 5
DELIVERY_BATCH = 3
