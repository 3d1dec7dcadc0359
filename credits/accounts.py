"""What can hold credits: a user, a key's own pool, a team."""

from dataclasses import dataclass

from credits.models import AccountType, CreditTransaction

BALANCE_TABLES: dict[str, str] = {
    AccountType.USER: "users",
    AccountType.API_KEY: "api_key_credits",
    AccountType.TEAM: "teams",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One balance. `type` is an AccountType; `user_id` is the person who acts or is answerable for it."""

    type: str
    id: str
    user_id: str

    @property
    def table(self) -> str:
        """The table whose row `id` holds this account's `credits`."""
        return BALANCE_TABLES[self.type]


def user_account(user_id: str) -> Account:
    """Return a user's own balance."""
    return Account(type=AccountType.USER.value, id=user_id, user_id=user_id)


def account_of(entry: CreditTransaction) -> Account:
    """Return the account that paid or was paid; a row without one, inserted by the site, is its user's."""
    if entry.account_type and entry.account_id:
        return Account(type=entry.account_type, id=entry.account_id, user_id=entry.user_id)
    return user_account(entry.user_id)
