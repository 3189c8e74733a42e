"""A local Telegram: the Bot API over HTTP and the handsets of the people who write to a bot.

A bot needs only another base URL. Source: Telegram Bot API documentation and the public server, tdlib/telegram-bot-api.
What neither says is noted where it was decided.
"""

from pp_bots.simulator.telegram.faults import Fault, FaultKind
from pp_bots.simulator.telegram.phone import Press, ReceivedMessage, Sent, TelegramPhone
from pp_bots.simulator.telegram.screen import ScriptStep, run_interactive, run_script
from pp_bots.simulator.telegram.server import TelegramSimulator, serve
from pp_bots.simulator.telegram.state import SimulatorSettings

__all__ = [
    "Fault",
    "FaultKind",
    "Press",
    "ReceivedMessage",
    "ScriptStep",
    "Sent",
    "SimulatorSettings",
    "TelegramPhone",
    "TelegramSimulator",
    "run_interactive",
    "run_script",
    "serve",
]
