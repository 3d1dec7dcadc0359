"""The tables that `init_databases` makes where there is no site are those that Better Auth's own generator makes."""

import pytest

from authbridge.databases.better_auth import TABLES
from tests.interop.catalog import describe, without_names

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def generated(world):
    return describe(world.auth_url)


@pytest.fixture(scope="module")
def own(make):
    world = make("no_site")
    world.manage("init_databases", "--with-auth-tables")
    return describe(world.auth_url)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_what_the_generator_makes(generated, own, table):
    assert without_names(own[table]) == without_names(generated[table])


def test_the_generator_makes_no_other_table(generated, own):
    assert generated.keys() == own.keys()


def test_our_tables_are_alike_whoever_was_there_first(generated, own):
    ours = own.keys() - TABLES.keys()

    assert {table: own[table] for table in ours} == {table: generated[table] for table in ours}
