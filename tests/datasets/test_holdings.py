"""What is kept beside the tables is counted and removed wholly, and what others keep there is not."""

from pathlib import Path
from typing import Any

import pytest

from datasets import storage
from datasets.indexing.vector_store import get_vector_store
from datasets.indexing.vector_store.base import VectorStore
from datasets.indexing.vector_store.engine import EngineError
from datasets.services import holdings
from tests.datasets.vector_store.rows import make_row
from tests.support.engine import running_engine, short_folder

DATASET = "0b1f8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f"
DOCUMENT = "1c2e8c5e-9d2a-4c6b-8e7f-0a1b2c3d4e5f"
OURS = [f"{DATASET}/{DOCUMENT}/1", f"{DATASET}/{DOCUMENT}/12.txt", "incoming/tmpab_12345"]
OTHERS = [
    "report.pdf",
    "1",
    "incoming/letter.txt",
    f"{DATASET}/notes.txt",
    f"{DATASET}/{DOCUMENT}/1.pdf",
    f"{DATASET}/drafts/1",
    f"copy of {DATASET}/{DOCUMENT}/1",
]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder for uploads that others use as well."""
    settings.STORAGE_URL = str(tmp_path / "uploads")
    for name in [*OURS, *OTHERS]:
        path = tmp_path / "uploads" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("12345")
    return tmp_path / "uploads"


@pytest.fixture
def kept_vectors(memory_vectors: VectorStore) -> VectorStore:
    """A collection of ours and one of another program."""
    for name in ("fltr_model_4", "somebody_elses"):
        memory_vectors.ensure_collection(name, 4)
        memory_vectors.upsert(name, [make_row(DATASET)])
    return memory_vectors


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_our_files_go_and_all_others_stay(folder: Path) -> None:
    storage.delete_everything()

    assert files_in(folder) == sorted(OTHERS)


def test_folders_that_held_only_our_files_go(settings: Any, tmp_path: Path) -> None:
    settings.STORAGE_URL = str(tmp_path)
    (tmp_path / OURS[0]).parent.mkdir(parents=True)
    (tmp_path / OURS[0]).write_text("12345")

    storage.delete_everything()

    assert not list(tmp_path.iterdir())


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "private" / DOCUMENT).mkdir(parents=True)
    (tmp_path / "private" / DOCUMENT / "1").write_text("mine")
    (folder / DATASET.replace("0b", "0c")).symlink_to(tmp_path / "private")

    storage.delete_everything()

    assert files_in(tmp_path / "private") == [f"{DOCUMENT}/1"]


def test_our_files_are_counted_with_their_size(folder: Path) -> None:
    assert holdings.files() == holdings.Holding("3 files", 15, "bytes")


def test_a_folder_that_is_not_there_holds_nothing(settings: Any, tmp_path: Path) -> None:
    settings.STORAGE_URL = str(tmp_path / "absent")

    storage.delete_everything()

    assert holdings.files().amount == 0


def test_our_collections_go_and_those_of_other_programs_stay(kept_vectors: VectorStore) -> None:
    assert holdings.vectors() == [holdings.Holding("fltr_model_4", 1, "entities")]

    holdings.drop_vectors()

    assert kept_vectors.collections() == ["somebody_elses"]


def test_the_file_of_the_embedded_engine_goes(settings: Any) -> None:
    with short_folder() as settings.DATA_DIR:
        settings.VECTOR_STORE_URI = ""
        (settings.DATA_DIR / "vectors").mkdir()
        (settings.DATA_DIR / "vectors" / "milvus.db").write_text("12345")
        assert holdings.vectors() == [holdings.Holding("milvus.db", 5, "bytes")]

        holdings.drop_vectors()

        assert holdings.vectors() == []


def test_an_engine_that_runs_keeps_its_file(settings: Any) -> None:
    with short_folder() as settings.DATA_DIR, running_engine(settings.DATA_DIR):
        settings.VECTOR_STORE_URI = ""
        get_vector_store().ensure_collection("fltr_model_4", 4)
        assert holdings.vectors() == [holdings.Holding("fltr_model_4", 0, "entities")]

        with pytest.raises(EngineError, match="Another instance"):
            holdings.drop_vectors()

        assert get_vector_store().collections() == ["fltr_model_4"]
        get_vector_store().close()
