"""What queries are charged as."""

from datasets.search.passages import HYBRID, KEYWORD, VECTOR

EMBEDDING_SEARCH = "embedding_search"
OPERATIONS = {HYBRID: "hybrid_query", VECTOR: "vector_query", KEYWORD: "keyword_query"}
