"""How a command runs an operation: for whom, where, and in which language."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pp_cli.options import chosen

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pp_core.client.protocol import Client
    from pp_core.kernel.operation import Operation
    from pp_core.kernel.settings import Settings

    R = TypeVar("R", bound=BaseModel)

T = TypeVar("T")


def language() -> str:
    """`--lang`, else PP_LANG, else Swahili where the locale says so, else English."""
    from pp_core.kernel.locale import language_of

    return chosen.lang or language_of(os.environ)


def gym() -> str | None:
    """`--gym`, else PP_GYM."""
    return chosen.gym or os.environ.get("PP_GYM") or None


def settings() -> "Settings":
    """The installation's settings, from the environment."""
    from pp_core.kernel.settings import Settings

    return Settings.from_environment()


def narrate(text: str) -> None:
    """Tell a person what happens, on stderr; `--quiet` silences it."""
    if not chosen.quiet:
        sys.stderr.write(f"{text}\n")


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end."""
    return asyncio.run(work)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a blocking read at once: asyncio's own handler only cancels at the next await."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, kept)


@asynccontextmanager
async def client() -> "AsyncIterator[Client]":
    """A client for whoever runs this command: the login's server, or this machine as an operator."""
    from pp_core.client.connect import connect
    from pp_core.kernel.policy import Door

    quiet_logs()
    async with connect(
        door=Door.CLI,
        gym=gym(),
        language=language(),
        server=chosen.server or os.environ.get("PP_SERVER") or None,
        local=chosen.local,
    ) as connected:
        yield connected


def run(operation: "Operation[R]", *, key: str | None = None) -> "R":
    """Run one operation."""

    async def work() -> "R":
        async with client() as connected:
            return await connected.run(operation, key=key)

    return complete(work())


def quiet_logs() -> None:
    """Keep the library's logs out of a person's terminal, unless PP_LOG_LEVEL asks for them."""
    with contextlib.suppress(ImportError):
        from pp_core.kernel import logging

        logging.set_up(os.environ.get("PP_LOG_LEVEL", "CRITICAL").upper())
