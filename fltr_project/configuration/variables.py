"""Every setting, a row each. `make format` writes them into .env.example and docs/operations.md.

A new one is a row here: `settings.NAME` has its value then. One that depends on others is finished in settings.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from fltr_project.configuration import kinds
from fltr_project.configuration.kinds import choice, number


@dataclass(frozen=True, slots=True)
class Variable:
    """A setting: what it may be, its default as text, a sentence about it; a secret may be in the file NAME_FILE."""

    name: str
    kind: kinds.Kind
    default: str
    sentence: str
    secret: bool = False
    generate: Callable[[], str] | None = None  # Makes the value that `make run` gives to a local copy.
    kept_out: bool = False  # Of Django's settings.

    @property
    def names(self) -> list[str]:
        """Return the variables of the environment that can say it."""
        return [self.name, f"{self.name}_FILE"] if self.secret else [self.name]


# fmt: off
SECTIONS = {
    "This copy": (
        Variable("PORT", number(1, 65535), "8000",
            "The port that the web server listens on. A second copy needs its own PORT and its own DATA_DIR."),
        Variable("LISTEN_HOST", kinds.TEXT, "127.0.0.1",
            "The address it listens on; 0.0.0.0 is every address of this machine."),
        Variable("DATA_DIR", kinds.FOLDER, "./data",
            "The folder for everything that is kept: embedded databases, vectors, uploads, generated settings."),
        Variable("WEB_WORKERS", number(1, 256), "1", "Web processes. Each answers 16 requests at once."),
        Variable("WORKER_CONCURRENCY", number(1, 256), "2", "Documents that the worker processes at once."),
        Variable("STATIC_ROOT", kinds.TEXT, "",
            "A folder that `manage.py collectstatic` filled. Without it the admin's files come from their packages."),
        Variable("LOG_LEVEL", choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO",
            "How much FLTR's own code logs to standard error."),
        Variable("LOG_FORMAT", choice("text", "json"), "text",
            "Lines for people, or an object a line for programs."),
        Variable("LOG_REQUESTS", kinds.SWITCH, "0",
            "Log one line for each request: method, route, status and time."),
        Variable("OTEL_EXPORTER_OTLP_ENDPOINT", kinds.COLLECTOR, "",
            "Where OpenTelemetry's traces go, like http://collector:4318; needs requirements-otel.txt."),
        Variable("METRICS_TOKEN", kinds.TEXT, "",
            "The bearer token with which Prometheus reads /metrics. Without it only this machine may, and no proxy.",
            secret=True),
    ),
    "Security": (
        Variable("SECRET_KEY", kinds.TEXT, "",
            "Required: 50 or more random characters, kept secret and kept. `make run` generates one.",
            secret=True, generate=lambda: token_urlsafe(50)),
        Variable("ALLOWED_HOSTS", kinds.HOSTS, "localhost,127.0.0.1,[::1]",
            "Host names that requests may name, separated by commas. * stops the start, but with DEBUG."),
        Variable("TRUSTED_ORIGINS", kinds.ORIGINS, "",
            "Origins like https://app.example.com whose pages may call with the site's cookie. With DEBUG: its own."),
        Variable("TRUSTED_PROXIES", kinds.NETWORKS, "",
            "Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."),
        Variable("SECURE_SSL_REDIRECT", kinds.SWITCH, "0",
            "Send http to https, mark cookies as secure and send HSTS for a year."),
    ),
    "The Next.js site (Better Auth)": (
        Variable("BETTER_AUTH_SECRET", kinds.TEXT, "",
            "The site's own BETTER_AUTH_SECRET, 32 or more characters. Without it no signed token or cookie is taken.",
            secret=True, generate=lambda: token_urlsafe(32)),
        Variable("BETTER_AUTH_COOKIE_PREFIX", kinds.COOKIE_PREFIX, "better-auth",
            "The site's cookie prefix, if it changed it."),
        Variable("BETTER_AUTH_REQUIRE_SIGNED", kinds.SWITCH, "0",
            "Take signed tokens only (token.signature), and refuse raw ones."),
        Variable("INTERNAL_WEBHOOK_SECRET", kinds.TEXT, "",
            "What the site sends as X-Webhook-Secret, 32 or more characters. Without it its service calls are refused.",
            secret=True, generate=lambda: token_urlsafe(32)),
    ),
    "Databases": (
        Variable("DATABASE_URL", kinds.TEXT, "",
            "The fltr database, postgresql://USER:PASSWORD@HOST:5432/fltr. Without it: two SQLite files in DATA_DIR.",
            secret=True, kept_out=True),
        Variable("AUTH_DATABASE_URL", kinds.TEXT, "",
            "The user database, which the site calls its DATABASE_URL. Without it the fltr database holds everything.",
            secret=True, kept_out=True),
        Variable("DATABASE_POOL_SIZE", number(0, 1000), "14",
            "Connections per process and PostgreSQL database, at most; 0 opens one for each request instead."),
        Variable("WITH_AUTH_TABLES", kinds.SWITCH, "0",
            "Make Better Auth's tables where absent, as embedded databases always have them; never beside a site."),
        Variable("ALLOW_DROPPING_DATA", kinds.SWITCH, "0",
            "Let `migrate` go back to an earlier release's tables where that drops what holds rows; for one command."),
    ),
    "Development": (
        Variable("DEV_USER", kinds.SWITCH, "0",
            "Have `make run` make its development user also when DATABASE_URL is set."),
        Variable("DEV_ADMIN_PASSWORD", kinds.TEXT, "",
            "The password of /admin/'s user `admin` that `make run` makes. It generates one.",
            secret=True, generate=lambda: token_urlsafe(12)),
        Variable("DEBUG", kinds.SWITCH, "0",
            "Development mode. `make run` turns it on unless you set it; never on where strangers can reach the port.",
            generate=lambda: "1"),
    ),
    "Credits": (
        Variable("CREDITS_ENFORCEMENT", choice("on", "warn", "off"), "on",
            "What becomes of a call that credits do not cover: 402, free with a warning header, or free."),
        Variable("WELCOME_CREDITS", number(0, 10**9), "0",
            "Credits that a new user gets once. The development user gets 100 while this is 0."),
        Variable("RATE_LIMITS", kinds.RATE_LIMITS, "anonymous=50,api_key=1000,session=15000",
            "Calls per hour by kind of caller, or off."),
        Variable("AUTH_FAILURE_LIMIT", kinds.FAILURES, "20/10m",
            "How many bad credentials of an address or for an account are answered 401 in a time; then 429. Or off."),
        Variable("REDIS_URL", kinds.REDIS, "",
            "The Redis that counts those calls, like redis://redis:6379/0. Without it each web process counts alone.",
            secret=True),
    ),
    "Documents, vectors, embeddings": (
        Variable("MAX_UPLOAD_MB", number(1, 10_000), "50",
            "The largest file that can be uploaded, in megabytes of 1,048,576 bytes."),
        Variable("MAX_STORAGE_GB", number(0, 1_000_000), "0",
            "How much all files of one account may be together, in gigabytes of 1,073,741,824 bytes; 0 is no limit."),
        Variable("STORAGE_URL", kinds.STORAGE, "",
            "The folder for uploads. Without it: DATA_DIR/uploads. Web and worker must share it."),
        Variable("VECTOR_STORE_URI", kinds.MILVUS, "",
            "A Milvus server of 2.5 or newer, like http://milvus:19530. Without it: the embedded engine, on DATA_DIR."),
        Variable("VECTOR_STORE_TOKEN", kinds.TEXT, "", "The Milvus server's token, like user:password.", secret=True),
        Variable("EMBEDDER", choice("wordllama"), "wordllama", "The embedding model. This one needs no network."),
    ),
    "docker-compose.yml only": (
        Variable("POSTGRES_PASSWORD", kinds.TEXT, "",
            "Required there: the password of its PostgreSQL, letters and digits only since it becomes part of a URL.",
            kept_out=True),
    ),
}
# fmt: on

VARIABLES = {variable.name: variable for rows in SECTIONS.values() for variable in rows}
