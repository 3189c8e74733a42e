"""`pp sim`: the outside world on this machine. The simulators are another door's, so they are found by import string."""

import asyncio
import errno
from importlib import import_module
from typing import Annotated, Any

import typer

from pp_cli.binding import group
from pp_cli.errors import Refused
from pp_cli.output import said
from pp_cli.session import narrate, settings
from pp_core.kernel.phone import e164
from pp_core.runtime import doors

app = group("Play the outside world on this machine.")


@app.command()
def sms(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8701,
    server: Annotated[
        str | None,
        typer.Option("--callbacks", help="Our server, which incoming texts are sent to (else PP_HOST and PP_PORT)."),
    ] = None,
    phone: Annotated[
        str | None, typer.Option(help="Also be this phone: type texts, see what comes back.", metavar="NUMBER")
    ] = None,
) -> None:
    """Simulate Africa's Talking: takes the texts that go out, and sends those that phones write.

    It prints the settings under which `pp up` uses it.
    """
    number = None if phone is None else _number(phone)
    chosen = settings()
    target = (server or f"http://{chosen.host}:{chosen.port}").rstrip("/")
    token = chosen.sms.callback_token or "simulator"
    module = import_module(doors.SIMULATORS["sms"])
    simulated = module.SimulatorSettings(
        incoming_url=f"{target}/hooks/sms/{token}/incoming",
        report_url=f"{target}/hooks/sms/{token}/report",
        opt_out_url=f"{target}/hooks/sms/{token}/opt-out",
    )
    narrate(
        said(
            "cli.sim.sms",
            url=f"http://{host}:{port}",
            username=simulated.username,
            api_key=simulated.api_key,
            token=token,
            short_code=simulated.short_code,
        )
    )
    try:
        if number is None:
            asyncio.run(module.serve(host, port, simulated))
        else:
            asyncio.run(_with_phone(module, host, port, simulated, number))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(said("cli.sim.port_taken", host=host, port=port)) from error
        raise


def _number(phone: str) -> str:
    """The phone as the gateway spells it: answers are addressed in E.164, however it was typed here."""
    try:
        return e164(phone)
    except ValueError as error:
        raise Refused(said("invalid.phone", given=phone[:40])) from error


async def _with_phone(module: Any, host: str, port: int, simulated: Any, number: str) -> None:
    handset = import_module(doors.SIMULATORS["phone"])
    async with (
        module.AfricasTalkingSimulator(simulated, host=host, port=port) as simulator,
        handset.Phone(number, simulator.url, to=simulated.short_code) as held,
    ):
        await handset.run_interactive(held)
