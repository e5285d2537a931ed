"""The portal's own settings, made fast for tests. TEST_DATABASE_URL and TEST_REDIS_URL run the suite on the real thing."""

import os

os.environ.setdefault("DEBUG", "true")
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "sqlite:///var/test.sqlite3")
# Each worker of the suite has its own database number in Redis: a test clears the cache, all of it.
worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
url, _, number = os.environ.get("TEST_REDIS_URL", "none").rpartition("/")
os.environ["REDIS_URL"] = f"{url}/{int(number) + worker}" if url else "none"

from cop_portal.settings import *  # noqa: E402, F403

DEBUG = False
FAILPOINTS = True
WAKE_UP = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
if REDIS_URL == "none":  # noqa: F405
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STATIC_ROOT = BASE_DIR / "static"  # noqa: F405 -- whitenoise insists on a folder that exists
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # type: ignore[attr-defined]  # noqa: F405
    # Forty at one door wait their turn, however slow the machine: who is right is asked here, not who is quick.
    patient = {"options": "-c lock_timeout=60s -c statement_timeout=60s"}
    DATABASES["default"]["OPTIONS"] |= patient  # type: ignore[operator]  # noqa: F405
if "COP_TEST_DB" in os.environ:
    DATABASES["default"]["TEST"] = {"NAME": os.environ["COP_TEST_DB"]}  # noqa: F405
