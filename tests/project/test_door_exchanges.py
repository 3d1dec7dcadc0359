"""How the door takes requests and gives answers, with no more behind it than a test needs."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from authbridge.shared.complaints import Complaints
from fltr_project.door import application, bodies, connections, crowd
from fltr_project.door import exchange as exchange_of
from fltr_project.http import complaints
from tests.support.doors import Answers, door_before, exchange, running_door
from tests.support.engine import wait_until
from tests.support.hostile import Victim

CLOSE = "Connection: close"


@pytest.fixture(scope="module", autouse=True)
def _door() -> Iterator[None]:
    with running_door(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "LINGER_S", 0.1)
        yield


def echo(environ: dict[str, Any]) -> Answers:
    """Answer with method, path and body."""
    body = environ["wsgi.input"].read()
    return Answers(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ".encode(), body)


def status_of(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


def post(victim: Victim, body: bytes, *more: str, announced: int | None = None) -> bytes:
    length = f"Content-Length: {len(body) if announced is None else announced}"
    return exchange(victim, victim.head("POST", "/p", length, CLOSE, *more) + body)


class TestRequests:
    def test_a_whole_body_is_handed_on(self) -> None:
        with door_before(echo) as victim:
            assert post(victim, b"all of it").endswith(b"POST /p all of it")

    def test_one_in_chunks_is_whole_and_has_a_length(self) -> None:
        lengths = []

        def handler(environ: dict[str, Any]) -> Answers:
            lengths.append(environ["CONTENT_LENGTH"])
            return echo(environ)

        with door_before(handler) as victim:
            head = victim.head("POST", "/p", "Transfer-Encoding: chunked", CLOSE)
            answer = exchange(victim, head + b"3\r\nall\r\n6\r\n of it\r\n0\r\n\r\n")

        assert answer.endswith(b"POST /p all of it")
        assert lengths == ["9"]

    def test_a_body_that_is_broken_off_is_never_handed_on(self) -> None:
        called = []

        with door_before(lambda environ: called.append(1) or Answers()) as victim:
            with victim.connect() as client:
                client.sendall(victim.head("POST", "/p", "Content-Length: 50") + b"12345")
            with victim.connect() as client:
                client.sendall(victim.head("POST", "/p", "Transfer-Encoding: chunked") + b"5\r\n12345\r\n")
            exchange(victim, victim.head("GET", "/end", CLOSE))

        assert called == [1]

    @pytest.mark.parametrize("size", [200, 100_000])
    def test_one_that_the_disk_has_no_room_for_is_refused_in_a_sentence(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, size: int
    ) -> None:
        monkeypatch.setattr(bodies, "LARGEST_IN_MEMORY", 100)
        monkeypatch.setattr(bodies.tempfile, "TemporaryFile", lambda dir: open("/dev/full", "wb"))  # noqa: SIM115
        monkeypatch.setattr(complaints, "outages", Complaints(30.0))

        with door_before(echo, lambda environ: "somebody") as victim:
            answers = [post(victim, b"x" * size) for _ in range(3)]

        assert [status_of(answer) for answer in answers] == [503] * 3
        assert b'"error":"There is no room left on the disk.' in answers[0]
        assert b"retry-after: 30" in answers[0]
        assert [record.getMessage() for record in caplog.records] == [
            "POST /p failed: OSError: [Errno 28] No space left on device"
        ]

    def test_one_that_the_disk_has_no_room_for_gives_back_what_it_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies.tempfile, "TemporaryFile", lambda dir: open("/dev/full", "wb"))  # noqa: SIM115
        spool = bodies.Spool()
        body = bodies.Body(spool)
        body.move_to_disk("somebody")
        body.write(b"not written before it is closed")

        body.close()

        assert not spool.on_disk

    def test_a_body_that_comes_too_slowly_is_refused_in_a_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "GRACE_S", 0.2)

        with door_before(echo) as victim:
            answer = post(victim, b"x", announced=100)

        assert status_of(answer) == 408
        assert b'"code":"request_timeout"' in answer
        assert b"x-request-id: " in answer

    def test_a_body_that_dribbles_for_ever_is_too_slow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bodies, "GRACE_S", 0.3)

        with door_before(echo) as victim, victim.connect() as client:
            client.sendall(victim.head("POST", "/p", "Content-Length: 100000"))
            began = time.monotonic()
            while time.monotonic() < began + 5:
                try:
                    client.sendall(b"x")
                except OSError:
                    break
                time.sleep(0.02)

        assert time.monotonic() - began < 4

    @pytest.mark.parametrize("chunked", [False, True])
    def test_strangers_may_send_a_megabyte(self, chunked: bool) -> None:
        sizes = []

        def handler(environ: dict[str, Any]) -> Answers:
            sizes.append(len(environ["wsgi.input"].read()))
            return Answers(b"done")

        with door_before(handler) as victim:
            body = b"x" * (2 * bodies.MEGABYTE)
            if chunked:
                head = victim.head("POST", "/p", "Transfer-Encoding: chunked", CLOSE)
                answer = exchange(victim, head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            else:
                answer = post(victim, body)

        assert status_of(answer) == 413
        assert b"have an account" in answer
        assert sizes in ([], [0])

    def test_who_is_known_may_send_more(self) -> None:
        with door_before(echo, identify=lambda environ: "alice") as victim:
            answer = post(victim, b"x" * (3 * bodies.MEGABYTE))

        assert status_of(answer) == 200
        assert answer.endswith(b"x" * bodies.MEGABYTE)

    def test_what_is_announced_as_endless_is_refused_at_once(self) -> None:
        with door_before(echo, identify=lambda environ: "alice") as victim:
            assert status_of(post(victim, b"x", announced=10**15)) == 413

    def test_one_account_does_not_take_the_room_of_others(self, settings: Any) -> None:
        settings.MAX_UPLOAD_MB = 1

        with door_before(echo, identify=lambda environ: environ["HTTP_X_WHO"]) as victim:
            half = victim.head("POST", "/p", "X-Who: alice", f"Content-Length: {3 * bodies.MEGABYTE}")
            with victim.connect() as first, victim.connect() as second:
                for client in (first, second):
                    client.sendall(half + b"x" * (2 * bodies.MEGABYTE + 200_000))
                time.sleep(0.3)
                alice = post(victim, b"x" * (2 * bodies.MEGABYTE), "X-Who: alice")
                bob = post(victim, b"x" * (2 * bodies.MEGABYTE), "X-Who: bob")

        assert (status_of(alice), status_of(bob)) == (503, 200)
        assert b"retry-after: 5" in alice

    def test_headers_with_underscores_are_not_seen(self) -> None:
        seen = []

        with door_before(lambda environ: seen.append(environ) or Answers()) as victim:
            exchange(victim, victim.head("GET", "/", "X_Forwarded_For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8", CLOSE))

        assert seen[0]["HTTP_X_FORWARDED_FOR"] == "5.6.7.8"

    def test_headers_that_come_twice_are_both_handed_on(self) -> None:
        seen = []

        with door_before(lambda environ: seen.append(environ) or Answers()) as victim:
            exchange(victim, victim.head("GET", "/", "Authorization: Bearer x", "Cookie: a=1", "Cookie: b=2", CLOSE))

        assert seen[0]["HTTP_AUTHORIZATION"] == "Bearer t,Bearer x"
        assert seen[0]["HTTP_COOKIE"] == "a=1; b=2"

    def test_an_address_may_be_written_as_people_paste_it(self) -> None:
        with door_before(echo) as victim:
            answer = exchange(victim, victim.head("GET", "/bücher", CLOSE))

        # WSGI has the bytes of a path as a text of Latin-1.
        assert answer.decode().endswith("GET /b\u00c3\u00bccher ")

    @pytest.mark.parametrize("request_", [b"NONSENSE\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9\r\n\r\n"])
    def test_what_is_no_http_is_refused_in_the_shape_of_all_errors(self, request_: bytes) -> None:
        with door_before(echo) as victim:
            answer = exchange(victim, request_)

        assert status_of(answer) == 400
        assert b'"code":"invalid_request"' in answer

    def test_endless_headers_are_refused(self) -> None:
        with door_before(echo) as victim:
            answer = exchange(victim, victim.head("GET", "/", f"X: {'a' * 400_000}")[:-2])

        assert status_of(answer) == 431


class TestAnswers:
    @pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 200_000, 131_072])
    def test_is_whole_whatever_its_size(self, size: int) -> None:
        with door_before(lambda environ: Answers(b"x" * size)) as victim:
            head, _, body = exchange(victim, victim.head("GET", "/", CLOSE)).partition(b"\r\n\r\n")

        assert body == b"x" * size
        assert f"content-length: {size}".encode() in head

    def test_a_stream_comes_in_parts_and_is_closed_in_a_thread(self) -> None:
        stream = Answers(b"one ", b"two", streaming=True)

        with door_before(lambda environ: stream) as victim:
            answer = exchange(victim, victim.head("GET", "/", CLOSE))
            wait_until(lambda: stream.closed_in)

        assert answer.endswith(b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")
        assert stream.closed_in.startswith("stream-")

    def test_http_1_0_gets_a_stream_without_chunks_and_its_end_at_the_end(self) -> None:
        with door_before(lambda environ: Answers(b"one ", b"two", streaming=True)) as victim:
            answer = exchange(victim, b"GET / HTTP/1.0\r\n\r\n")

        head, _, body = answer.partition(b"\r\n\r\n")
        assert body == b"one two"
        assert b"chunked" not in head
        assert b"connection: close" in head

    def test_http_1_0_gets_a_plain_answer_with_its_length(self) -> None:
        with door_before(lambda environ: Answers(b"all of it")) as victim:
            answer = exchange(victim, b"GET / HTTP/1.0\r\n\r\n")

        assert answer.endswith(b"\r\n\r\nall of it")
        assert b"content-length: 9" in answer

    def test_head_has_the_length_and_no_body(self) -> None:
        with door_before(lambda environ: Answers(b"all of it")) as victim:
            answer = exchange(victim, victim.head("HEAD", "/", CLOSE))

        assert b"content-length: 9" in answer
        assert answer.endswith(b"\r\n\r\n")

    def test_several_requests_in_one_go_are_answered_in_their_order(self) -> None:
        with door_before(echo) as victim:
            requests = [victim.head("GET", f"/{number}") for number in range(3)]
            answer = exchange(victim, b"".join(requests) + victim.head("GET", "/last", CLOSE))

        assert [part in answer for part in (b"GET /0 ", b"GET /1 ", b"GET /2 ", b"GET /last ")] == [True] * 4
        assert answer.index(b"GET /0 ") < answer.index(b"GET /1 ") < answer.index(b"GET /last ")

    def test_who_asks_whether_to_go_on_is_told_to(self) -> None:
        with door_before(echo) as victim, victim.connect() as client:
            client.sendall(victim.head("POST", "/p", "Content-Length: 3", "Expect: 100-continue", CLOSE))
            assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
            client.sendall(b"abc")
            assert client.recv(1000).endswith(b"POST /p abc") or client.recv(1000).endswith(b"POST /p abc")

    def test_a_stream_that_fails_looks_cut(self, caplog: pytest.LogCaptureFixture) -> None:
        stream = Answers(b"one ", OSError("The database has gone."), streaming=True)

        with door_before(lambda environ: stream) as victim:
            answer = exchange(victim, victim.head("GET", "/x", CLOSE))
            wait_until(lambda: stream.closed_in)

        assert b"one " in answer or answer == b" <reset>"
        assert not answer.endswith(b"0\r\n\r\n")
        assert "An answer was broken off: GET /x" in caplog.text

    def test_a_stream_whose_client_leaves_is_closed_and_runs_no_further(self) -> None:
        made: list[int] = []

        def part() -> bytes:
            made.append(1)
            return b"x" * 1_000_000

        stream = Answers(*[part] * 1_000, streaming=True)
        with door_before(lambda environ: stream) as victim:
            with victim.connect(receive_buffer=4096) as client:
                client.sendall(victim.head("GET", "/"))
                client.recv(100)
            wait_until(lambda: stream.closed_in)

        assert len(made) < 50

    def test_a_client_that_reads_nothing_is_left_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exchange_of, "STALL_S", 0.3)
        stream = Answers(*[b"x" * 1_000_000] * 100, streaming=True)

        with door_before(lambda environ: stream) as victim, victim.connect(receive_buffer=4096) as client:
            client.sendall(victim.head("GET", "/"))
            wait_until(lambda: stream.closed_in)

        assert stream.closed_in.startswith("stream-")


class Slow:
    """A handler that answers /slow when it is released, and everything else at once."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def __call__(self, environ: dict[str, Any]) -> Answers:
        if environ["PATH_INFO"] == "/slow":
            self.release.wait(10)
        return Answers(b"done")


