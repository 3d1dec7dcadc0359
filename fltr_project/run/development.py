"""What a developer needs at hand where no Next.js site signs anybody up: a user with credits, a token, a way in."""

import shlex
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model

from authbridge.databases.setup import NO_USERS
from authbridge.selectors import has_users
from authbridge.services.development import EMAIL, current_session, ensure_user
from authbridge.services.sessions import written_token
from authbridge.shared.errors import DatabaseNotReady
from credits.errors import KeyReused
from credits.services import add_credits
from fltr_project.configuration.environment import BASE_DIR

DEVELOPER_CREDITS = 100
ADMIN = "admin"
NOBODY_WAS_MADE = """\
Nobody was made here. People sign in at the site; with DEBUG=1 this prints a token for
one of them: manage.py issue_session EMAIL. Who may into /admin/ is made by manage.py createsuperuser. DEV_USER=1 makes
a developer with credits."""
DATASET_NAME, DATASET_SLUG = "Developer quickstart", "developer-quickstart"


@dataclass(frozen=True, slots=True)
class Access:
    """The ways in of a developer; no password if there is none or somebody changed it."""

    token: str
    admin_password: str | None


def is_wanted(*, by_make_run: bool) -> bool:
    """Tell whether somebody asked for it, or `make run` runs on nobody's real user database."""
    return settings.DEV_USER or (by_make_run and settings.DATABASES_ARE_EMBEDDED)


def ensure_access() -> Access:
    """Make sure of a user with credits, a session and a member of staff; a repeat changes nothing."""
    if not has_users():
        raise DatabaseNotReady(f"DEV_USER=1 wants a user in a database without users. {NO_USERS}")
    user = ensure_user()
    grant_credits(user.id)
    token = written_token(current_session(email=EMAIL).token)
    return Access(token=token, admin_password=ensure_admin())


def grant_credits(user_id: uuid.UUID) -> None:
    """Give the developer's credits once in a lifetime, under the key of the welcome credits that others get."""
    amount = settings.WELCOME_CREDITS or DEVELOPER_CREDITS
    try:
        add_credits(user_id=user_id, amount=amount, type="bonus", idempotency_key="welcome")
    except KeyReused:
        # Given earlier, when WELCOME_CREDITS was another number.
        return


def ensure_admin() -> str | None:
    """Make sure of a user for /admin/, and return the generated password if that opens it."""
    password = settings.DEV_ADMIN_PASSWORD
    if not password:
        return None
    users = get_user_model().objects
    admin = users.filter(username=ADMIN).first() or users.create_superuser(ADMIN, EMAIL, password)
    return password if admin.check_password(password) else None


def first_steps(url: str, access: Access) -> str:
    """Return what to paste: three calls that work in this order."""
    call = f"curl -s {url}/api/v1/datasets"
    token = f"-H 'Authorization: Bearer {access.token}'"
    json = "-H 'Content-Type: application/json'"
    readme = shlex.quote(f"file=@{BASE_DIR / 'README.md'}")
    until_ready = f"""while {call}/{DATASET_SLUG} {token} | grep -q '"processing"'; do sleep 1; done"""
    return "\n".join(
        [
            f"You are {EMAIL}. Create a dataset, put a document into it, and ask it something:",
            "",
            f"""{call} {token} {json} -d '{{"name": "{DATASET_NAME}"}}'""",
            f"{call}/{DATASET_SLUG}/documents {token} -F {readme}; {until_ready}",
            f"""{call}/{DATASET_SLUG}/query {token} {json} -d '{{"query": "How do I run the tests?"}}'""",
            "",
        ]
    )
