"""Tables of the fltr database."""

from datasets.models.dataset import Dataset
from datasets.models.document import Document
from datasets.models.payable import Lifecycle, Payable
from datasets.models.pending_answer import PendingAnswer
from datasets.models.processing_job import ProcessingJob
from datasets.models.purged_resource import PurgedResource, PurgeHorizon
from datasets.queue.models import ChoreRun
