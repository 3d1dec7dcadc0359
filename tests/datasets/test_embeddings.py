import logging
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from datasets.indexing import embeddings
from datasets.indexing.embeddings import BATCH_SIZE, EmbedderError, WordLlamaEmbedder, collection_name, get_embedder

PROJECT = Path(__file__).parents[2]
ODD = ["\0", "\ud800", "\udfff lone", "😀🦀", "\u200b", "\ufeff", "İ", "\x7f\x1b", "中文检索", " ", "\n", "a" * 300_000]


@pytest.fixture(scope="session")
def embedder() -> WordLlamaEmbedder:
    return WordLlamaEmbedder()


def test_every_text_becomes_a_vector_of_length_one(embedder: WordLlamaEmbedder) -> None:
    vectors = embedder.embed_documents(["A running dog", "The price of bread"])

    assert (vectors.shape, vectors.dtype) == ((2, embedder.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_texts_about_the_same_are_nearer(embedder: WordLlamaEmbedder) -> None:
    query = embedder.embed_query("How do I bake bread?")

    near, far = embedder.embed_documents(["Recipes for baking loaves", "The tax law of 1987"]) @ query

    assert near > far


def test_a_query_is_embedded_like_a_document(embedder: WordLlamaEmbedder) -> None:
    query = embedder.embed_query("A running dog")

    assert query.shape == (embedder.dimension,)
    assert np.array_equal(query, embedder.embed_documents(["A running dog"])[0])


def test_case_does_not_matter(embedder: WordLlamaEmbedder) -> None:
    assert np.array_equal(embedder.embed_query("A RUNNING Dog"), embedder.embed_query("a running dog"))


def test_a_text_gets_the_same_vector_in_any_company(embedder: WordLlamaEmbedder) -> None:
    texts = [f"text number {number} " * (number % 7 + 1) for number in range(2 * BATCH_SIZE + 3)]

    together = embedder.embed_documents(texts)

    assert np.array_equal(together, np.stack([embedder.embed_query(text) for text in texts]))


def test_no_texts_are_no_vectors(embedder: WordLlamaEmbedder) -> None:
    assert embedder.embed_documents([]).shape == (0, embedder.dimension)


def test_an_empty_text_has_no_direction(embedder: WordLlamaEmbedder) -> None:
    assert not embedder.embed_query("").any()


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_become_vectors_like_others(embedder: WordLlamaEmbedder, text: str) -> None:
    vector = embedder.embed_query(text)

    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_vectors_are_those_of_the_librarys_own_loader(embedder: WordLlamaEmbedder) -> None:
    import wordllama

    texts = ["a running dog", "the price of bread", "x"]
    library = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)

    expected = library.embed(texts, norm=True)

    assert embedder.embed_documents(texts) == pytest.approx(expected, abs=1e-6)


def test_loading_needs_no_network_and_leaves_the_root_logger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("The network was used.")

    monkeypatch.setattr(socket, "socket", refuse)
    level, handlers = logging.getLogger().level, list(logging.getLogger().handlers)

    WordLlamaEmbedder()

    assert (logging.getLogger().level, logging.getLogger().handlers) == (level, handlers)


def test_loading_imports_no_client_of_the_network() -> None:
    code = (
        "import sys; from datasets.indexing.embeddings import WordLlamaEmbedder as W; W()"
        "; print('requests' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_the_configured_embedder_is_loaded_once(settings: Any) -> None:
    settings.EMBEDDER = "wordllama"

    assert get_embedder() is get_embedder()
    assert get_embedder().name == "wordllama-256"


@pytest.mark.parametrize("kind", ["", "magic", "WordLlama"])
def test_an_embedder_that_is_not_there_is_named_with_those_that_are(settings: Any, kind: str) -> None:
    settings.EMBEDDER = kind

    with pytest.raises(EmbedderError, match=rf"EMBEDDER is '{kind}'.*'wordllama'"):
        get_embedder()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)

    with pytest.raises(EmbedderError, match="wordllama"):
        WordLlamaEmbedder()


@pytest.mark.parametrize(
    ("name", "dimension", "expected"),
    [
        ("wordllama-256", 256, "fltr_wordllama_256"),
        ("wordllama-256", 128, "fltr_wordllama_256_128"),
        ("BAAI/bge-small-en-v1.5", 384, "fltr_baai_bge_small_en_v1_5_384"),
        ("text-embedding-3-small", 1536, "fltr_text_embedding_3_small_1536"),
    ],
)
def test_a_collection_is_named_after_model_and_dimension(name: str, dimension: int, expected: str) -> None:
    assert collection_name(SimpleNamespace(name=name, dimension=dimension, dense_weight=0.5)) == expected


@pytest.mark.parametrize("name", ["模型", "", "x" * 500, "--", "-" * 300 + "a"])
def test_any_model_gets_a_name_that_milvus_takes(name: str) -> None:
    found = collection_name(SimpleNamespace(name=name, dimension=8, dense_weight=0.5))

    assert found.isascii()
    assert found.isidentifier()
    assert len(found) < 255