class TestTurns:
    def test_one_client_leaves_threads_for_others(self) -> None:
        slow = Slow()

        with door_before(slow) as victim:
            greedy = [victim.connect() for _ in range(30)]
            for client in greedy:
                client.sendall(victim.head("GET", "/slow"))
            time.sleep(0.2)
            other = exchange(Victim(victim.port, "another"), Victim(victim.port, "another").head("GET", "/", CLOSE))
            slow.release.set()
            assert all(client.recv(12) == b"HTTP/1.1 200" for client in greedy)
            for client in greedy:
                client.close()

        assert status_of(other) == 200

    @pytest.mark.parametrize("path", application.VITAL)
    def test_health_is_answered_while_every_thread_is_taken(self, path: str) -> None:
        slow = Slow()

        with door_before(slow) as victim:
            greedy = [Victim(victim.port, str(number)).connect() for number in range(30)]
            for number, client in enumerate(greedy):
                client.sendall(Victim(victim.port, str(number)).head("GET", "/slow"))
            time.sleep(0.2)
            health = exchange(victim, victim.head("GET", path, CLOSE))
            slow.release.set()
            for client in greedy:
                client.recv(12)
                client.close()

        assert status_of(health) == 200


class Someone:
    """A connection."""

    def __init__(self, address: str) -> None:
        self.address, self.has_left = address, False

    def leave(self) -> None:
        self.has_left = True


