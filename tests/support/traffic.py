"""People who go on and on: `python -m tests.support.traffic USER FOLDER` until FOLDER/enough is there.

Each of some threads makes datasets, uploads into them and deletes what it uploaded. FOLDER/going is there once all do.
"""

import sys
import threading
import uuid
from contextlib import suppress
from pathlib import Path

THREADS = 4


def go_on(user_id: uuid.UUID, folder: Path, number: int) -> None:
    """Make a dataset, a document in it, and often delete that."""
    from authbridge.shared.errors import DomainError
    from credits.accounts import user_account
    from credits.services import Payer
    from datasets.models import Document
    from datasets.services.datasets import create_dataset
    from datasets.services.documents import Upload, delete_document, upload_document
    from datasets.storage.incoming import receive_text

    payer = Payer(user_account(user_id))
    for round in range(100_000):
        if (folder / "enough").exists():
            return
        with suppress(DomainError):
            name = f"{number}-{round}"
            dataset, _ = create_dataset(operation_id=uuid.uuid4(), owner_id=user_id, payer=payer, name=name)
            incoming = receive_text(f"Something worth reading: {name}.", "note.txt")
            document, _ = upload_document(dataset=dataset, payer=payer, upload=Upload(uuid.uuid4(), incoming, {}))
            if round % 2:
                delete_document(Document.objects.get(id=document.id))
        (folder / f"going-{number}").touch()


if __name__ == "__main__":
    import os

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "fltr_project.settings"
    django.setup()
    user, place = uuid.UUID(sys.argv[1]), Path(sys.argv[2])
    threads = [threading.Thread(target=go_on, args=(user, place, number)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
