"""Playing phones of a simulated outside world: from a script, in this terminal, or not at all."""

import asyncio
import errno
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self, get_args

from pp_cli.commands.machine.trial import PORT, TOKEN, Trial, Wanted, choose, started, turn
from pp_cli.errors import UNAVAILABLE, Refused
from pp_cli.output import said, write
from pp_cli.processes import refuses
from pp_cli.session import language, narrate, settings
from pp_cli.textscript import Line, read_script
from pp_core.client.local import LocalClient
from pp_core.kernel.settings import Settings
from pp_core.notifications.operations import Channel
from pp_core.runtime import doors

Output = Literal["json", "screens"]


class Played(Protocol):
    """What one line came to: the id of its turn at our server, the reply, its parts, and what went wrong outside."""

    @property
    def gateway_id(self) -> str | None:
        """The id under which our server keeps the turn."""
        ...

    @property
    def reply(self) -> str | None:
        """What came back."""
        ...

    @property
    def parts(self) -> int:
        """What it cost, in texts or pages."""
        ...

    @property
    def screen(self) -> str | None:
        """CON or END where the channel has such."""
        ...

    @property
    def trouble(self) -> tuple[str, ...]:
        """What the outside world complains of."""
        ...


class Player(Protocol):
    """The phones of one channel and the simulator they live at; an async context manager that serves it.

    Made as `Player(server, settings, token=, code=, host=, port=)`, ValueError for a code that is none.
    """

    @property
    def probe(self) -> str:
        """The address of a webhook of ours, by which a wrong token shows."""
        ...

    @property
    def url(self) -> str:
        """Where the simulator listens."""
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    def environment(self) -> dict[str, str]:
        """The settings under which `pp up` uses this simulator."""
        ...

    def addresses(self) -> dict[str, str]:
        """What a gym must own to be reached, by kind of channel."""
        ...

    def number(self, given: str) -> str:
        """Who writes, as the channel spells it; ValueError."""
        ...

    def longest(self, number: str) -> int:
        """How many characters they send at once."""
        ...

    async def play(
        self, number: str, text: str, *, wait: float, settled: Callable[[str], Awaitable[bool]] | None = None
    ) -> Played:
        """Send one text; wait for the answer `wait` seconds, or until `settled` says that none will come."""
        ...

    async def hang_up(self, number: str) -> None:
        """End the session of one phone."""
        ...

    async def finish(self) -> None:
        """Close what is open, and wait until our server was told."""
        ...

    async def interact(self, number: str, language: str, hint: str = "") -> None:
        """Be one phone in this terminal; `hint` stays in sight where the screen is cleared."""
        ...

    async def run(self) -> None:
        """Only serve, until SIGINT or SIGTERM."""
        ...

    def drawn(self, language: str) -> str:
        """The newest exchange as a phone shows it."""
        ...

    def picture(self, language: str) -> str:
        """All exchanges as an SVG picture."""
        ...


@dataclass(frozen=True, slots=True)
class Play:
    """What is played: one phone's `number` in the terminal, or a `script`; neither: only the simulator."""

    channel: str
    wanted: Wanted
    number: str | None = None
    script: str | None = None
    output: Output = "json"
    picture: Path | None = None
    code: str | None = None
    wait: float = 10.0


def play(what: Play) -> None:
    """Do it; `Refused` for whatever cannot be."""
    if what.wanted.port:
        _free(what.wanted.host, what.wanted.port)
    if what.number is None and what.script is None:
        _only_serve(what)
        return
    # A simulator that is not served yet can spell numbers and measure texts: what is wrong is said before anything starts.
    draft = _player(what, "http://127.0.0.1", settings(), "", "127.0.0.1", 0)
    number = None if what.number is None else _spelled(draft, what.number)
    lines = None
    if what.script is not None:
        lines = read_script(what.script, number, spell=draft.number, longest=draft.longest)
    with choose(what.wanted) as trial:
        player = _player(what, trial.url, trial.settings, trial.token, trial.host, trial.port)
        _free(trial.host, trial.port)
        asyncio.run(_play(what, trial, player, number, lines))


