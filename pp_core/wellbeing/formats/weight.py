"""Read a text as what its writer weighs today: `82.4`, `82,4 kg`, `181 lb`, `nina kilo 82 na nusu`, `weight: 82`.

A text that holds any word beyond those below, a second number, or a sign of doubt, says something else: a workout, a goal, a
loss, another day. It is refused rather than guessed at.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from pp_core.kernel import numbers
from pp_core.kernel.normalise import normalise
from pp_core.kernel.units import POUND
from pp_core.wellbeing.operations import HEAVIEST, LIGHTEST, WeightRead

SPOKEN_OF, WITH_UNIT, BARE = 1.0, 0.8, 0.5
NOTHING = WeightRead(kilograms=None, confidence=0.0)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KILOGRAMS = _words("kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogramu kgm")
_POUNDS = _words("lb lbs pound pounds ratili pauni paundi")
_TOPIC = _words("weight weigh weighed weighing weighin wt wgt uzito uzani bodyweight bw nimepima nimejipima napima")
_SILENT = _words(
    "my me i am im i'm nina niko is it's its it was in at of a the body mwili wa na ni wangu yangu leo today todays "
    "today's now sasa asubuhi morning this hii ya mimi current currently hi hello hey habari coach kocha exactly "
    "please tafadhali just only tu nimefika"
)
_TOKEN = re.compile(r"(?P<number>[0-9]+(?:[.,][0-9]+)?)|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<sign>[^ \n])")
_QUIET_SIGNS = frozenset(".,:;=!-")
_MOST_TOKENS = 24


def read_weight(text: str) -> WeightRead:
    """The weight in kilograms, to two decimals (pounds to one), and how sure it is that one was told; see `WeightRead`."""
    folded = normalise(text)[1]
    words: list[str] = []
    last_end = -1
    for found in _TOKEN.finditer(folded):
        piece, glued = found.group(), found.start() == last_end
        last_end = found.end()
        if found.lastgroup == "sign":
            # A sign stuck before a number may be a minus or a share of something; behind one, only what ends a sentence.
            ahead = folded[found.end() : found.end() + 1]
            if piece not in _QUIET_SIGNS or (piece in "-.," and ahead.isdigit()):
                return NOTHING
            continue
        if glued and words and _is_figure(words[-1]) and _is_figure(piece):
            return NOTHING
        words.append(piece)
    if not words or len(words) > _MOST_TOKENS:
        return NOTHING
    return _read(words)


def _read(words: list[str]) -> WeightRead:
    value: Decimal | None = None
    unit: str | None = None
    spoken_of = False
    at = 0
    while at < len(words):
        word = words[at]
        number = _number(words, at)
        if number is not None:
            if value is not None:
                return NOTHING
            value, used = number
            at += used
            continue
        if word in _KILOGRAMS or word in _POUNDS:
            if unit is not None:
                return NOTHING
            unit = "kg" if word in _KILOGRAMS else "lb"
            half = numbers.half_after(words, at + 1)
            if half is not None and value is not None and _is_figure(words[at - 1]):
                value += Decimal(str(half[0]))  # `82 kg na nusu`
                at += half[1]
        elif word in _TOPIC:
            spoken_of = True
        elif word not in _SILENT:
            return NOTHING
        at += 1
    if value is None:
        return NOTHING
    if unit == "lb":
        value = (value * Decimal(str(POUND))).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if not LIGHTEST <= value <= HEAVIEST:
        return NOTHING
    return WeightRead(kilograms=value, confidence=SPOKEN_OF if spoken_of else WITH_UNIT if unit else BARE)


def _is_figure(word: str) -> bool:
    return word[0] in "0123456789"


def _number(words: list[str], at: int) -> tuple[Decimal, int] | None:
    """The number that begins at an index, in figures or words, with its `and a half` or `point four`: (value, words)."""
    if not _is_figure(words[at]):
        if words[at] not in numbers.NUMBER_WORDS and words[at] != "a":
            return None
        read = numbers.read_number(words, at)
        return None if read is None else (Decimal(str(read[0])), read[1])
    whole, _, fraction = words[at].replace(",", ".").partition(".")
    if len(whole) > 3 or len(fraction) > 2 or whole.startswith("0"):
        return None
    value, used = Decimal(words[at].replace(",", ".")), 1
    if fraction:
        return value, used
    half = numbers.half_after(words, at + 1)
    if half is not None:
        return value + Decimal(str(half[0])), used + half[1]
    if at + 2 < len(words) and words[at + 1] in ("point", "nukta"):
        tenths = (
            words[at + 2] if len(words[at + 2]) == 1 and _is_figure(words[at + 2]) else numbers.UNITS.get(words[at + 2])
        )
        if tenths is not None:
            return value + Decimal(tenths) / 10, used + 2
    return value, used
