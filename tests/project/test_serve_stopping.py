"""An instance that is told to stop leaves nothing behind but its data."""

import os
import signal
import time
from contextlib import suppress

import pytest

from tests.support.engine import short_folder, wait_until
from tests.support.instance import WORKER, instance_in, on_embedded_databases

pytestmark = on_embedded_databases


@pytest.fixture
def instance():
    with short_folder() as folder, instance_in(folder) as instance:
        instance.start()
        yield instance


@pytest.mark.parametrize("whom", ["the parent", "the worker"])
def test_signals_in_a_burst_end_it_as_one_does(instance, whom):
    [worker] = instance.pids_of(WORKER)
    for _ in range(50):
        with suppress(ProcessLookupError):
            os.kill(instance.process.pid if whom == "the parent" else worker, signal.SIGTERM)
        time.sleep(0.00002)

    if whom == "the worker":
        wait_until(lambda: instance.pids_of(WORKER) not in ([], [worker]))
        instance.process.terminate()
    assert instance.process.wait(60) == 0, instance.output
    assert instance.left_behind() == []
    assert "Traceback" not in instance.output


def test_ctrl_c_ends_every_process_and_the_next_run_goes_on_with_the_same_data(instance):
    token, secrets = instance.token(), (instance.data_dir / "settings.env").read_text()

    code = instance.press_ctrl_c()

    assert code == 0, instance.output
    assert instance.left_behind() == []
    assert "Traceback" not in instance.output
    assert instance.output.endswith("Stopped.\n")

    instance.start()

    assert instance.token() == token
    assert (instance.data_dir / "settings.env").read_text() == secrets
    assert instance.get("/api/v1/credits/balance", token)["credits"] == 100
    assert instance.get("/api/v1/credits/transactions", token)["total"] == 1
