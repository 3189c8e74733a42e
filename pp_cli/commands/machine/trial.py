"""The server that simulated phones talk to: the one that runs, one of our own for as long as it takes, or a throwaway gym."""

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pp_cli import sandbox
from pp_cli.errors import UNAVAILABLE, Refused
from pp_cli.output import said
from pp_cli.processes import Broken, free_port, start, stop, unconfigured, wait_for
from pp_cli.session import narrate, settings
from pp_core.client.local import LocalClient
from pp_core.kernel.call import Operator, System
from pp_core.kernel.errors import NotFound
from pp_core.kernel.policy import Door
from pp_core.kernel.settings import Settings
from pp_core.notifications.operations import Channel, GetTurn, Understood
from pp_core.runtime.database import Home
from pp_core.runtime.serve import running
from pp_core.runtime.wiring import Runtime
from pp_core.tenants.operations import ListGyms

PORT = 8701
"""Where a simulated gateway listens unless told otherwise."""
TOKEN = "simulator"  # noqa: S105 - of a callback address on this machine only
_POOL = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. `callbacks` is our server's address, `outside` which part of the outside world is played there.

    `sandbox` is None where we may choose.
    """

    callbacks: str | None = None
    outside: Literal["gateway", "telegram"] = "gateway"
    host: str = "127.0.0.1"
    port: int | None = None
    sandbox: bool | None = None
    new_phones: bool = False


@dataclass(slots=True)
class Trial:
    """A server to play phones against, and where its database is. `token` is for callbacks that have none in `settings`.

    `starts` says that it is ours to start, `furnished` that a gym has to be made first. `database` is None where the server's
    record of a turn cannot be read from here.
    """

    url: str
    token: str
    host: str
    port: int
    settings: Settings
    database: Home | None = None
    directory: Path | None = None
    starts: bool = False
    furnished: bool = False
    hint: str = ""
    environment: dict[str, str] = field(default_factory=dict)


@contextmanager
def choose(wanted: Wanted) -> Iterator[Trial]:
    """Decide which server it is and hold its database open; `Refused` says what stands in the way."""
    chosen = settings()
    if wanted.new_phones and wanted.sandbox is False:
        raise Refused(said("cli.sim.new_phones"))
    if wanted.callbacks is not None:
        if wanted.sandbox or wanted.new_phones:
            raise Refused(said("cli.sim.callbacks_or_sandbox"))
        trial = Trial(_address(wanted.callbacks), TOKEN, wanted.host, _port(wanted, PORT), chosen)
        with _opened(trial, Home(chosen) if _is_there(chosen) else None):
            yield trial
        return
    if wanted.sandbox or wanted.new_phones:
        with _throwaway(wanted) as trial:
            yield trial
        return
    told = running(Path(Home(chosen).directory))
    if told is not None:
        with _opened(_beside(wanted, chosen, told), Home(chosen)) as trial:
            yield trial
    elif _has_gym(chosen):
        with _opened(_on_this_home(wanted, chosen), Home(chosen)) as trial:
            yield trial
    elif wanted.sandbox is None:
        narrate(said("cli.sim.sandbox"))
        with _throwaway(wanted) as trial:
            yield trial
    else:
        raise Refused(said("cli.sim.no_gym"))


@asynccontextmanager
async def started(
    trial: Trial, environment: Mapping[str, str], addresses: Mapping[str, str], phones: Sequence[str]
) -> AsyncIterator[LocalClient | None]:
    """Furnish and start what is ours to start, with the simulator's `environment`; yields a client as the system.

    The client reads the trial's database; None where that is out of reach. Raises `Refused` when the server does not come up.
    """
    if trial.database is None:
        yield None
        return
    effective = Settings.from_environment({**trial.environment, **environment}) if trial.starts else trial.settings
    async with Runtime(replace(effective, pool_size=_POOL), trial.database) as runtime:
        system = LocalClient(runtime.pulse, Door.CLI, System("simulator"))
        if trial.furnished:
            code = await sandbox.furnish(LocalClient(runtime.pulse, Door.CLI), addresses, phones)
            trial.hint = said("cli.sim.code", gym=sandbox.GYM, code=code)
            narrate(trial.hint)
        if not trial.starts:
            yield system
            return
        assert trial.directory is not None
        narrate(said("cli.sim.starting"))
        log = trial.directory / "simulator.log"
        with log.open("w") as errors:
            server = start(
                ["up", "--port", urlsplit(trial.url).netloc.rpartition(":")[2]],
                {**trial.environment, **environment},
                errors,
            )
            try:
                await _until_up(trial.url, server, log)
                yield system
            finally:
                await asyncio.to_thread(stop, [server])


async def turn(client: LocalClient | None, channel: Channel, gateway_id: str | None) -> Understood | None:
    """Our server's own record of what one input was taken for; None where there is none."""
    if client is None or gateway_id is None:
        return None
    try:
        return await client.run(GetTurn(channel=channel, gateway_id=gateway_id))
    except NotFound:
        return None