def _only_serve(what: Play) -> None:
    chosen = settings()
    host, port = what.wanted.host, PORT if what.wanted.port is None else what.wanted.port
    player = _player(what, what.wanted.callbacks or f"http://{chosen.host}:{chosen.port}", chosen, TOKEN, host, port)
    exports = "\n".join(f"  export {name}={value}" for name, value in player.environment().items())
    narrate(said("cli.sim.serving", url=player.url, exports=exports, channel=what.channel))
    _free(host, port)
    asyncio.run(player.run())


async def _play(what: Play, trial: Trial, player: Player, number: str | None, lines: list[Line] | None) -> None:
    phones = list(dict.fromkeys(line.number for line in lines)) if lines is not None else [str(number)]
    members = [] if what.wanted.new_phones else phones
    async with player, started(trial, player.environment(), player.addresses(), members) as client:
        if not trial.starts and await asyncio.to_thread(refuses, player.probe):
            raise Refused(said("cli.sim.refused", url=trial.url), UNAVAILABLE)
        if lines is None:
            await player.interact(str(number), language(), trial.hint)
            await player.finish()
            return
        if client is None:
            narrate(said("cli.sim.no_record", url=trial.url))
        for line in lines:
            await _line(what, player, client, line)
            sys.stdout.flush()
        await player.finish()
    if what.picture is not None:
        what.picture.write_text(player.picture(language()), encoding="utf-8")


async def _line(what: Play, player: Player, client: LocalClient | None, line: Line) -> None:
    """Play one line and print what came of it."""
    if line.text is None:
        await player.hang_up(line.number)
        if what.output == "json":
            _print({"from": line.number, "hangup": True}, None, None, what.channel)
        return
    channel = _channel(what.channel)

    async def settled(gateway_id: str) -> bool:
        known = await turn(client, channel, gateway_id)
        return known is not None and known.intent is not None and known.reply is None

    played = await player.play(line.number, line.text, wait=what.wait, settled=settled if client is not None else None)
    for trouble in played.trouble:
        narrate(said("cli.sim.line", line=line.place, problem=trouble))
    if what.output == "screens":
        sys.stdout.write(player.drawn(language()))
        return
    known = await turn(client, channel, played.gateway_id)
    _print({"from": line.number, "text": line.text}, played, known, what.channel)


def _print(line: dict[str, Any], played: Played | None, known: Any, channel: str) -> None:
    row = {
        **line,
        "intent": getattr(known, "intent", None),
        "understood": getattr(known, "understood", None),
        "reply": None if played is None else played.reply,
        "parts": 0 if played is None else played.parts,
        "flow": getattr(known, "flow", None),
    }
    if channel == "ussd":
        row["screen"] = None if played is None else played.screen
    write(json.dumps(row, ensure_ascii=False))


def _player(what: Play, server: str, chosen: Settings, token: str, host: str, port: int) -> Player:
    make = doors.found(doors.SIMULATORS[what.channel])
    try:
        player: Player = make(server, chosen, token=token, code=what.code, host=host, port=port)
    except ValueError as error:
        raise Refused(said("cli.sim.no_code", given=str(what.code), channel=what.channel)) from error
    return player


def _spelled(player: Player, given: str) -> str:
    try:
        return player.number(given)
    except ValueError as error:
        raise Refused(said("invalid.phone", given=repr(given[:40]))) from error


def _channel(name: str) -> Channel:
    assert name in get_args(Channel)
    return name  # type: ignore[return-value]


def _free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on before anything is started."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(said("cli.sim.port_taken", host=host, port=port)) from error
        raise Refused(said("cli.sim.no_listening", host=host, port=port, reason=error.strerror)) from error
