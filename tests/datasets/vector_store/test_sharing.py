"""One Milvus, many users: threads, processes, forks, and whatever their environment says."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from datasets.errors import VectorStoreError
from datasets.indexing.vector_store import milvus
from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import Engine
from datasets.indexing.vector_store.entities import to_entity
from datasets.indexing.vector_store.milvus import MilvusStore
from tests.datasets.vector_store.rows import COLLECTION, EAST, make_row, vector
from tests.support import warm

WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datasets.indexing.vector_store.milvus import MilvusStore
from tests.datasets.vector_store.rows import COLLECTION, make_row

uri, dataset_id = sys.argv[1:]
store = MilvusStore(uri)
# Opened by one: on a busy machine importing pymilvus takes longer than threads wait for another's connection.
store.count(COLLECTION)

def write(_):
    for _ in range(5):
        store.upsert(COLLECTION, [make_row(dataset_id, chunk_index=index) for index in range(20)])

with ThreadPoolExecutor(4) as pool:
    list(pool.map(write, range(4)))
"""

CREATOR = """
import sys
from datasets.indexing.vector_store.milvus import MilvusStore

MilvusStore(sys.argv[1]).ensure_collection(sys.argv[2], int(sys.argv[3]))
"""

FORKER = """
import os, sys
from django.conf import settings
settings.configure(VECTOR_STORE_URI=sys.argv[1], VECTOR_STORE_TOKEN="")
from datasets.indexing.vector_store import get_vector_store

parent = get_vector_store()
parent.count("fltr_test_4")
child = os.fork()
if child == 0:
    store = get_vector_store()
    os._exit(0 if store is not parent and store.count("fltr_test_4") >= 0 else 1)
status = os.waitpid(child, 0)[1]
parent.count("fltr_test_4")
print(os.waitstatus_to_exitcode(status))
"""

CAREFUL_IMPORTER = """
import os, sys
from datasets.indexing.vector_store.milvus import MilvusStore

store = MilvusStore(sys.argv[1])
store.ping(5)
assert "pymilvus" not in sys.modules and "grpc" not in sys.modules
before = dict(os.environ)
store.count("fltr_test_4")
assert dict(os.environ) == before
print("fine")
"""


def start(code: str, *arguments: str) -> warm.Command:
    return warm.start(["-c", code, *arguments], os.environ)


def run(code: str, *arguments: str, **environment: str) -> str:
    done = warm.run(["-c", code, *arguments], os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_writers_in_two_processes_lose_nothing(
    vector_engine: Engine, milvus_store: VectorStore, dataset_id: str
) -> None:
    writers = [start(WRITER, vector_engine.uri, dataset_id) for _ in range(2)]

    complaints = [writer.communicate()[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0], complaints
    assert milvus_store.count(COLLECTION, dataset_id=dataset_id) == 2 * 4 * 5 * 20


def test_what_another_process_wrote_is_found_at_once(
    vector_engine: Engine, milvus_store: VectorStore, dataset_id: str
) -> None:
    before = milvus_store.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=1_000)

    run(WRITER, vector_engine.uri, dataset_id)

    after = milvus_store.search_keyword(COLLECTION, dataset_id=dataset_id, text="dog", limit=1_000)
    assert (len(before), len(after)) == (0, 400)


def test_sixteen_threads_share_one_client(milvus_store: VectorStore, dataset_id: str) -> None:
    def write_and_find(_: int) -> int:
        row = make_row(dataset_id)
        milvus_store.upsert(COLLECTION, [row])
        wanted = [row.document_id]
        return len(
            milvus_store.search_dense(
                COLLECTION, dataset_id=dataset_id, vector=vector(EAST), limit=5, document_ids=wanted
            )
        )

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(write_and_find, range(64)))

    assert found == [1] * 64
    assert milvus_store.count(COLLECTION, dataset_id=dataset_id) == 64


