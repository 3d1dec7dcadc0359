"""One web process: uvicorn on a socket that its parent opened."""

import logging.config
import socket
from collections.abc import Callable
from importlib import import_module
from typing import Any

import uvicorn

from fltr_project.door.crowd import PATIENCE_S, Stage

APPLICATION = "fltr_project.asgi:application"
STOP_TIMEOUT_S = 2
BACKLOG = 2_048


def configuration(beat: Callable[[], None]) -> uvicorn.Config:
    """Configure uvicorn: our connections, no words of its own, and quick to stop. Its loop beats every second."""

    async def notify() -> None:
        beat()

    return uvicorn.Config(
        APPLICATION,
        http="fltr_project.door.connections:Connection",
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(PATIENCE_S[Stage.IDLE]),
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
        callback_notify=notify,
        timeout_notify=1,
    )


def serve(listener: socket.socket, logging_settings: dict[str, Any], beat: Callable[[], None]) -> None:
    """Serve until SIGTERM; the first line of a process that its parent has spawned."""
    logging.config.dictConfig(logging_settings)
    # Before uvicorn loads the connections, whose module needs Django to be set up.
    import_module(APPLICATION.partition(":")[0])
    # It tells each bad request and each exception, which the door does itself.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.access").disabled = True
    uvicorn.Server(configuration(beat)).run(sockets=[listener])
