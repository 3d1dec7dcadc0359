"""A run of the tests leaves nothing behind, however it ended."""

import pytest

from tests import plugin


@pytest.fixture(autouse=True)
def _homes(monkeypatch, tmp_path):
    monkeypatch.setattr(plugin, "homes", lambda: tmp_path)


def test_what_a_killed_run_has_left_the_next_removes(tmp_path):
    home = plugin.make_home()
    (home / "postgresql").mkdir()
    plugin.lock(home).close()

    plugin.remove_homes_of_killed_runs()

    assert list(tmp_path.iterdir()) == []


def test_what_a_run_is_using_stays():
    home = plugin.make_home()

    with plugin.lock(home):
        plugin.remove_homes_of_killed_runs()
        assert home.exists()