def test_twin_jobs_that_write_the_same_rows_at_once_leave_each_once(
    vector_engine: Engine, milvus_store: VectorStore, dataset_id: str
) -> None:
    rows = [make_row(dataset_id, chunk_index=index) for index in range(300)]
    stores = [MilvusStore(vector_engine.uri) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda store: store.upsert(COLLECTION, rows), stores))

    assert milvus_store.count(COLLECTION, dataset_id=dataset_id) == 300


def test_readers_miss_nothing_while_the_same_rows_are_written_again(milvus_store: VectorStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id, chunk_index=index) for index in range(100)]
    milvus_store.upsert(COLLECTION, rows)

    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(lambda: [milvus_store.upsert(COLLECTION, rows) for _ in range(10)])
        seen = set()
        while not again.done():
            seen.add(milvus_store.count(COLLECTION, dataset_id=dataset_id))

    assert seen == {100}


def test_rows_that_were_left_twice_are_healed_by_writing_again(milvus_store: MilvusStore, dataset_id: str) -> None:
    rows = [make_row(dataset_id, chunk_index=index) for index in range(3)]
    milvus_store.upsert(COLLECTION, rows)
    milvus_store._connection.call("insert", COLLECTION, data=[to_entity(rows[0])])
    assert milvus_store.count(COLLECTION, dataset_id=dataset_id) == 4

    milvus_store.upsert(COLLECTION, rows)

    assert milvus_store.count(COLLECTION, dataset_id=dataset_id) == 3


def test_two_processes_may_make_a_collection_at_once(vector_engine: Engine, milvus_store: VectorStore) -> None:
    makers = [start(CREATOR, vector_engine.uri, "fltr_race_4", "4") for _ in range(2)]

    complaints = [maker.communicate()[1] for maker in makers]

    assert [maker.returncode for maker in makers] == [0, 0], complaints
    milvus_store.ensure_collection("fltr_race_4", 4)


def test_of_two_dimensions_made_at_once_one_is_refused_clearly(vector_engine: Engine) -> None:
    makers = [start(CREATOR, vector_engine.uri, "fltr_race_other", dimension) for dimension in ("4", "8")]

    errors = [maker.communicate()[1] for maker in makers]

    assert sorted(maker.returncode for maker in makers) == [0, 1]
    assert sum("dimensions, not" in error for error in errors) == 1


def test_a_collection_whose_maker_died_halfway_is_completed(
    milvus_store: MilvusStore, dataset_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(MilvusStore, "_dimension", lambda *_: 0 / 0)
        with pytest.raises(ZeroDivisionError):
            milvus_store.ensure_collection("fltr_halfway_4", 4)

    milvus_store.ensure_collection("fltr_halfway_4", 4)

    milvus_store.upsert("fltr_halfway_4", [make_row(dataset_id)])
    assert len(milvus_store.search_keyword("fltr_halfway_4", dataset_id=dataset_id, text="dog", limit=5)) == 1


def test_a_forked_child_gets_a_store_that_works(vector_engine: Engine, milvus_store: VectorStore) -> None:
    assert run(FORKER, vector_engine.uri) == "0"


@pytest.mark.parametrize("uri", ["unix:/tmp/somewhere.sock", "nonsense", "http://elsewhere:1"])
def test_the_address_that_pymilvus_would_read_does_no_harm(
    vector_engine: Engine, milvus_store: VectorStore, uri: str
) -> None:
    output = run(CAREFUL_IMPORTER, vector_engine.uri, MILVUS_URI=uri, MILVUS_DEFAULT_CONNECTION=uri)

    assert output == "fine"


def test_an_old_server_is_refused_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "_open_client", lambda *_: OldServer())

    with pytest.raises(VectorStoreError, match=r"2\.5 or newer.*v2\.3\.5"):
        MilvusStore("http://milvus.example").ensure_collection("fltr_test_4", 4)


class OldServer:
    """A server from before BM25."""

    def has_collection(self, collection: str, **arguments: object) -> bool:
        return False

    def get_server_version(self, **arguments: object) -> str:
        return "v2.3.5"
