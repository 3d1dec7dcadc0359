"""Text to vectors, behind one protocol."""

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

COLLECTION_PREFIX = "fltr_"
BATCH_SIZE = 64
# Far beyond any chunk or query, and what keeps one absurd text from filling the memory.
MAX_TEXT_CHARS = 100_000


class Embedder(Protocol):
    """Turns texts into vectors that cosine similarity compares.

    `dense_weight` is the share of the vector search in a hybrid score: a property of the model, found by measuring.
    """

    name: str
    dimension: int
    dense_weight: float

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 of shape (texts, dimension); each row has length 1, or 0 for a text that says nothing."""

    def embed_query(self, text: str) -> np.ndarray:
        """Return float32 of shape (dimension,), comparable with what `embed_documents` returns."""


class EmbedderError(Exception):
    """The embedding model is not available as configured."""


class WordLlamaEmbedder:
    """The mean of static token vectors, from the files in the wordllama package: no network, no GPU.

    The package's own loader is left out: it can download, its import configures the root logger, and its pooling pads
    every text of a batch to the longest one (0.5 GB for 64 abstracts). The vectors are the same.
    """

    name = "wordllama-256"
    dimension = 256
    dense_weight = 0.3

    def __init__(self) -> None:
        from safetensors import safe_open
        from tokenizers import Tokenizer

        folder = _package_folder("wordllama")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        with safe_open(folder / "weights" / "l2_supercat_256.safetensors", framework="np") as weights:
            self._table = np.ascontiguousarray(weights.get_tensor("embedding.weight"), dtype=np.float32)

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH_SIZE):
            batch = [_prepare(text) for text in texts[start : start + BATCH_SIZE]]
            for row, encoding in enumerate(self._tokenizer.encode_batch(batch, add_special_tokens=False), start):
                if encoding.ids:
                    vectors[row] = self._table[encoding.ids].mean(axis=0)
        return _normalise(vectors)

    def embed_query(self, text: str) -> np.ndarray:
        vector: np.ndarray = self.embed_documents([text])[0]
        return vector


def get_embedder() -> Embedder:
    """Return the configured embedder, loaded once per process."""
    from django.conf import settings

    return _load(settings.EMBEDDER)


def collection_name(embedder: Embedder) -> str:
    """Name the one collection that holds all vectors of this model and dimension."""
    model = re.sub(r"[^a-z0-9]+", "_", embedder.name.lower()).strip("_")
    if len(model) > 100 or not model:
        model = f"{model[:80]}_{hashlib.sha256(embedder.name.encode()).hexdigest()[:12]}".strip("_")
    suffix = f"_{embedder.dimension}"
    return f"{COLLECTION_PREFIX}{model.removesuffix(suffix)}{suffix}"


@functools.cache
def _load(kind: str) -> Embedder:
    if kind != "wordllama":
        raise EmbedderError(f"EMBEDDER is {kind!r}; the embedder supported now is 'wordllama'.")
    return WordLlamaEmbedder()


def _package_folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderError(f"The package {package} is not installed.")
    return Path(spec.submodule_search_locations[0])


def _prepare(text: str) -> str:
    """Lower the case, which the model was found to need, and drop what has no UTF-8 form."""
    return text[:MAX_TEXT_CHARS].lower().encode("utf-8", "replace").decode("utf-8")


def _normalise(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: np.ndarray = vectors / np.where(lengths > 0, lengths, 1)
    return normalised
