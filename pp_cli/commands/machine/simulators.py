"""`pp sim`: the outside world on this machine. The simulators are another door's, so they are found by import string."""

from pathlib import Path
from typing import Annotated

import typer

from pp_cli.binding import group
from pp_cli.commands.machine.playing import Output, Play, play
from pp_cli.commands.machine.trial import Wanted
from pp_cli.errors import Refused
from pp_cli.output import said

app = group("Play the outside world on this machine.")

Number = Annotated[
    str | None,
    typer.Argument(help="Be this phone in the terminal; without it or --script only simulate.", show_default=False),
]
Callbacks = Annotated[
    str | None, typer.Option("--callbacks", metavar="URL", help="Our server, if none is to be found or started here.")
]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on (else 8701, or a free one for a trial).")
]
Script = Annotated[
    str | None,
    typer.Option("--script", metavar="FILE", help='Play the lines of FILE or -: {"from": PHONE, "text": TEXT} each.'),
]
Format = Annotated[
    Output | None, typer.Option("--format", "-f", help="What a script prints: json, a line each, or screens as drawn.")
]
Picture = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw a script's screens into this file.")]
Code = Annotated[str | None, typer.Option("--code", help="The short code or service code that phones use.")]
Sandbox = Annotated[
    bool | None,
    typer.Option(
        "--sandbox/--no-sandbox",
        help="Use a throwaway gym whose members the phones are, or never do (else where there is no gym here).",
        show_default=False,
    ),
]
NewPhones = Annotated[bool, typer.Option("--new-phones", help="In a throwaway gym that knows none of the phones.")]
Wait = Annotated[float, typer.Option(min=0, max=600, help="Seconds that an answer may take.")]


@app.command()
def sms(
    number: Number = None,
    callbacks: Callbacks = None,
    host: Host = "127.0.0.1",
    port: Port = None,
    code: Code = None,
    script: Script = None,
    format: Format = None,
    svg: Picture = None,
    sandbox: Sandbox = None,
    new_phones: NewPhones = False,
    wait: Wait = 10.0,
) -> None:
    """Simulate Africa's Talking for texts: be a phone, play a script of phones, or only take and send.

    Phones talk to the `pp up` of this machine if it uses the simulator, else to one that is started for as long as it takes.
    """
    _checked(number, script, svg)
    wanted = Wanted(callbacks, host=host, port=port, sandbox=sandbox, new_phones=new_phones)
    play(Play("sms", wanted, number, script, format or "json", svg, code, wait))


@app.command()
def ussd(
    number: Number = None,
    callbacks: Callbacks = None,
    host: Host = "127.0.0.1",
    port: Port = None,
    code: Code = None,
    script: Script = None,
    format: Format = None,
    svg: Picture = None,
    sandbox: Sandbox = None,
    new_phones: NewPhones = False,
) -> None:
    """Simulate Africa's Talking for USSD: be a phone that dials, play a script of phones, or only run the gateway.

    In a script each line is one input; `*384*77*1#` or an empty text dials, {"from": PHONE, "hangup": true} hangs up.
    """
    _checked(number, script, svg)
    play(
        Play(
            "ussd",
            Wanted(callbacks, host=host, port=port, sandbox=sandbox, new_phones=new_phones),
            number,
            script,
            format or "json",
            svg,
            code,
        )
    )


@app.command()
def telegram(
    number: Number = None,
    callbacks: Callbacks = None,
    host: Host = "127.0.0.1",
    port: Port = None,
    bot: Annotated[str | None, typer.Option("--bot", help="The bot's username.")] = None,
    script: Script = None,
    format: Format = None,
    svg: Picture = None,
    sandbox: Sandbox = None,
    new_phones: NewPhones = False,
    wait: Wait = 10.0,
) -> None:
    """Simulate Telegram: be a handset, play a script of them, or only serve the Bot API.

    In a script `1` or a label presses a button, `/edit TEXT` edits the last message, `/reply N TEXT` answers message N;
    `/live LAT LON` shares a live location, `/move LAT LON [SECONDS]` moves it, `/end` ends it, `/file PATH` sends a file.
    """
    _checked(number, script, svg)
    wanted = Wanted(callbacks, "telegram", host, port, sandbox, new_phones)
    play(Play("telegram", wanted, number, script, format or "json", svg, bot, wait))


def _checked(number: str | None, script: str | None, svg: Path | None) -> None:
    if svg is not None and script is None:
        raise Refused(said("cli.sim.svg_alone"))
