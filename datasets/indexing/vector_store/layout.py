"""How a collection of chunks is laid out in Milvus."""

from types import ModuleType
from typing import Any

from datasets.indexing.vector_store.base import MAX_CONTENT_BYTES

INDEXED_FIELDS = {"dense", "sparse"}
_UUID_BYTES = 36
# A document id, two dots and two numbers of up to 18 digits.
_CHUNK_ID_BYTES = 80


def collection_schema(pymilvus: ModuleType, dimension: int, *, is_embedded: bool) -> Any:
    """Return the schema for chunks with vectors of this dimension.

    `pymilvus` is handed in, since importing it takes a second and is left to whoever connects.
    """
    types = pymilvus.DataType
    schema = pymilvus.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("chunk_id", types.VARCHAR, is_primary=True, max_length=_CHUNK_ID_BYTES)
    # Every search names its dataset, so a server reads one partition; the embedded engine cannot combine the two.
    schema.add_field("dataset_id", types.VARCHAR, max_length=_UUID_BYTES, is_partition_key=not is_embedded)
    schema.add_field("document_id", types.VARCHAR, max_length=_UUID_BYTES)
    for name in ("version", "chunk_index", "start_char", "end_char", "page"):
        schema.add_field(name, types.INT64)
    schema.add_field(
        "content",
        types.VARCHAR,
        max_length=MAX_CONTENT_BYTES,
        enable_analyzer=True,
        # This one stems and drops stop words; the standard analyzer does neither.
        analyzer_params={"type": "english"},
    )
    schema.add_field("dense", types.FLOAT_VECTOR, dim=dimension)
    schema.add_field("sparse", types.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        pymilvus.Function(
            name="bm25",
            function_type=pymilvus.FunctionType.BM25,
            input_field_names=["content"],
            output_field_names=["sparse"],
        )
    )
    return schema


def index_params(pymilvus: ModuleType, *, is_embedded: bool) -> Any:
    """Return the two indexes a search needs: cosine over `dense`, BM25 over `sparse`."""
    params = pymilvus.MilvusClient.prepare_index_params()
    # The embedded engine searches exactly; a server picks the kind of index that suits its size.
    params.add_index("dense", index_type="FLAT" if is_embedded else "AUTOINDEX", metric_type="COSINE")
    params.add_index(
        "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": 1.2, "bm25_b": 0.75}
    )
    return params
