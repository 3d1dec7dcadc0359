"""What can hold credits: a user, a key's own pool, a team."""

import uuid
from dataclasses import dataclass

from credits.models import AccountType, CreditTransaction

LOCK_ORDER = (AccountType.API_KEY, AccountType.TEAM, AccountType.USER)
BALANCE_TABLES: dict[str, str] = {
    AccountType.USER: "users",
    AccountType.API_KEY: "api_key_credits",
    AccountType.TEAM: "teams",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One balance. `type` is an AccountType; `user_id` is the person who acts or is answerable for it."""

    type: str
    id: uuid.UUID
    user_id: uuid.UUID

    @property
    def table(self) -> str:
        """The table whose row `id` holds this account's `credits`."""
        return BALANCE_TABLES[self.type]

    @property
    def lock_order(self) -> tuple[int, uuid.UUID]:
        """Where this account stands when several are locked: everywhere the same, so that nobody waits in a ring."""
        return LOCK_ORDER.index(AccountType(self.type)), self.id


def user_account(user_id: uuid.UUID) -> Account:
    """Return a user's own balance."""
    return Account(type=AccountType.USER.value, id=user_id, user_id=user_id)


def key_account(key_id: uuid.UUID, user_id: uuid.UUID) -> Account:
    """Return an API key's own pool."""
    return Account(type=AccountType.API_KEY.value, id=key_id, user_id=user_id)


def team_account(team_id: uuid.UUID, user_id: uuid.UUID) -> Account:
    """Return a team's balance; `user_id` is the member who acts."""
    return Account(type=AccountType.TEAM.value, id=team_id, user_id=user_id)


def account_of(entry: CreditTransaction) -> Account:
    """Return the account that paid or was paid; a row without one, inserted by the site, is its user's."""
    if entry.account_type and entry.account_id:
        return Account(type=entry.account_type, id=entry.account_id, user_id=entry.user_id)
    return user_account(entry.user_id)
