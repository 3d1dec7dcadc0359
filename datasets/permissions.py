"""Who may see and change a dataset."""

from authbridge.shared.callers import Caller
from datasets.errors import DatasetNotFound, NotTheOwner
from datasets.models import Dataset
from datasets.models.dataset import Visibility


def is_owner(dataset: Dataset, caller: Caller | None) -> bool:
    """Tell whether the caller owns the dataset."""
    return caller is not None and dataset.owner_id == caller.user_id


def ensure_readable(dataset: Dataset, caller: Caller | None) -> None:
    """Let owners read all, and everybody what is public; a private dataset is not there for others."""
    if is_owner(dataset, caller) or dataset.visibility == Visibility.PUBLIC:
        return
    if dataset.visibility == Visibility.PREMIUM:
        raise NotTheOwner("This dataset is listed for all, and read by its owner alone.")
    raise DatasetNotFound


def ensure_writable(dataset: Dataset, caller: Caller | None) -> None:
    """Let the owner alone change a dataset."""
    if is_owner(dataset, caller):
        return
    if dataset.visibility == Visibility.PRIVATE:
        raise DatasetNotFound
    raise NotTheOwner
