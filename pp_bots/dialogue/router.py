"""From free text to a flow, with a confidence: opt-out, keywords, the flows' small grammars, near misses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from .flow import Flow, Talk
from .wording import TRIM, bare, direct, plain

SURE = 0.6
"""Below it nothing that changes something is done: the answer is a question."""
SURE_TO_SHOW = 0.4
"""Below it not even something is shown."""
NEAR = 0.8
"""How alike a word and a keyword must be for a near miss (ratio of matching letters, Ratcliff and Obershelp)."""

_NO = re.compile(
    r"(?:(?:no|nope|sorry|oops|aah+|la|hapana|zii?|siyo|sio|si|samahani|pole|wrong|mistake|actually|correction|i meant|"
    r"thats (?:wrong|not right)|that's (?:wrong|not right)|my mistake|ni?me ?kosea|ni?li ?kosea|nlikosea)\b[ ,.:;!-]*)+"
    r"(?:(?:i did|it was|it is|it's|its|should be|ni|ilikuwa|ilikua|nilifanya|nimefanya|nilipiga)\b[ ,.:;!-]*)*(?P<right>.*)",
    re.IGNORECASE,
)
_SO = frozenset({"sawa", "right", "correct", "hivyo", "that", "hiyo", "kweli", "haiko sawa"})
"""After a denial they say no more than it."""
_NOTHING_WRONG = frozenset(
    {"problem", "worries", "number", "wrong number", "late", "im late", "i'm late", "forget it", "shida"}
)
"""After a denial they speak of something else."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text was taken for: the flow, what it was told, and how sure that is (0 to 1)."""

    flow: Flow
    said: str
    confidence: float
    word: str = ""

    @property
    def is_sure(self) -> bool:
        """Whether it may be acted on without asking."""
        return self.confidence >= (SURE if self.flow.acts else SURE_TO_SHOW)


def keyword(text: str, flows: Iterable[Flow], talk: Talk) -> Understanding | None:
    """The flow whose keyword the text is, or begins with; courtesies around it make it a little less sure."""
    flows = list(flows)
    found = _keyword(text, flows, talk)
    without = direct(text)
    if without == plain(text) or (found is not None and found.confidence == 1.0):
        return found
    again = _keyword(without, flows, talk)
    if again is None or (found is not None and found.confidence > again.confidence):
        return found
    return replace(again, confidence=min(again.confidence, 0.95))


def _keyword(text: str, flows: Iterable[Flow], talk: Talk) -> Understanding | None:
    read = plain(text)
    command = read.startswith("/")
    if command:  # in a group the bot's name stands behind it: /checkin@kilimanibot 4821
        called, space, rest = read.partition(" ")
        read = called.partition("@")[0] + space + rest
    words = bare(read).lstrip("/")
    allowed = [flow for flow in flows if flow.may(talk)]
    if command:  # a word of one flow may be the command of another: Telegram means the command, a phone the word
        called = words.partition(" ")[0]
        allowed.sort(
            key=lambda flow: called != flow.command if talk.channel == "telegram" else called not in flow.words
        )
    found: tuple[Flow, str] | None = None
    for flow in allowed:
        for word in (*flow.words, *((flow.command,) if flow.command and command else ())):
            if words == word:
                return Understanding(flow, "", 1.0, word)
            if (
                words.startswith(word)
                and (command or not flow.alone)
                and words[len(word)] in " :,.-="
                and (found is None or len(word) > len(found[1]))
            ):
                found = (flow, word)
    if found is None:
        return None
    flow, word = found
    said = _after(read, word)
    if flow.takes:
        return Understanding(flow, said, 1.0 if command else 0.9, word)
    if any(char.isdigit() for char in said):
        return Understanding(flow, "", 0.39, word)  # `pr squat 140` is rather a workout
    # More was said than the keyword: it may be a sentence that happens to begin so.
    return Understanding(flow, "", max(0.3, 0.8 - 0.1 * len(said.split())), word)


def grammar(text: str, flows: Iterable[Flow], talk: Talk) -> Understanding | None:
    """The flow whose own grammar reads the text best."""
    read = [
        Understanding(flow, found[0], found[1])
        for flow in flows
        if flow.reading is not None and flow.may(talk) and (found := flow.reading(text)) is not None
    ]
    return max(read, key=lambda one: one.confidence, default=None)


def denial(text: str) -> tuple[str, float] | None:
    """`no, 3x8`: what is right after a denial, and how surely it corrects something; a denial alone is sure."""
    found = _NO.fullmatch(direct(text))
    if found is None:
        return None
    right = found["right"].strip()
    if not right and direct(text) != plain(text):
        return None  # "no, thanks"
    if not right or bare(right) in _SO:
        return "", 1.0
    if any(char.isdigit() for char in right):
        return right, 0.9
    return (right, 0.3) if len(right.split()) <= 2 and bare(right) not in _NOTHING_WRONG else None


def near_miss(text: str, flows: Iterable[Flow], talk: Talk) -> Understanding | None:
    """The flow whose keyword was probably meant by a short text; never sure enough to act on."""
    words = bare(text).lstrip("/")
    if not 3 <= len(words) <= 20 or len(words.split()) > 2:
        return None
    best: tuple[float, Flow] | None = None
    for flow in flows:
        if not flow.may(talk):
            continue
        for word in flow.words:
            if abs(len(word) - len(words)) > 2 or len(word) < 4:
                continue
            alike = SequenceMatcher(None, words, word).ratio()
            if alike >= NEAR and (best is None or alike > best[0]):
                best = (alike, flow)
    return None if best is None else Understanding(best[1], "", 0.39)


def _after(text: str, word: str) -> str:
    """What follows the keyword, in the letters it was written in."""
    read = plain(text).lstrip(TRIM + "/")
    return read[len(word) :].lstrip(" :,.-=").strip()
