"""What a user has."""

from dataclasses import dataclass

from authbridge.errors import UserNotFound
from authbridge.selectors import find_users
from credits.arguments import UserId, checked


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
