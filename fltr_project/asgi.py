"""The ASGI application, which uvicorn serves: the door, with Django behind it."""

# It sets Django up, which everything after it needs.
from fltr_project.wsgi import application as handler  # isort: split

from fltr_project.door.application import Door
from fltr_project.http.known import known_sender

application = Door(handler, known_sender)
