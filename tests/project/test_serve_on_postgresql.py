"""`make run` with database URLs: the same, but a developer and Better Auth's tables only where they are asked for."""

import pytest

from authbridge.databases.better_auth import TABLES
from tests.support.engine import short_folder
from tests.support.instance import instance_in

pytestmark = pytest.mark.postgresql


@pytest.fixture
def run_on(scratch):
    """Return a function that gives an instance on these databases."""
    urls = {name: url for name, url in scratch.environment.items() if name.endswith("DATABASE_URL") and url}
    with short_folder() as folder:
        yield lambda **settings: instance_in(folder, **{**urls, **settings})


def test_somebodys_databases_get_our_tables_and_nobody_to_sign_in(scratch, run_on):
    with run_on() as instance:
        instance.start()

        assert "Bearer" not in instance.output
        assert "manage.py createsuperuser" in instance.output
        assert "manage.py issue_session EMAIL" in instance.output
        assert "There is no table `users` yet." in instance.output
        assert not scratch.tables("default") & TABLES.keys()
        assert "datasets" in scratch.tables("default")


def test_a_developer_who_asks_for_it_gets_in(run_on):
    with run_on(DEV_USER="1", WITH_AUTH_TABLES="1") as instance:
        instance.start()

        assert instance.get("/api/v1/credits/balance", instance.token())["credits"] == 100


def test_a_developer_without_tables_to_live_in_is_explained(run_on):
    with run_on(DEV_USER="1") as instance:
        instance.launch()

        assert instance.process.wait(60) == 1
        assert "Traceback" not in instance.output
        assert "set WITH_AUTH_TABLES=1" in instance.output.splitlines()[-1]
