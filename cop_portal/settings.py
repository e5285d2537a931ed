"""Every setting, in one place, read from the environment (each variable is explained in .env.example).

With DEBUG=true everything has a value that suits development. Without it, a missing SECRET_KEY, ALLOWED_HOSTS,
PUBLIC_URL, DATABASE_URL, REDIS_URL, EMAIL_HOST or MAIL_FROM stops the start.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF

from cop_portal.environment import (
    broker,
    cache,
    database,
    env,
    env_bool,
    env_int,
    env_list,
    env_secret,
    mail_provider,
    retention,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env("VAR_DIR", str(BASE_DIR / "var")))

# --- What runs here ------------------------------------------------------------------------------------------------
DEBUG = env_bool("DEBUG", default=False)


def _required(development: str) -> str | None:
    """A default in development; none, so that the start stops, anywhere else."""
    return development if DEBUG else None


SECRET_KEY = env_secret("SECRET_KEY", _required("development-only-key-" + "x" * 40))
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", _required("localhost,127.0.0.1,[::1]"))
PUBLIC_URL = env("PUBLIC_URL", _required("http://127.0.0.1:8000")).rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXIES", default=0)
FAILPOINTS = False  # tests alone switch these on: see notices/failpoints.py
DELIVERY_HASTE = 1  # and make the leases and pauses of notices/delivery.py this much shorter

INSTALLED_APPS = [
    "cop_portal",
    "stipends",
    "polls",
    "meetings",
    "notices",
    "members",
    "privacy",
    "cop_portal.admin_app.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # for allauth's pages of sessions and keys
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "polls.middleware.WatchersMiddleware",  # first: it spares all others those who watch a room
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "cop_portal.middleware.NoZeroBytesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "notices.middleware.PreviewFrameMiddleware",  # before all that leads to a sign-in
    "members.middleware.SessionLimitsMiddleware",
    "members.middleware.StaffSecondFactorMiddleware",
    "members.middleware.KeptRequestMiddleware",
    "privacy.middleware.QuestionsMiddleware",
    "members.middleware.InvalidFormMiddleware",
    "privacy.middleware.PrivatePagesMiddleware",
    "cop_portal.middleware.BusyMiddleware",
    "cop_portal.middleware.FormAddressMiddleware",
    "cop_portal.middleware.ConsentMiddleware",
    "cop_portal.middleware.NoCacheMiddleware",
]
ROOT_URLCONF = "cop_portal.urls"
CSRF_FAILURE_VIEW = "cop_portal.views.not_from_this_page"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
FORMS_URLFIELD_ASSUME_HTTPS = True  # what Django 6 does of itself; take it out then
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cop_portal.context.community",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- The community this portal serves (another agency changes these, not the code) ---------------------------------
COMMUNITY = {
    "name": env("COMMUNITY_NAME", "Substance Use Disorder Community of Practice"),
    "short_name": env("COMMUNITY_SHORT_NAME", "SUD CoP"),
    "agency": env("COMMUNITY_AGENCY", "Minnesota Department of Human Services"),
    "contact_email": env("COMMUNITY_CONTACT_EMAIL", "mnsudcop@healthmanagement.com"),
    "statute": env("COMMUNITY_STATUTE", "Minnesota Statutes, section 254B.151"),
    "statute_url": env("COMMUNITY_STATUTE_URL", "https://www.revisor.mn.gov/statutes/cite/254B.151"),
    "accessible_formats": env(
        "ACCESSIBLE_FORMATS",
        "For this information in another format that you can use, free of charge, call 651-431-2000 or use your "
        "preferred relay service. For other disability rights, ask the agency's ADA coordinator.",
    ),
}
# Offered as preferred languages; everybody may name another one.
PREFERRED_LANGUAGES = env_list(
    "PREFERRED_LANGUAGES",
    "English,American Sign Language,Amharic,Arabic,Burmese,Cantonese or Chinese,French,Hmong,Karen,Khmer,Korean,Lao,"
    "Oromo,Russian,Somali,Spanish,Vietnamese",
)
# With less than 3 a hidden count could only be 1: hidden or not, it would be known.
SMALL_CELL_THRESHOLD = env_int("SMALL_CELL_THRESHOLD", default=5, at_least=3)
JOIN_LINK_MINUTES = env_int("JOIN_LINK_MINUTES", default=30)
ACCOMMODATION_NOTICE_DAYS = env_int("ACCOMMODATION_NOTICE_DAYS", default=14)
SEAT_OFFER_HOURS = env_int("SEAT_OFFER_HOURS", default=24, at_least=1)
TOOL_REPORT_DAYS = env_int("TOOL_REPORT_DAYS", default=14, at_least=1)
CHANGE_NOTICE_DAYS = env_int("CHANGE_NOTICE_DAYS", default=3)
# State procurement: 7 days' notice at the least; 21 where a trade agreement covers the purchase, 14 by exception.
RFP_NOTICE_DAYS = env_int("RFP_NOTICE_DAYS", default=7)
RFP_POLICY_DAYS = env_int("RFP_POLICY_DAYS", default=21)
RFP_EXCEPTION_DAYS = env_int("RFP_EXCEPTION_DAYS", default=14)
# To ask, and again to read the answers: those are posted within three to five working days.
RFP_QUESTION_DAYS = env_int("RFP_QUESTION_DAYS", default=7)
# Minn. Stat. 13D.04, subd. 2: a request for notices may end after a year, if a reminder comes not more than 60 days before.
SUBSCRIPTION_DAYS = env_int("SUBSCRIPTION_DAYS", default=365)
RENEWAL_REMINDER_DAYS = env_int("RENEWAL_REMINDER_DAYS", default=45, at_least=14, at_most=60)
RETENTION = retention(env("RETENTION_FILE", ""))  # how long each kind of record is kept: cop_portal/retention.toml

# --- Data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": database(env("DATABASE_URL", _required(f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")))}
APP_ROLE_PASSWORD = env_secret("APP_ROLE_PASSWORD", "")  # `manage.py app_role`
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env("REDIS_URL", _required("none"))
CACHES = {"default": cache(REDIS_URL)}
MEDIA_ROOT = Path(env("MEDIA_ROOT", str(VAR_DIR / "media")))
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _plain if DEBUG else _hashed},
}

# --- Language and time ----------------------------------------------------------------------------------------------
TIME_ZONE = env("TIME_ZONE", "America/Chicago")

# --- Signing in -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.Member"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique, but without regard to case: a constraint instead of unique=True
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/me/"
ACCOUNT_ADAPTER = "members.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # the join page asks for none; named here so that signing in offers it
ACCOUNT_SESSION_REMEMBER = False  # both cookies end with the browser
ACCOUNT_FORMS = {
    "signup": "members.forms.JoinForm",
    "request_login_code": "members.forms.LoginCodeForm",
    "reset_password": "members.forms.RecoveryForm",
    "confirm_login_code": "members.code_forms.LoginCode",
    "confirm_email_verification_code": "members.code_forms.AddressCode",
    "confirm_password_reset_code": "members.code_forms.RecoveryCode",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
# Six digits are typed easily on a phone; three tries within ten minutes, then a new code.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
# Beside allauth's own. What is counted for an address is counted for each visitor by themselves (members.http.here):
# tries from elsewhere must not shut the owner out. "…_anywhere" counts for many connections together: it closes the
# password, and leaves each visitor one mail an hour, so that nobody can close the code.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "password_anywhere": "100/h/key",
    "request_login_code": "60/m/ip",
    "reset_password": "20/m/ip",
    "confirm_email": "100/h/key",
    "mail_here": "3/m/key,10/h/key",
    "mails_anywhere": "100/h/key",
    "mail_in_any_case": "1/h/key",
    "short_codes": "10/h/key,30/d/key",
    "manage_email": "5/h/user",
    "notices_subscribe": "10/m/ip,5/h/key",
    "guest_answer": "10/h/ip",
    "guest_check_in": "120/m/ip",  # a room full of phones behind one address
    "take_over": "10/h/ip",
    "room_word": "300/10m/ip",  # a whole room may stand behind one address
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True  # a member has one address (its change is the portal's own: members/address_change.py)
MFA_ADAPTER = "members.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "members.code_forms.SecondFactorCode",
    "reauthenticate": "members.code_forms.ProofCode",
    "activate_totp": "members.code_forms.AppCode",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = COMMUNITY["short_name"]

# A common login of the state (OpenID Connect), beside the portal's own; off until it is named: members/common_login.py.
OIDC_SERVER_URL = env("OIDC_SERVER_URL", "")
COMMON_LOGIN = env("OIDC_NAME", "State login") if OIDC_SERVER_URL else ""
if OIDC_SERVER_URL:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "state",
                    "name": COMMON_LOGIN,
                    "client_id": env("OIDC_CLIENT_ID"),
                    "secret": env_secret("OIDC_CLIENT_SECRET"),
                    "settings": {"server_url": OIDC_SERVER_URL},
                }
            ],
        }
    }
    SOCIALACCOUNT_ADAPTER = "members.common_login.CommonLoginAdapter"
    SOCIALACCOUNT_FORMS = {"signup": "members.common_login.CommonJoinForm"}
    SOCIALACCOUNT_AUTO_SIGNUP = False  # nobody joins without the notice, a level and their consent
    # allauth's defaults, said aloud: an address alone connects nothing, and no token of the state's is kept.
    SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_STORE_TOKENS = False

# --- Sessions, cookies, headers -------------------------------------------------------------------------------------
# Both cookies end with the browser (Minn. Stat. 13.15 exempts those from its cookie notice); public pages set none.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Idle and absolute (ASVS 7.3), for the browser that is never closed: members/sessions.py. Never less than one of each.
STAFF_SESSION = (
    timedelta(minutes=env_int("STAFF_IDLE_MINUTES", default=30, at_least=1)),
    timedelta(hours=env_int("STAFF_SESSION_HOURS", default=8, at_least=1)),
)
MEMBER_SESSION = (
    timedelta(days=env_int("MEMBER_IDLE_DAYS", default=14, at_least=1)),
    timedelta(days=env_int("MEMBER_SESSION_DAYS", default=30, at_least=1)),
)
SESSION_COOKIE_AGE = int(max(STAFF_SESSION[1], MEMBER_SESSION[1]).total_seconds())
CSRF_COOKIE_AGE = None
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
DEVICE_COOKIE_NAME = "device"  # of guests who answer polls
if HTTPS:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, DEVICE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-device"
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers hold a form to this also where its answer leads on to the common login.
        "form-action": [
            SELF,
            *(["{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL))] if OIDC_SERVER_URL else []),
        ],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- A person's own data ---------------------------------------------------------------------------------------------
DATA_EXPORT_DAYS = env_int("DATA_EXPORT_DAYS", default=7, at_least=1)

# --- Mail -----------------------------------------------------------------------------------------------------------
# It stands in every inbox, and is read over shoulders: nothing in it says what the community is about.
MAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = env(
    "MAIL_FROM",
    _required("Community of Practice <cop@portal.example>"),
)
MAIL_DOMAIN = env("MAIL_DOMAIN", urlsplit(PUBLIC_URL).hostname or "localhost")
EMAIL_HOST = env("EMAIL_HOST", _required("mailbox"))
EMAIL_PORT = env_int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=not DEBUG)
EMAIL_TIMEOUT = 20
MAILBOX_DIR = VAR_DIR / "mailbox"
EMAIL_BACKEND = (
    "cop_portal.mailbox.MailboxBackend" if EMAIL_HOST == "mailbox" else "django.core.mail.backends.smtp.EmailBackend"
)
# Whose word on our mail is heard (bounces, complaints): notices/provider.py. Off until it is named.
MAIL_PROVIDER, ANYMAIL = mail_provider(env("MAIL_PROVIDER", ""))
# Whom a notice can be narrowed to, and what it can be about: each app offers its own (notices/kinds.py).
AUDIENCE_KINDS = [
    "meetings.audience.WORKGROUP",
    "meetings.audience.ANSWER",
    "meetings.audience.PRESENCE",
    "notices.kinds.CATEGORY",
    "notices.kinds.LANGUAGE",
]
NOTICE_MEETINGS = "meetings.audience.MEETINGS"
DELIVERY_BATCH = env_int("DELIVERY_BATCH", default=50, at_least=1)
WAKE_UP = True  # nudge the worker after a commit instead of waiting for the minute's tick (notices/wake.py)

# --- The worker and its clock ---------------------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker(REDIS_URL, VAR_DIR / "broker")
# Everything due is found by the minute's tick from the database; no task carries work of its own (docs/operations.md).
CELERY_BEAT_SCHEDULE = {
    "deliver-what-is-due": {"task": "notices.deliver_due", "schedule": 60.0},
    "publish-what-is-due": {"task": "notices.release_scheduled", "schedule": 60.0},
    "tell-changes-of-meetings": {"task": "meetings.tell_changes", "schedule": 60.0},
    "owe-meeting-digests": {"task": "meetings.owe_digests", "schedule": 300.0},
    "pass-on-offered-seats": {"task": "meetings.pass_on_offers", "schedule": 60.0},
    "mail-ways-to-join": {"task": "meetings.owe_join_links", "schedule": 60.0},
    "join-guest-answers": {"task": "meetings.join_guest_answers", "schedule": 60.0},
    "owe-period-digests": {"task": "notices.owe_period_digests", "schedule": 300.0},
    "renew-subscriptions": {"task": "notices.renew_subscriptions", "schedule": crontab(minute="20", hour="14")},
    "remind-missing-agendas": {"task": "meetings.remind_missing_agendas", "schedule": crontab(minute="25")},
    "remind-missing-summaries": {"task": "meetings.remind_missing_summaries", "schedule": crontab(minute="15")},
    "import-meeting-reports": {"task": "meetings.import_reports", "schedule": 60.0},
    "reopen-corrected-claims": {"task": "stipends.reopen_corrected", "schedule": 60.0},
    "prepare-category-polls": {"task": "polls.stand_ready", "schedule": 300.0},
    "make-data-exports": {"task": "portal.make_data_exports", "schedule": 60.0},
    "forget-referrals": {"task": "members.forget_unanswered_referrals", "schedule": crontab(minute="45", hour="7")},
    "forget-referred-addresses": {
        "task": "notices.forget_referred_addresses",
        "schedule": crontab(minute="55", hour="7"),
    },
    "forget-unconfirmed-members": {"task": "members.forget_unconfirmed", "schedule": crontab(minute="50", hour="7")},
    "forget-old-sessions": {"task": "privacy.forget_what_expired", "schedule": crontab(minute="40")},
}

# --- Logs: to standard error, no bodies, no addresses ---------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"hide_tokens": {"()": "cop_portal.log.HideTokens"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["hide_tokens"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
