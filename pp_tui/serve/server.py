"""`pp tui --serve`: serves reception's screen to browsers until it is told to stop."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from starlette.applications import Starlette

from pp_core.client.signing_in import reach
from pp_core.kernel import locale, logging
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings

from .connections import Connection, ScreenConnection
from .guard import Address, origin_of
from .site import Plan, create

PORT = 8081
COMMAND = (sys.executable, "-m", "pp_tui")
STOP_SECONDS = 10
LARGEST_MESSAGE = 256 * 1024
"""Of a browser: the longest is a pasted text."""


class AddressTaken(Problem):
    """The screen's address cannot be listened on."""

    kind = Kind.CONFLICT
    code = "serve.address_taken"


class UrlUnusable(Problem):
    """The address that browsers are said to use is no origin of pages."""

    kind = Kind.INVALID
    code = "serve.url_unusable"


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever starts the server chose.

    `url` is the address that browsers use where a proxy stands before us; `server` and `local` say where the core is, as for any
    screen. `command` starts one screen, and `narrate` is told what a person should know.
    """

    narrate: Callable[[str], None]
    language: str = "en"
    lock_minutes: float = 5.0
    server: str | None = None
    local: bool = False
    host: str = "127.0.0.1"
    port: int = PORT
    url: str | None = None
    command: Sequence[str] = COMMAND


def serve(options: Options) -> None:
    """Serve until SIGINT or SIGTERM, then end every screen.

    `UrlUnusable`; `AddressTaken` when it cannot listen; `DatabaseProblem`s when this machine's database is the core and cannot
    be opened.
    """
    url = None if options.url is None else origin_of(options.url)
    if options.url is not None and url is None:
        raise UrlUnusable(url=options.url)
    settings = Settings.from_environment()
    logging.set_up(settings.log_level)
    plan = Plan(
        command=options.command,
        most_screens=settings.screens,
        idle_seconds=settings.screen_idle_minutes * 60.0,
        address=Address(url, settings.trusted_proxies, options.host),
        language=options.language,
        lock_minutes=options.lock_minutes,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the event loop takes it
    with _listening(options.host, options.port) as listener:
        asyncio.run(_serve(plan, options, settings, listener))


async def _serve(plan: Plan, options: Options, settings: Settings, listener: socket.socket) -> None:
    host, language = options.host, options.language
    reaching = reach(door=Door.TUI, language=language, server=options.server, local=options.local, settings=settings)
    async with reaching as core:
        server = _Server(configured(create(plan, core)))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        shown = f"[{host}]" if ":" in host else host
        at = plan.address.url or f"http://{shown}:{listener.getsockname()[1]}"
        options.narrate(locale.text("serve.ready", language, url=at))
        if not _is_this_machine(host) and not at.startswith("https:"):
            options.narrate(locale.text("serve.exposed", language, host=host))
        await server.serve(sockets=[listener])


def configured(app: Starlette) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        loop="none",
        http=Connection,
        ws=ScreenConnection,
        ws_max_size=LARGEST_MESSAGE,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whose X-Forwarded-* to believe is for PP_TRUSTED_PROXIES to say
        timeout_graceful_shutdown=STOP_SECONDS,
    )


class _Server(uvicorn.Server):
    """Leaves the signals to us, so that the core is let go of as well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressTaken(host=host, port=port, reason=os.strerror(error.errno or 0).lower()) from error
    with listener:
        listener.setblocking(False)
        yield listener


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