class TestCrowd:
    @pytest.fixture
    def full(self) -> crowd.Crowd:
        return crowd.Crowd(4, most_an_address=3, is_exempt=lambda address: address == "proxy")

    def test_the_longest_idle_leaves_and_the_new_one_stays(self, full: crowd.Crowd) -> None:
        people = [Someone(str(number)) for number in range(5)]
        for each in people[:4]:
            full.arrive(each)
            full.move(each, crowd.Stage.IDLE)
        full.move(people[0], crowd.Stage.WORK)

        full.arrive(people[4])

        assert [each.has_left for each in people] == [False, True, False, False, False]
        assert len(full) == 4

    @pytest.mark.parametrize("busy", [crowd.Stage.WORK, crowd.Stage.EVENTS])
    def test_what_is_quiet_but_not_idle_stays(self, full: crowd.Crowd, busy: crowd.Stage) -> None:
        people = [Someone(str(number)) for number in range(5)]
        for each, stage in zip(people, [busy, crowd.Stage.ANSWER, busy, busy], strict=False):
            full.arrive(each)
            full.move(each, stage)

        full.arrive(people[4])

        assert [each.has_left for each in people] == [False, True, False, False, False]

    def test_an_address_with_too_many_gives_way_to_itself(self, full: crowd.Crowd) -> None:
        other, many = Someone("other"), [Someone("one") for _ in range(4)]

        for each in (other, *many):
            full.arrive(each)

        assert (other.has_left, [each.has_left for each in many]) == (False, [True, False, False, False])

    def test_a_proxy_may_have_them_all(self, full: crowd.Crowd) -> None:
        many = [Someone("proxy") for _ in range(4)]

        for each in many:
            full.arrive(each)

        assert not any(each.has_left for each in many)

    def test_who_keeps_one_waiting_too_long_leaves(self, full: crowd.Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(crowd.PATIENCE_S, crowd.Stage.HEADERS, 0.0)
        late, working = Someone("a"), Someone("b")
        full.arrive(late)
        full.arrive(working)
        full.move(working, crowd.Stage.WORK)

        full.sweep()

        assert (late.has_left, working.has_left, len(full)) == (True, False, 1)

    def test_whoever_has_left_is_forgotten(self, full: crowd.Crowd) -> None:
        someone = Someone("a")
        full.arrive(someone)

        full.depart(someone)
        full.depart(someone)
        full.move(someone, crowd.Stage.IDLE)

        assert len(full) == 0
