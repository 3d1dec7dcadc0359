"""Room 3: the product. Datasets, documents, jobs, search."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Datasets, documents and the work on them."""

    name = "datasets"
    verbose_name = "Datasets"
