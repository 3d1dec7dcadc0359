"""What a web process notes of itself when it begins."""

import logging

from django.conf import settings
from django.db import Error, connections

from credits.services import note_prices

logger = logging.getLogger(__name__)


def note_prices_in_force() -> None:
    """Note prices that are not those of the start before; a database that is away must not keep anybody waiting."""
    try:
        if note_prices():
            logger.info("These prices are new, and noted in the audit trail.")
    except Error as error:
        logger.warning("Prices could not be noted in the audit trail: %s", error)
    finally:
        connections[settings.AUTH_DB].close()
