"""What every channel has in common: the reply it sends, and what it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pp_bots.dialogue.engine import Outcome
from pp_bots.dialogue.state import State


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: the words (None: nothing is said), buttons where the channel has them, and the turn behind it."""

    text: str | None
    outcome: Outcome
    state: State
    buttons: Mapping[str, Any] | None = None
