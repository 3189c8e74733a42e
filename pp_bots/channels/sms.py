"""SMS: one text, as few parts as it takes. Choices are words with their numbers."""

from pp_bots.dialogue.engine import Outcome
from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.screen import Screen, shorten, worded
from pp_core.kernel.gsm7 import to_gsm7
from pp_core.notifications.operations import LONGEST_REPLY

from .wire import Reply


def reply(outcome: Outcome) -> Reply:
    """What is sent for an outcome."""
    words = None if outcome.screen is None else shown(outcome.screen, outcome.talk)
    return Reply(words, outcome, outcome.state)


def shown(screen: Screen, talk: Talk) -> str:
    """A screen in one text: `Did you mean Squat 5x5 100kg? 1 Yes, 2 No`."""
    said = ""
    for line in screen.lines:
        said += ("" if not said else " " if said[-1] in ".!?:" else ", ") + worded(line, talk.language, talk.today)
    if screen.choices:
        labels = (worded(choice.label, talk.language, talk.today) for choice in screen.choices)
        said += " " + ", ".join(f"{number} {label}" for number, label in enumerate(labels, 1))
    return shorten(to_gsm7(said), LONGEST_REPLY)