async def _until_up(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    try:
        await asyncio.to_thread(wait_for, f"{url}/readyz", [server])
    except Broken as broken:
        raise Refused(said("cli.sim.not_up", reason=str(broken), log=_last_lines(log)), UNAVAILABLE) from broken


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-5:])


@contextmanager
def _opened(trial: Trial, home: Home | None) -> Iterator[Trial]:
    if home is None:
        yield trial
        return
    with home:
        trial.database = home
        yield trial


@contextmanager
def _throwaway(wanted: Wanted) -> Iterator[Trial]:
    """A home in a temporary directory, gone at the end."""
    directory = Path(tempfile.mkdtemp(prefix="pp-sandbox-"))
    directory.chmod(0o711)  # the embedded database's own user enters it
    try:
        environment = {
            **unconfigured(),
            "PP_DATA_DIR": str(directory),
            "PP_LANG": os.environ.get("PP_LANG", ""),
            "PP_LOG_LEVEL": "ERROR",
            "PP_RATE_STANDARD": "1000/minute",
        }
        chosen = Settings.from_environment(environment)
        trial = Trial(
            f"http://127.0.0.1:{free_port()}",
            secrets.token_hex(8),
            wanted.host,
            _port(wanted, 0),
            chosen,
            directory=directory,
            starts=True,
            furnished=True,
            environment=environment,
        )
        with _opened(trial, Home(chosen, throwaway=True)):
            yield trial
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _beside(wanted: Wanted, chosen: Settings, told: dict[str, object]) -> Trial:
    """Use the `pp up` that runs, if its gateway is a simulator's place on this machine."""
    gateway, url = str(told.get(wanted.outside) or ""), str(told.get("url") or "")
    place = urlsplit(gateway)
    if place.hostname not in ("127.0.0.1", "localhost", "::1") or place.port is None or not url:
        raise Refused(said("cli.sim.up_elsewhere", url=url or "?", pid=str(told.get("pid", "?"))))
    if wanted.port not in (None, place.port):
        raise Refused(said("cli.sim.up_port", url=url, port=place.port))
    return Trial(url, TOKEN, place.hostname, place.port, chosen)


def _on_this_home(wanted: Wanted, chosen: Settings) -> Trial:
    """Start a `pp up` on this home, that knows only the simulator of the outside."""
    environment = {**os.environ, "PP_TELEGRAM_TOKEN": "", "PP_LOG_LEVEL": "ERROR"}
    directory = Path(Home(chosen).directory)
    return Trial(
        f"http://127.0.0.1:{free_port()}",
        secrets.token_hex(8),
        wanted.host,
        _port(wanted, 0),
        chosen,
        directory=directory,
        starts=True,
        environment={**environment, "PP_HOST": "127.0.0.1"},
    )


def _is_there(chosen: Settings) -> bool:
    """Whether this machine has a database already: looking must not make one."""
    home = Home(chosen)
    return not home.is_embedded or (Path(home.directory) / "roles.json").exists()


def _has_gym(chosen: Settings) -> bool:
    return _is_there(chosen) and asyncio.run(_gyms(chosen))


async def _gyms(chosen: Settings) -> bool:
    with Home(chosen) as home:
        async with Runtime(replace(chosen, pool_size=1), home) as runtime:
            client = LocalClient(runtime.pulse, Door.CLI, Operator(sandbox.OPERATOR))
            return bool((await client.run(ListGyms(limit=1))).items)


def _address(callbacks: str) -> str:
    place = urlsplit(callbacks)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise Refused(said("cli.sim.no_address", given=callbacks[:80]))
    return callbacks.rstrip("/")


def _port(wanted: Wanted, default: int) -> int:
    return default if wanted.port is None else wanted.port
