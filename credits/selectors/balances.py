"""What a user has."""

import uuid
from dataclasses import dataclass

from authbridge.errors import UserNotFound
from authbridge.selectors import find_user, find_users
from authbridge.shared.ids import parse_uuid
from credits.accounts import Account, key_account, team_account, user_account
from credits.arguments import UserId, checked
from credits.models import AccountType, ApiKeyCredits, Team


@dataclass(frozen=True, slots=True)
class Balance:
    """A user's own credits at one moment; what their keys' pools and their team have is apart."""

    credits: int
    total_credits_purchased: int


@checked
def get_balance(user: UserId) -> Balance:
    """Return what a user has now, given them or their id; raises UserNotFound."""
    person = next(iter(find_users([user]).values()), None)
    if person is None:
        raise UserNotFound
    return Balance(person.credits, person.total_credits_purchased)


def find_account(type: str, name: uuid.UUID | str) -> Account | None:
    """Return an account by the id of its key or team, or a user's by their e-mail address or id."""
    if type == AccountType.USER:
        user = find_user(name)
        return user_account(user.id) if user else None
    if type == AccountType.API_KEY:
        key = ApiKeyCredits.objects.filter(id=parse_uuid(name)).first()
        return key_account(key.id, key.user_id) if key else None
    team = Team.objects.filter(id=parse_uuid(name)).first()
    return team_account(team.id, team.owner_id) if team else None
