"""People who use a service while its parts die: each call is repeated under its key until it is answered."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

API = "/api/v1"
PATIENCE_S = 300.0
PAUSE_S = 0.2
# Whoever is answered so, or not at all, asks again: a part is away, the first try still runs, or it was undone.
ASK_AGAIN = {0, 409, 429, 500, 502, 503, 504}
WORDS = ["water", "ice", "steam", "salt", "glass", "copper", "river", "cloud", "stone", "paper", "light", "sound"]


@dataclass
class People:
    """What was acknowledged to them, all together."""

    port: int
    token: str
    dataset: str = ""
    documents: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    answered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leaving: threading.Event = field(default_factory=threading.Event)

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        """Send one request; status 0 if it was not answered."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, API + path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, json.loads(content) if content else None
        except (OSError, http.client.HTTPException, ValueError):
            return 0, None
        finally:
            connection.close()

    def insist(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Repeat a call under one key until it is answered for good."""
        key, deadline = uuid.uuid4().hex if method == "POST" else "", time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, answer = self.call(method, path, body, key=key)
            if status not in ASK_AGAIN:
                return status, answer
            time.sleep(PAUSE_S)
        with self._lock:
            self.unanswered.append(f"{method} {path}")
        return 0, None

    def start(self, count: int) -> list[threading.Thread]:
        """Have so many of them come."""
        self.dataset = self.insist("POST", "/datasets", {"name": "Library"})[1]["id"]
        threads = [threading.Thread(target=self._live, args=[random.Random(number)]) for number in range(count)]
        for thread in threads:
            thread.start()
        return threads

    def leave(self, threads: list[threading.Thread]) -> None:
        """Have them leave, each having been answered."""
        self._leaving.set()
        for thread in threads:
            thread.join()

    def _live(self, chance: random.Random) -> None:
        while not self._leaving.is_set():
            chance.choices([self._upload, self._ask, self._delete], weights=[4, 4, 1])[0](chance)
            time.sleep(chance.uniform(0, 0.2))

    def _upload(self, chance: random.Random) -> None:
        text = " ".join(chance.choices(WORDS, k=30)) + f" {uuid.uuid4()}"
        status, answer = self.insist("POST", f"/datasets/{self.dataset}/documents", {"content": text})
        self._note("upload", status)
        if status in (200, 201, 202):
            with self._lock:
                self.documents.add(document_id_of(answer))

    def _ask(self, chance: random.Random) -> None:
        body = {"query": chance.choice(WORDS), "limit": 3}
        self._note("query", self.insist("POST", f"/datasets/{self.dataset}/query", body)[0])

    def _delete(self, chance: random.Random) -> None:
        with self._lock:
            left = sorted(self.documents - self.deleted)
            if not left:
                return
            chosen = chance.choice(left)
            self.deleted.add(chosen)
        self._note("delete", self.insist("DELETE", f"/datasets/{self.dataset}/documents/{chosen}")[0])

    def _note(self, what: str, status: int) -> None:
        with self._lock:
            if 200 <= status < 300:
                self.answered[what] += 1
            else:
                self.refused[f"{what} {status}"] += 1


def document_id_of(answer: Any) -> str:
    """Return the id of the one document that was uploaded."""
    document = answer["documents"][0] if "documents" in answer else answer
    return str(document["document_id"])
