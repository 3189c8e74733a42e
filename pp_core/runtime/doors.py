"""The server doors that `pp up` composes, by import string: none of them imports another, and the core imports none."""

from importlib import import_module
from typing import Any

API = "pp_api.app:create"
"""The ASGI application, as a factory `(runtime) -> app`."""

REACTIONS: dict[str, str] = {
    "notifications.text.received": "pp_bots.texts:answer",
}
"""What doors do when something happened: routing key to `async (client, payload)`."""

SIMULATORS: dict[str, str] = {
    "sms": "pp_bots.simulator.players:SmsPlayer",
    "ussd": "pp_bots.simulator.players:UssdPlayer",
    "telegram": "pp_bots.simulator.telegram.player:TelegramPlayer",
}
"""What plays the outside world for `pp sim`, by channel: a class that is a `pp_cli.commands.machine.playing.Player`."""

CONVERSATION = "pp_bots.texts:turn"
"""Answers one kept USSD turn within its request: `async (client, text_id) -> page`."""

LATE_ANSWER = "pp_bots.texts:late"
"""Sends by text what a page would have said: `async (client, text_id, page)`."""


SCREEN = "pp_tui.run:run"
"""Shows reception's screen until it is left: `(options) -> None`."""

SCREEN_OPTIONS = "pp_tui.run:Options"
"""What the screen is started with."""

SCREEN_SERVER = "pp_tui.serve.server:serve"
"""Serves the same screen to browsers until it is told to stop: `(options) -> None`."""

SCREEN_SERVER_OPTIONS = "pp_tui.serve.server:Options"
"""What that is started with."""


def found(target: str) -> Any:
    """What an import string names."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
