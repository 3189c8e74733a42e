"""`pp up`: the server doors, the worker and the embedded database in one command; and a worker alone.

The server runs in this process, the worker in a child of its own (a fresh one: the pair and the database take about 250 MB,
and nothing is forked under threads). A pipe ties the child to us: when we are gone in whatever way, it finishes and goes too.
"""

import asyncio
import contextlib
import fcntl
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog

from pp_core.kernel import logging
from pp_core.kernel.db.problems import DatabaseProblem
from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.kernel.settings import Settings

from . import doors
from .database import Home
from .jobs import Reactions
from .wiring import Runtime

_log = structlog.stdlib.get_logger(__name__)

LOCK = "up.lock"
PARENT_PIPE = "PP_PARENT_PIPE"
REQUESTS_SECONDS = 10  # what requests in hand get when the server stops
WORKER_SECONDS = 15  # what jobs in hand get
LARGEST_MESSAGE = 1024 * 1024  # of a WebSocket, as of a body
IDLE_SECONDS = 75  # a connection without a request: longer than clients (httpx: 5) and proxies (nginx: 60) keep theirs
SHORTEST_PAUSE, LONGEST_PAUSE, GOOD_RUN = 0.2, 10.0, 30.0


class ServeProblem(DatabaseProblem):
    """The server cannot start here."""

    code = "up.problem"


class AlreadyUp(ServeProblem):
    """Another `pp up` runs on this data directory."""

    code = "up.already_running"


class PortTaken(ServeProblem):
    """The address cannot be listened on."""

    code = "up.port_taken"


@dataclass(frozen=True, slots=True)
class Up:
    """A server that is ready."""

    url: str
    directory: Path
    embedded: bool
    settings: Settings


def serve(settings: Settings, on_ready: Callable[[Up], None], *, with_worker: bool = True) -> None:
    """Serve until SIGINT or SIGTERM; then stop accepting, finish what is in hand, and let go of everything.

    Raises `DatabaseProblem`s (`AlreadyUp` and `PortTaken` among them) when it cannot start.
    """
    logging.set_up(settings.log_level)
    _terminate_like_ctrl_c()
    home = Home(settings)
    with _only_one(Path(home.directory), settings), _listening(settings) as listener, home:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, home, listener, on_ready, with_worker))


def work(settings: Settings, reactions: Reactions, on_ready: Callable[[], None] = lambda: None) -> None:
    """Run a worker until SIGINT or SIGTERM, or until the `pp up` that started it is gone; then finish the jobs in hand."""
    logging.set_up(settings.log_level)
    _terminate_like_ctrl_c()
    with Home(settings) as home:
        asyncio.run(_work(settings, home, reactions, on_ready))


