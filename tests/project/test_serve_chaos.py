"""Whatever is killed comes back by itself or at the next start, and nothing keeps the port."""

import os
import signal
import socket
import urllib.request

import pytest

from tests.support.engine import is_running, short_folder, suspend, wait_until
from tests.support.instance import ENGINE, WEB, WORKER, instance_in, on_embedded_databases

pytestmark = [pytest.mark.chaos, on_embedded_databases]


@pytest.fixture
def folder():
    with short_folder() as folder:
        yield folder


@pytest.fixture
def instance(folder):
    with instance_in(folder) as instance:
        instance.start()
        yield instance


def create_dataset(instance, name):
    """Have a dataset acknowledged; return its id."""
    request = urllib.request.Request(
        f"http://localhost:{instance.port}/api/v1/datasets",
        data=f'{{"name": "{name}"}}'.encode(),
        headers={"Authorization": f"Bearer {instance.token()}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 201
    return name


def upload(instance, dataset, text):
    """Have a document acknowledged."""
    request = urllib.request.Request(
        f"http://localhost:{instance.port}/api/v1/datasets/{dataset}/documents",
        data=f'{{"content": "{text}"}}'.encode(),
        headers={"Authorization": f"Bearer {instance.token()}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        assert response.status == 201


def statuses(instance, dataset):
    """Return how its documents are, as far as somebody answers."""
    try:
        found = instance.get(f"/api/v1/datasets/{dataset}/documents", instance.token())
    except OSError:
        return []
    return [row["status"] for row in found["documents"]]


def dataset_names(instance):
    return {row["name"] for row in instance.get("/api/v1/datasets", instance.token())["datasets"]}


@pytest.mark.parametrize("part", [ENGINE, WORKER, WEB])
def test_a_part_that_is_killed_again_and_again_always_comes_back(instance, part):
    name = create_dataset(instance, "before")

    for _ in range(4):
        victim = instance.kill(part)
        wait_until(lambda victim=victim: instance.pids_of(part) not in ([], [victim]))
        wait_until(instance.is_healthy)

    assert dataset_names(instance) == {name}
    assert instance.press_ctrl_c() == 0
    assert instance.left_behind() == []


def test_whatever_is_frozen_is_named_and_started_again_and_documents_have_waited(folder):
    with instance_in(folder, WEB_WORKERS="2") as instance:
        instance.start()
        dataset = create_dataset(instance, "before")
        frozen = {part: instance.pids_of(part)[0] for part in (ENGINE, WORKER)}
        for pid in frozen.values():
            suspend(pid)
        wait_until(lambda: not instance.is_healthy())
        upload(instance, dataset, "While they are frozen.")
        frozen[WEB] = instance.pids_of(WEB)[0]
        suspend(frozen[WEB])

        wait_until(lambda: not any(is_running(pid) for pid in frozen.values()), 90)
        wait_until(instance.is_healthy, 60)
        wait_until(lambda: statuses(instance, dataset) == ["ready"], 60)

        for part in ("The vector engine", "The worker", "A web process"):
            assert instance.output.count(f"{part} did not answer any more and was killed; starting it again") == 1
        assert len(instance.pids_of(WEB)) == 2
        assert instance.press_ctrl_c() == 0
        assert instance.left_behind() == []


def test_a_killed_parent_takes_everything_with_it_and_the_next_start_goes_on(instance):
    name = create_dataset(instance, "before")

    instance.kill_parent()
    instance.start()

    assert dataset_names(instance) == {name}
    assert instance.press_ctrl_c() == 0
    assert instance.left_behind() == []


def test_without_a_parent_nobody_stays(instance):
    instance.kill_parent()

    wait_until(lambda: instance.left_behind() == [], 10)


def test_a_parent_killed_while_its_children_start_takes_them_with_it(folder):
    with instance_in(folder) as instance:
        instance.launch()
        wait_until(lambda: bool(instance.pids_of(WEB)))
        instance.kill_parent()

        wait_until(lambda: instance.left_behind() == [], 15)


def test_killing_everything_at_once_loses_nothing(instance):
    name = create_dataset(instance, "before")

    for pid in instance.parts():
        os.kill(pid, signal.SIGKILL)
    instance.process.wait()
    instance.start()

    assert dataset_names(instance) == {name}


def test_two_copies_run_side_by_side(instance):
    with short_folder() as elsewhere, instance_in(elsewhere) as other:
        other.start()
        create_dataset(instance, "mine")

        assert dataset_names(other) == set()
        assert other.token() != instance.token()
        assert instance.press_ctrl_c() == 0
        assert other.is_healthy()


def test_several_web_workers_serve_and_heal(folder):
    with instance_in(folder, WEB_WORKERS="2") as instance:
        instance.start()
        wait_until(lambda: len(instance.pids_of(WEB)) == 2)

        instance.kill(WEB)

        wait_until(lambda: len(instance.pids_of(WEB)) == 2)
        assert instance.press_ctrl_c() == 0
        assert instance.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_be_told_to_stop(instance, number):
    instance.seen.update(instance.parts())

    instance.process.send_signal(number)

    assert instance.process.wait(20) == 0
    assert instance.left_behind() == []


def test_a_worker_that_ignores_the_request_is_ended_by_force(instance):
    os.kill(instance.pids_of(WORKER)[0], signal.SIGSTOP)

    assert instance.press_ctrl_c() == 0
    assert instance.left_behind() == []


def test_nobody_keeps_the_port_after_a_stop(instance):
    instance.press_ctrl_c()

    socket.create_server(("127.0.0.1", instance.port)).close()
