"""Settings of the reference site, read from the environment (and `.env`) through django-environ."""

import os
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from personalize.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env(
    DEBUG=(bool, False),
    SECRET_KEY=(str, ""),
    SECRET_KEY_FALLBACKS=(list, []),
    ALLOWED_HOSTS=(list, ["localhost", "127.0.0.1", "[::1]"]),
    DATABASE_URL=(str, f"sqlite:///{BASE_DIR / 'var' / 'site.sqlite3'}"),
    REDIS_URL=(str, "redis://127.0.0.1:6379/0"),
    STREAM=(str, "personalize.stream.redis.RedisStream"),
    PARTITIONS=(int, 8),
    CACHE_URL=(str, ""),
    LAKE_URL=(str, str(BASE_DIR / "var" / "lake")),
    LAKE_OPTIONS=(dict, {}),
    EXPORT_URL=(str, str(BASE_DIR / "var" / "exports")),
    GEO_DATABASE=(str, ""),
    CSRF_TRUSTED_ORIGINS=(list, []),
    SECURE=(bool, False),
    TRUSTED_PROXIES=(int, 0),
    IDENTIFY_SECRET=(str, ""),
    PAGE_CACHE_SECONDS=(int, 60),
    MEDIA_ROOT=(str, str(BASE_DIR / "var" / "media")),
    SERVE_MEDIA=(bool, False),
    LOG_LEVEL=(str, "INFO"),
    LOG_FORMAT=(str, "line"),
    METRICS_TOKEN=(str, ""),
    EMAIL_URL=(str, "consolemail://"),
)
if "SECRET_KEY" not in os.environ:  # whoever sets it by environment, sets everything so
    environ.Env.read_env(BASE_DIR / ".env")
    environ.Env.read_env(BASE_DIR / "var" / "demo.env")  # written by `make demo`

DEBUG = env("DEBUG")
SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env("CSRF_TRUSTED_ORIGINS")
REDIS_URL = env("REDIS_URL")

# SECURE=1 says that visitors come by https: redirect, HSTS, cookies that never leave it.
SECURE = env("SECURE")
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^personalize/health/"]  # load balancers ask by plain http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
if env("TRUSTED_PROXIES"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor of django CMS shows the site in frames
SILENCED_SYSTEM_CHECKS = [
    "security.W019",  # asks for DENY
    "treebeard.E001",  # about the page manager of django CMS 5.1, which only django CMS can change
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "djangocms_versioning",
    "cms",
    "menus",
    "treebeard",
    "sekizai",
    "django.contrib.admin",
    "filer",
    "easy_thumbnails",
    "djangocms_text",
    "djangocms_link",
    "djangocms_alias",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_celery_beat",
    "reversion",
    "personalize",
    "personalize.cms",
    "cms_project.magazine",
    "cms_project.shop",
    "cms_project.accounts",
    "cms_project.pages",
    "cms_project.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cms_project.security.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "personalize.middleware.PersonalizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cms.middleware.user.CurrentUserMiddleware",
    "cms.middleware.page.CurrentPageMiddleware",
    "cms.middleware.toolbar.ToolbarMiddleware",
]

ROOT_URLCONF = "cms_project.urls"
WSGI_APPLICATION = "cms_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sekizai.context_processors.sekizai",
                "cms.context_processors.cms_settings",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Web, worker and beat write at the same time: they wait for each other instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": (
        env.cache_url("CACHE_URL")
        if env("CACHE_URL")
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
if CACHES["default"]["BACKEND"].endswith(".RedisCache"):
    # Pages are shown without it too, when it is stopped or hangs.
    CACHES["default"]["BACKEND"] = "personalize.cache.RedisCache"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
SITE_ID = 1

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # also the home of the SQLite file
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if SECURE
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not SECURE  # the demo needs no collectstatic
MEDIA_URL = "/media/"
MEDIA_ROOT = env("MEDIA_ROOT")
SERVE_MEDIA = env("SERVE_MEDIA")  # for the demo; a web server or a bucket does it in production

CMS_CONFIRM_VERSION4 = True
CMS_TEMPLATES = [
    ("page.html", _("Page")),
    ("landing.html", _("Landing page")),
    ("home.html", _("Home page")),
]
PAGE_CACHE_SECONDS = env("PAGE_CACHE_SECONDS")
CMS_CACHE_DURATIONS = {"menus": 3600, "content": PAGE_CACHE_SECONDS, "permissions": 3600}
CMS_PAGE_CACHE = True
CMS_PLACEHOLDER_CACHE = True
CMS_TOOLBAR_ANONYMOUS_ON = False
THUMBNAIL_HIGH_RESOLUTION = True

LOGIN_URL = "accounts:log_in"
LOGIN_REDIRECT_URL = "accounts:account"
vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="magazine@example.com")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

# Paths and reasons, never bodies, addresses or names: logs hold no personal data.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "personalize.logs.LineFormatter"},
        "json": {"()": "personalize.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": env("LOG_FORMAT")}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL")},
}

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that hangs would hold the request that rings for as long as the kernel does.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_BEAT_SCHEDULE = {**SCHEDULE}
CELERY_BEAT_SCHEDULER = "personalize.beat:Scheduler"

PERSONALIZE = {
    "REDIS_URL": REDIS_URL,
    "STREAM": env("STREAM"),
    "STREAM_OPTIONS": env.json("STREAM_OPTIONS", default={}),
    "PARTITIONS": env("PARTITIONS"),
    "LAKE_URL": env("LAKE_URL"),
    "LAKE_OPTIONS": env("LAKE_OPTIONS"),
    "EXPORT_URL": env("EXPORT_URL"),
    "GEO_DATABASE": env("GEO_DATABASE"),
    "TRUSTED_PROXIES": env("TRUSTED_PROXIES"),
    "IDENTIFY_SECRET": env("IDENTIFY_SECRET"),
    "METRICS_TOKEN": env("METRICS_TOKEN"),
}