def running(directory: Path) -> dict[str, Any] | None:
    """What the `pp up` on this data directory wrote of itself (pid, url, SMS gateway, Telegram), or None when there is none."""
    try:
        descriptor = os.open(directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with contextlib.suppress(ValueError, OSError):
            told: dict[str, Any] = json.loads((directory / LOCK).read_text())
            return told
        return {}
    finally:
        os.close(descriptor)
    return None


@contextmanager
def _only_one(directory: Path, settings: Settings) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = running(directory) or {}
            raise AlreadyUp(
                f"`pp up` runs already on {directory} (process {told.get('pid', 'unknown')}, {told.get('url', 'no address')}). "
                "Stop that one first, or choose another PP_DATA_DIR.",
                **told,
            ) from None
        os.truncate(descriptor, 0)
        told = {
            "pid": os.getpid(),
            "url": _url(settings.host, settings.port),
            "gateway": settings.sms.base_url if settings.sms.api_key else "",
            "telegram": settings.telegram.base_url if settings.telegram.token else "",
        }
        os.write(descriptor, json.dumps(told).encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise PortTaken(
            f"{settings.host} port {settings.port} cannot be listened on: {os.strerror(error.errno or 0).lower()}. "
            "Stop what uses it, or choose another with --port.",
            host=settings.host,
            port=settings.port,
        ) from error
    with listener:
        listener.setblocking(False)
        yield listener


def _url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - it is compared
    return f"http://{shown}:{port}"


async def _serve(
    settings: Settings, home: Home, listener: socket.socket, on_ready: Callable[[Up], None], with_worker: bool
) -> None:
    import uvicorn

    module, _, factory = doors.API.partition(":")
    create = getattr(import_module(module), factory)
    stop = asyncio.Event()
    _on_signals(stop)
    async with Runtime(settings, home) as runtime:
        config = uvicorn.Config(
            create(runtime),
            loop="none",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # whose X-Forwarded-* to believe is for PP_TRUSTED_PROXIES to say
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=REQUESTS_SECONDS,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="server")
        keeping = [asyncio.create_task(_keep_database(home), name="database")]
        worker = _Worker() if with_worker else None
        if worker is not None:
            keeping.append(asyncio.create_task(worker.keep(), name="worker"))
        try:
            await _until_started(server, serving)
            settle_memory()
            on_ready(
                Up(_url(settings.host, listener.getsockname()[1]), Path(home.directory), home.is_embedded, settings)
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([stopping, serving, *keeping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            await (
                runtime.listener.close()
            )  # who follows a topic would keep the server for as long as it waits for requests
            await runtime.ingest.close()  # while their senders can still be told what is stored
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
            for task in keeping:
                task.cancel()
            ended = await asyncio.gather(*keeping, return_exceptions=True)
            if worker is not None:
                await worker.stop()
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome


def settle_memory() -> None:
    """Tell the garbage collector that what is loaded by now stays: it would look through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


async def _until_started(server: Any, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            serving.result()
            raise ServeProblem("The server stopped while it started; its log above says why.")
        await asyncio.sleep(0.01)


def _terminate_like_ctrl_c() -> None:
    """Until the event loop takes the signals, let SIGTERM unwind as Ctrl-C does, so that the database is let go of."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)


def _Server(config: Any) -> Any:  # noqa: N802 - a class that is made when uvicorn is loaded
    import uvicorn

    class Guest(uvicorn.Server):
        """A server that leaves the signals to `pp up`."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Guest(config)


async def _keep_database(home: Home) -> None:
    """Start the embedded server again when it was killed; looking costs a file or two read."""
    lease = home.lease
    while lease is not None:
        await asyncio.sleep(1)
        if not lease.alive():
            try:
                if await asyncio.to_thread(lease.revive):
                    _log.warning("the database had died and was started again")
            except DatabaseProblem as problem:
                _log.error("the database cannot be started", problem=str(problem))
    await asyncio.Event().wait()


class _Worker:
    """The worker's process, kept alive."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        # Held open for as long as this process lives, and by nobody else.
        self._theirs, self._ours = os.pipe()

    async def keep(self) -> None:
        """Start it, and again whenever it ends; sooner after a long run than after a short one."""
        pause = SHORTEST_PAUSE
        while True:
            began = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pp_cli",
                "worker",
                "--quiet",
                env={**os.environ, PARENT_PIPE: str(self._theirs)},
                pass_fds=[self._theirs],
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is for us, who stop it when the server has stopped
            )
            code = await self._process.wait()
            pause = SHORTEST_PAUSE if time.monotonic() - began > GOOD_RUN else min(2 * pause, LONGEST_PAUSE)
            _log.warning("the worker ended and is started again", code=code, pause=pause)
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """Let it finish the jobs in hand, then make sure that it is gone."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), WORKER_SECONDS)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        os.close(self._theirs)
        os.close(self._ours)


async def _work(settings: Settings, home: Home, reactions: Reactions, on_ready: Callable[[], None]) -> None:
    from .worker import DatabaseLostError, Worker

    stop = asyncio.Event()
    _on_signals(stop)
    alone = PARENT_PIPE not in os.environ
    _follow_parent(stop)
    async with Runtime(settings, home, as_worker=True) as runtime:
        # Beside a server, that one looks after the database.
        keeping = asyncio.create_task(_keep_database(home) if alone else asyncio.Event().wait())
        on_ready()
        try:
            while not stop.is_set():
                try:
                    await Worker(runtime, reactions(runtime.pulse)).run(stop)
                except DatabaseLostError:
                    _log.warning("the database went away; the worker begins anew when it is back")
                    await _until_back(runtime, stop)
        finally:
            keeping.cancel()


async def _until_back(runtime: Runtime, stop: asyncio.Event) -> None:
    """Return when the database answers again, or when we are told to stop."""
    while not stop.is_set():
        try:
            async with runtime.database.transaction(read_only=True):
                return
        except DatabaseUnavailable:
            await asyncio.sleep(0.5)


def _follow_parent(stop: asyncio.Event) -> None:
    """Stop when the other end of the parent's pipe closes, which the kernel does even after kill -9."""
    told = os.environ.pop(PARENT_PIPE, "")
    if not told.isdigit():
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(int(told))
        stop.set()
        reaper = threading.Timer(WORKER_SECONDS, os._exit, [1])
        reaper.daemon = True
        reaper.start()

    loop.add_reader(int(told), gone)
