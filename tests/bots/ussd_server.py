"""A small application that USSD sessions lead to, and the settings of a network that leads there."""

from collections.abc import Mapping

from starlette.responses import PlainTextResponse, Response

from pp_bots.simulator.africastalking import UssdNetwork, UssdSettings
from tests.bots.receiver import CallbackReceiver

PHONE = "+254711000001"
AIRTEL_PHONE = "+254733000001"
MENU = "CON Iron Gym\n1 Log\n2 Long"


async def menu(form: Mapping[str, str], _: Mapping[str, str]) -> Response:
    """A small application: every word of its behaviour hangs on the joined inputs alone."""
    text = form["text"]
    answers = {"": MENU, "2": "CON " + "abc defgh " * 40, "9": "END Bye", "8": "CON 😀" + "a" * 79}
    return PlainTextResponse(answers.get(text, f"END You typed {text}"))


def settings(receiver: CallbackReceiver, **changes: object) -> UssdSettings:
    values: dict[str, object] = {"callback_url": receiver.url("ussd"), "ended_url": receiver.url("ended")}
    return UssdSettings(**{**values, **changes})  # type: ignore[arg-type]


async def posts(network: UssdNetwork, receiver: CallbackReceiver, name: str) -> list[dict[str, str]]:
    await network.finished()
    return receiver.forms(name)
