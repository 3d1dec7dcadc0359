"""`make bench` sends what the ledger sends."""

import re

import pytest
from django.conf import settings

from benchmarks.ledger import statement

pytestmark = [pytest.mark.django_db(databases=[settings.AUTH_DB]), pytest.mark.postgresql]


def test_its_statement_has_no_id_that_two_charges_would_share() -> None:
    assert re.findall(r"'[0-9a-f]{8}-[0-9a-f-]{27}'", statement()) == []
