"""What other rooms ask of this one: pay and give back, manage keys and teams, give credits."""

from credits.accounts import Account
from credits.models import AuditAction
from credits.prices import price_of, price_of_document
from credits.proof.verification import verify
from credits.receipts import Receipt, combine
from credits.selectors import get_balance
from credits.services.audit import note_act, note_failed_sign_in, note_prices
from credits.services.billing import add_credits, deduct_credits, refund_credits, renew_subscription
from credits.services.closing import return_closed_pools
from credits.services.keys import change_api_key, create_api_key, note_use, revoke_api_key, rotate_api_key
from credits.services.leaving import NOBODY_STAYS, does_nobody_stay, forget_people_who_left
from credits.services.payments import (
    Charge,
    Payer,
    ensure_affordable,
    ensure_payable,
    give_back,
    pay,
    pay_all,
    payer_of,
)
from credits.services.staff import explain_balance, grant_by_staff, refund_by_staff
from credits.services.teams import add_member, change_team, create_team, delete_team, give_team_credits, remove_member
from credits.services.welcome import ensure_welcomed
