"""The backend: what processes that serve take from a pool, they are given soon or not at all."""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolClosed, PoolTimeout

from authbridge.shared.breaker import Breaker
from authbridge.shared.postgresql.breaker import breakers, suspect_all

# How long a call may wait for a free connection of a server that answers.
PATIENCE_S = 5.0
# A look of the breaker's may take so long where nothing refuses and nothing answers.
LOOK_TIMEOUT_S = 2
# Where a server refuses, a look takes less.
MOMENT_S = 0.02


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL by Django, its pool behind a breaker. Without a pool, as in commands, it is Django's own."""

    def chunked_cursor(self) -> Any:
        """Let the server keep a result for `iterator()` in transactions only: a pooler goes on to another session."""
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection, or fail at once while the server is known not to answer."""
        if self.pool is None:
            return super().get_new_connection(conn_params)
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            self.breaker.insist(psycopg.OperationalError)
            try:
                return super().get_new_connection(conn_params)
            except (PoolTimeout, PoolClosed):
                # All are taken, or the server is gone; the breaker finds out which. A pool is closed after an outage.
                self.breaker.suspect()
                time.sleep(MOMENT_S)
                if time.monotonic() > ends_at:
                    raise

    @property
    def breaker(self) -> Breaker:
        """The one of this process for this database."""
        if self.alias not in breakers:
            name = f"database {self.settings_dict['NAME']}"
            breakers.setdefault(
                self.alias, Breaker(name, look=self._look, on_gone=suspect_all, on_back=self._forget_pool)
            )
        return breakers[self.alias]

    def _look(self) -> None:
        parameters = {**self.get_connection_params(), "connect_timeout": LOOK_TIMEOUT_S}
        with psycopg.connect(**parameters) as connection:
            # A pooler lets clients in also while its server is away.
            connection.execute("SELECT 1")

    def _forget_pool(self) -> None:
        """Begin with a new pool: the old one waits longer and longer between its own attempts."""
        if pool := self._connection_pools.pop(self.alias, None):  # type: ignore[attr-defined]
            pool.close(timeout=0)
