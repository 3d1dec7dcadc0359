"""Reads of the ledger, of keys and of teams."""

from credits.selectors.balances import Balance, find_account, get_balance
from credits.selectors.charges import PastCharge, charges_by_id, charges_for, find_charge, is_anybodys, refund_key
from credits.selectors.entries import (
    AccountEntries,
    entries_by,
    entries_of,
    find_entry,
    gaps_of,
    rows_with_text,
    sum_of_entries,
)
from credits.selectors.keys import KeyRow, find_key, find_user_by_api_key, hash_key, key_balance, keys_of
from credits.selectors.teams import find_team, find_team_of, is_on_team, members_of, teams_of
from credits.selectors.usage import spent_by_day, spent_with_key, usage_summary
