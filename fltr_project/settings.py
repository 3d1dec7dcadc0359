"""All configuration, read from the environment once; `configuration/variables.py` has a row for every variable."""

import logging.config
import sys
from datetime import timedelta
from types import SimpleNamespace

from fltr_project.configuration.commands import needs_pool
from fltr_project.configuration.databases import configure_databases
from fltr_project.configuration.environment import BASE_DIR, load_settings
from fltr_project.configuration.safety import refuse_unsafe, refuse_unsound_prices
from fltr_project.configuration.variables import VARIABLES

# --- What is given: each row is a setting of its name. All below is finished from them, or the same everywhere. ------
given = SimpleNamespace(**load_settings())
refuse_unsafe(given)
globals().update({name: value for name, value in vars(given).items() if not VARIABLES[name].kept_out})

# --- Security -----------------------------------------------------------------------------------------------------
LOCAL_ORIGINS = [f"http://localhost:{given.PORT}", f"http://127.0.0.1:{given.PORT}"]
TRUSTED_ORIGINS = given.TRUSTED_ORIGINS or (LOCAL_ORIGINS if given.DEBUG else [])
CSRF_TRUSTED_ORIGINS = TRUSTED_ORIGINS
SECURE_REDIRECT_EXEMPT = [r"^health(/live)?$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if given.SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = given.SECURE_SSL_REDIRECT
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = given.SECURE_SSL_REDIRECT
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if given.TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER = "fltr_project.http.middleware.QuietReporter"

# --- Pages of the site that call the API from a browser (CORS), with its cookie or a token ----------------------------
CORS_ALLOWED_ORIGINS = TRUSTED_ORIGINS
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/(api/|health)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "idempotency-key", "last-event-id", "x-api-key", "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "Content-Disposition", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate", "X-Credit-Transaction",
    "X-Credits-Charged", "X-Credits-Remaining", "X-Credits-Warning", "X-RateLimit-Limit", "X-RateLimit-Remaining",
    "X-RateLimit-Reset", "X-Request-ID",
]  # fmt: skip

# --- Databases: `default` is fltr, settings.AUTH_DB is the user database ---------------------------------------------
DATABASES, AUTH_DB = configure_databases(
    given.DATA_DIR, given.DATABASE_URL, given.AUTH_DATABASE_URL, given.DATABASE_POOL_SIZE if needs_pool(sys.argv) else 0
)
DATABASES_ARE_EMBEDDED = not given.DATABASE_URL
DATABASE_ROUTERS = ["fltr_project.router.DatabaseRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- What all web processes share: REDIS_URL's server, or the memory of the one process there is --------------------
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": given.REDIS_URL}
    if given.REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# --- Credits, documents, work of the worker -----------------------------------------------------------------------
PRICES: dict[str, int] = {}  # Overrides of credits/prices.py, by operation.
DOCUMENT_PRICES: tuple[tuple[int | None, int], ...] = ()  # If given, the tiers instead of those in credits/prices.py.
refuse_unsound_prices(PRICES, DOCUMENT_PRICES)
STORAGE_URL = given.STORAGE_URL or str(given.DATA_DIR / "uploads")

# --- Django -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "authbridge",
    "credits",
    "datasets",
    "fltr_project",
]
MIDDLEWARE = [
    "fltr_project.http.metrics.MetricsMiddleware",
    "fltr_project.http.middleware.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # Outside of all that answers by itself: every answer is to be readable.
    "fltr_project.http.middleware.ProxyMiddleware",
    "fltr_project.http.middleware.PrivacyMiddleware",
    "fltr_project.http.middleware.ErrorMiddleware",
    "fltr_project.http.limits.RateLimitMiddleware",
    "fltr_project.http.attempts.AttemptsMiddleware",
    "fltr_project.http.acting.ActingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "fltr_project.http.idempotency.IdempotencyMiddleware",
]
ROOT_URLCONF = "fltr_project.urls"
WSGI_APPLICATION = "fltr_project.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "fltr_project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE = "en-us"
USE_I18N = False
FORMAT_MODULE_PATH = "fltr_project.formats"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = given.STATIC_ROOT or None  # Only images that ran collectstatic have one.
WHITENOISE_USE_FINDERS = True  # Without, the admin's files are served from where they are installed.
FILE_UPLOAD_HANDLERS = ["datasets.storage.incoming.SizeLimitedUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 13 * 1024 * 1024  # A JSON body: 1,000,000 emoji are 12 MB when escaped.

# --- The API ------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "credits.authentication.SessionTokenAuthentication",
        "credits.authentication.ApiKeyAuthentication",
        "credits.authentication.SessionCookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["credits.permissions.AsDeclared"],
    "DEFAULT_RENDERER_CLASSES": [
        "fltr_project.http.renderers.OrjsonRenderer",
        "fltr_project.http.renderers.BrowsableRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "fltr_project.http.parsers.OrjsonParser",
        "fltr_project.http.parsers.StrictMultiPartParser",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["fltr_project.http.limits.RateLimit", "fltr_project.http.idempotency.IdempotencyGate"],
    "DEFAULT_PAGINATION_CLASS": "fltr_project.http.pagination.ContractPagination",
    "DEFAULT_SCHEMA_CLASS": "fltr_project.http.openapi.ContractSchema",
    "VIEW_NAME_FUNCTION": "fltr_project.http.browsing.view_name",
    "EXCEPTION_HANDLER": "fltr_project.http.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "FLTR",
    "DESCRIPTION": "Documents become searchable context for AI applications, metered in prepaid credits.\n\n"
    "Times are UTC. Lists are paged by `limit` and `offset`. Every error has the same shape; branch on its `code`."
    " Every answer bears `X-Request-ID`, and while limits are on `X-RateLimit-Limit`, `-Remaining` and `-Reset`.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "defaultModelsExpandDepth": 0,
        "validatorUrl": "none",  # Or the page would send the document's address to swagger.io.
    },
    "TAGS": [
        {"name": name}
        for name in ("Account", "Credits", "API keys", "Teams", "Datasets", "Documents", "Jobs", "Search")
    ],
    "PARSER_WHITELIST": ["fltr_project.http.parsers.OrjsonParser"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "DatasetStatusEnum": "datasets.models.dataset.DatasetStatus",
        "DocumentStatusEnum": "datasets.models.document.DocumentStatus",
        "JobStatusEnum": "datasets.models.processing_job.JobStatus",
    },
}
UNFOLD = {
    "SITE_TITLE": "FLTR",
    "SITE_HEADER": "FLTR",
    "SITE_SUBHEADER": "Credits, datasets, jobs",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}fltr/icon.svg"}],
}


# --- Logging ------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = None
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "authbridge.shared.log_lines.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{written_for}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "filters": {"what_for": {"()": "authbridge.shared.log_lines.SayWhatFor"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": given.LOG_FORMAT, "filters": ["what_for"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": given.LOG_LEVEL} for name in ("fltr_project", "authbridge", "credits", "datasets")},
        # It would repeat every refused path, into which people paste tokens; what fails is logged by errors.py.
        "django.request": {"level": "CRITICAL"},
        "fltr_project.http.middleware": {"level": "INFO" if given.LOG_REQUESTS else "WARNING"},
        # It would repeat every attempt to connect; the breaker says when a database goes away and when it is back.
        "psycopg.pool": {"level": "CRITICAL"},
    },
}
logging.config.dictConfig(LOGGING)
