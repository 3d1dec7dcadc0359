"""Domain errors about money and keys."""

from datetime import datetime
from typing import Any

from authbridge.errors import AuthenticationError
from authbridge.shared.errors import DomainError


class InsufficientCredits(DomainError):
    """The account holds less than the operation costs."""

    code = "insufficient_credits"

    def __init__(self, *, required: int, available: int, source: str) -> None:
        super().__init__(
            f"This needs {required} credits and {available} are available.",
            required=required,
            available=available,
            source=source,
        )


class LimitReached(DomainError):
    """The account could pay, but the API key has a limit."""

    def __init__(self, *, period: str, required: int, available: int, resets_at: datetime) -> None:
        moment = resets_at.isoformat().replace("+00:00", "Z")
        super().__init__(
            f"This needs {required} credits and {available} remain of this key's {period} limit until {moment}.",
            code=f"{period}_limit_reached",
            required=required,
            available=available,
            source="api_key",
            resets_at=moment,
        )


class ChargeUndone(DomainError):
    """What an earlier attempt paid was given back since, so its answer is not to be had under that charge."""

    code = "conflict"
    message = "An earlier attempt of this request broke off and was refunded. Send it again."

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class AccountNotFound(DomainError):
    """The account that should pay or be paid does not exist."""

    code = "user_not_found"
    message = "There is no account with this id."


class NotABalance(DomainError):
    """No row can explain what is no balance."""

    code = "conflict"

    def __init__(self, balance: Any) -> None:
        super().__init__(
            f"A balance of {balance} is none: credits are whole numbers from 0. Set it so by SQL, then explain it."
        )


class BalanceTooLarge(DomainError):
    """The sum would not fit the balance's column."""

    code = "conflict"
    message = "The balance would grow beyond 2,147,483,647 credits."


class KeyReused(DomainError):
    """An idempotency key came again with another meaning."""

    code = "idempotency_conflict"
    message = "This idempotency key was already used for another operation."


class TransactionNotFound(DomainError):
    """No such ledger row, or not one that can be refunded."""

    code = "transaction_not_found"
    message = "There is no charge with this id."


class RefundTooLarge(DomainError):
    """Refunds would add up to more than the charge."""

    code = "conflict"

    def __init__(self, *, requested: int, remaining: int) -> None:
        super().__init__(
            f"{requested} credits cannot be refunded: {remaining} of this charge remain.",
            requested=requested,
            remaining=remaining,
        )


class InvalidApiKey(AuthenticationError):
    """No live key has this secret."""

    code = "invalid_api_key"
    message = "This API key is not valid, was revoked or has expired."


class ApiKeyNotFound(DomainError):
    """The caller has no such key."""

    code = "api_key_not_found"
    message = "There is no API key with this id."


class NotOnTheTeam(DomainError):
    """A key would pay from a team that its owner is no longer on, or that is no more."""

    code = "permission_denied"
    message = "This API key pays from a team that its owner is not on any more. It does not fall back on other credits."


class InsufficientScope(DomainError):
    """An API key lacks the scope for this."""

    code = "insufficient_scope"

    def __init__(self, *, required_scope: str) -> None:
        super().__init__(f"This API key lacks the scope {required_scope}.", required_scope=required_scope)


class TeamNotFound(DomainError):
    """There is no such team, or the caller is not on it."""

    code = "team_not_found"
    message = "There is no team with this id."


class NotTheTeamOwner(DomainError):
    """Members see a team; its owner manages it."""

    code = "permission_denied"
    message = "Only the owner of the team can do this."
