"""Whatever a parser throws at a hostile file leaves extraction as one kind of error."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from datasets.extraction.base import ExtractionError


def damaged_file() -> ExtractionError:
    """Say that the file broke off or was altered."""
    return ExtractionError("damaged_file", "The file is damaged or incomplete. Open it, save it again and upload that.")


def too_much_memory() -> ExtractionError:
    """Say that the file is too large for us to take apart."""
    return ExtractionError("too_much_memory", "Reading the file takes more memory than we have. Split it into parts.")


def extraction_crashed() -> ExtractionError:
    """Say that the fault is ours."""
    return ExtractionError(
        "extraction_crashed", "Reading the file failed in a way it never should. We will look into it."
    )


@contextmanager
def only_extraction_errors() -> Iterator[None]:
    """Turn every failure inside into an `ExtractionError`."""
    try:
        yield
    except ExtractionError:
        raise
    except MemoryError as error:
        raise too_much_memory() from error
    except (ImportError, NameError) as error:
        raise extraction_crashed() from error
    # Parsers of hostile files fail in more ways than their documentation lists; each means the same to the uploader.
    except Exception as error:
        is_out_of_memory = isinstance(error, OSError) and error.errno == errno.ENOMEM
        raise (too_much_memory() if is_out_of_memory else damaged_file()) from error
