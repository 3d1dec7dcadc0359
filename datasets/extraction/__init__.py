"""Files to text with positions. Importing this is cheap: the libraries load when a file of their kind is read."""

from datasets.extraction.base import Extraction, ExtractionError, Kind, PageSpan
from datasets.extraction.cleaning import clean_text
from datasets.extraction.detection import detect_kind
from datasets.extraction.extracting import extract
