"""A run of the tests leaves nothing behind, however it ended."""

import pytest

from tests import plugin


@pytest.fixture(autouse=True)
def _homes(monkeypatch, tmp_path):
    monkeypatch.setattr(plugin, "homes", lambda: tmp_path)


def test_what_a_killed_run_has_left_the_next_removes(tmp_path):
    home, held = plugin.make_locked_home()
    (home / "postgresql").mkdir()
    held.close()

    plugin.remove_homes_of_killed_runs()

    assert list(tmp_path.iterdir()) == []


def test_what_a_run_is_using_stays():
    home, held = plugin.make_locked_home()

    with held:
        plugin.remove_homes_of_killed_runs()
        assert home.exists()


def test_a_run_that_begins_at_the_same_moment_takes_no_home_for_left_behind(monkeypatch):
    flock = plugin.fcntl.flock

    def sweep_and_lock(file, how):
        monkeypatch.setattr(plugin.fcntl, "flock", flock)
        plugin.remove_homes_of_killed_runs()
        flock(file, how)

    monkeypatch.setattr(plugin.fcntl, "flock", sweep_and_lock)
    home, held = plugin.make_locked_home()

    with held:
        assert (home / plugin.LOCK).exists()
        plugin.remove_homes_of_killed_runs()
        assert home.exists()
