"""Read a text as an activity: `RUN 5.2km 28:30`, `ran 5k in 28 min`, `nimekimbia km 5.2 dk 28`, `walk 3 km`.

A text that holds any word beyond those below, a second distance or a second time, says something else: a workout in the gym
(`treadmill`), a plan, a race to come. It is refused rather than guessed at.
"""

import re
from dataclasses import dataclass, replace

from pp_core.kernel import numbers
from pp_core.kernel.normalise import normalise
from pp_core.kernel.wording import duration, number
from pp_core.tracking.operations import Sport
from pp_core.tracking.operations.typed import FURTHEST, LONGEST, ActivityRead
from pp_core.tracking.rules.sports import LIMITS

WHOLE, PART, GUESSED = 1.0, 0.8, 0.5
MILE = 1609.344
NOTHING = ActivityRead(sport=None, distance_m=None, duration_s=None, days_ago=0, confidence=0.0, canonical="")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPORTS = {
    Sport.RUN: _words(
        "run runs ran running jog jogs jogged jogging mbio kimbia kukimbia nimekimbia nilikimbia nikakimbia tumekimbia jogi"
        " nimejog nimerun nilirun"
    ),
    Sport.WALK: _words(
        "walk walks walked walking tembea kutembea nimetembea nilitembea tumetembea matembezi nimewalk nimewok"
    ),
    Sport.RIDE: _words(
        "ride rides rode ridden riding cycle cycled cycling bike biked biking baiskeli baisikeli bicycle nimecycle nimeride"
    ),
    Sport.HIKE: _words("hike hikes hiked hiking nimehike nimepanda kupanda mlima trek trekked trekking"),
    Sport.SWIM: _words("swim swam swum swimming ogelea kuogelea nimeogelea niliogelea nimeswim"),
    Sport.SKATE: _words("skate skated skating nimeskate"),
}
_SPORT_OF = {word: sport for sport, words in _SPORTS.items() for word in words}
_METRES = {
    **dict.fromkeys(_words("km kms k kilometre kilometres kilometer kilometers kilomita kilometa"), 1000.0),
    **dict.fromkeys(_words("m metre metres meter meters mita"), 1.0),
    **dict.fromkeys(_words("mi mile miles maili"), MILE),
}
_SECONDS = {
    **dict.fromkeys(_words("h hr hrs hour hours saa masaa"), 3600),
    **dict.fromkeys(_words("min mins minute minutes minutes' dk dak dakika"), 60),
    **dict.fromkeys(_words("s sec secs second seconds sek sekunde"), 1),
}
_HALF_HOURS = (("half", "an", "hour"), ("half", "hour"), ("nusu", "saa"))
_RACES = {"marathon": 42_195.0}
_SILENT = _words(
    "i i've ive have a an the my for in of about around approx just today this morning evening afternoon leo asubuhi jioni"
    " mchana na kwa ndani ya za niko nime nili hi hello hey habari coach kocha please tafadhali tu done did distance time"
    " umbali muda nimeendesha niliendesha endesha kuendesha went go easy long nice slow and good finished nimemaliza session"
    " outside nje park road"
)
_YESTERDAY = _words("yesterday jana")
_TOKEN = re.compile(
    r"(?P<clock>[0-9]{1,3}:[0-9]{2}(?::[0-9]{2})?(?![0-9:]))|(?P<number>[0-9]+(?:[.,][0-9]+)?)|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<sign>[^ \n])"
)
_POINTED = re.compile(r"([0-9]+)[.,]([0-5][0-9])")
"""`28.30` after a distance is a time that was written with a point."""
_PRIMED = re.compile(r"(?<![0-9])([0-9]{1,3})'([0-5][0-9])(?:\"|(?![0-9]))")
"""`28'30` and `28'30"` are a clock, as watches write it."""
_QUIET_SIGNS = frozenset(".,:;=!-~")
_MOST_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Said:
    """What a text holds of an activity; `guesses` counts the units that had to be supplied."""

    sport: Sport | None = None
    metres: float | None = None
    seconds: int | None = None
    days_ago: int = 0
    guesses: int = 0


def read_activity(text: str) -> ActivityRead:
    """What the text tells of an activity, and how sure it is that one was told; see `ActivityRead`."""
    said = read_parts(text)
    if said is None or said.sport is None or (said.metres is None and said.seconds is None):
        return NOTHING
    whole = said.metres is not None and said.seconds is not None
    confidence = GUESSED if said.guesses else WHOLE if whole else PART
    if is_too_fast(said.sport, said.metres, said.seconds):
        confidence = min(confidence, GUESSED)
    return ActivityRead(
        sport=said.sport,
        distance_m=said.metres,
        duration_s=said.seconds,
        days_ago=said.days_ago,
        confidence=confidence,
        canonical=canonical(said.sport, said.metres, said.seconds),
    )


def canonical(sport: Sport, metres: float | None, seconds: int | None) -> str:
    """`run 5.2km 28:30`, `swim 800m`, `walk 45min`: the shorthand that reads as the same."""
    said = [sport.value]
    if metres is not None:
        said.append(f"{number(metres / 1000, 3)}km" if metres >= 1000 else f"{number(metres, 1)}m")
    if seconds is not None:
        said.append(duration(seconds) if metres is not None or seconds % 60 else f"{seconds // 60}min")
    return " ".join(said).replace(",", "")


def is_too_fast(sport: Sport, metres: float | None, seconds: int | None) -> bool:
    """Whether nobody ever went so far in that time: faster than the best sustained speeds of the sport."""
    if metres is None or seconds is None:
        return False
    best = next((speed for lasting, speed in LIMITS[sport].records if seconds <= lasting), LIMITS[sport].records[-1][1])
    return metres / seconds > best


def read_parts(text: str) -> Said | None:
    """What a text holds of an activity; None where it says anything else."""
    tokens = _tokens(text)
    if not tokens or len(tokens) > _MOST_TOKENS:
        return None
    said: Said | None = Said()
    bare: list[str | float] = []
    at = 0
    while at < len(tokens) and said is not None:
        said, at = _take(tokens, at, said, bare)
    return None if said is None else _with_bare(said, bare)


def _tokens(text: str) -> list[str] | None:
    folded = _PRIMED.sub(r"\1:\2", normalise(text)[1])
    tokens: list[str] = []
    for found in _TOKEN.finditer(folded):
        piece = found.group()
        if found.lastgroup == "sign":
            if piece not in _QUIET_SIGNS or (piece == "-" and folded[found.end() : found.end() + 1].isdigit()):
                return None
            continue
        tokens.append(piece)
    return tokens


def _take(tokens: list[str], at: int, said: Said, bare: list[str | float]) -> tuple[Said | None, int]:
    """What one token, or the figure and unit that begin with it, add."""
    word = tokens[at]
    if ":" in word:
        return _timed(said, _clock(word)), at + 1
    figure = _number(tokens, at)
    if figure is not None:
        value, used = figure
        unit = tokens[at + used] if at + used < len(tokens) else ""
        if unit in _METRES or unit in _SECONDS:
            value, used = _with_half(tokens, at + 1, figure)
            return _measured(said, unit, value), at + used + 1
        bare.append(word if word[0].isdigit() else value)
        return said, at + used
    if word in _METRES or word in _SECONDS:  # `km 5.2 dk 28`
        figure = _number(tokens, at + 1) if at + 1 < len(tokens) and ":" not in tokens[at + 1] else None
        if figure is not None:
            # `saa moja` is an hour, and seven o'clock.
            told = replace(said, guesses=said.guesses + 1) if word == "saa" else said
            value, used = _with_half(tokens, at + 1, figure)
            return _measured(told, word, value), at + 1 + used
        if at + 1 < len(tokens) and ":" in tokens[at + 1] and word in _SECONDS:
            return said, at + 1  # `dakika 28:30`
        return None, at
    for idiom in _HALF_HOURS:
        if tuple(tokens[at : at + len(idiom)]) == idiom:
            return _timed(said, 1800), at + len(idiom)
    if word in _SPORT_OF:
        sport = _SPORT_OF[word]
        return (replace(said, sport=sport) if said.sport in (None, sport) else None), at + 1
    if word in _RACES or (word == "half" and tokens[at + 1 : at + 2] == ["marathon"]):
        half_of = word == "half"
        metres = _RACES["marathon"] / 2 if half_of else _RACES[word]
        return (replace(said, metres=metres) if said.metres is None else None), at + 1 + half_of
    if word in _YESTERDAY:
        return replace(said, days_ago=1), at + 1
    return (said if word in _SILENT else None), at + 1


def _with_half(tokens: list[str], at: int, figure: tuple[float, int]) -> tuple[float, int]:
    """A figure that ends before `at` plus its length, with the half that may follow: `km 5 na nusu`."""
    value, used = figure
    half = numbers.half_after(tokens, at + used)
    return (value + half[0], used + half[1]) if half is not None and value == int(value) else figure


def _measured(said: Said, unit: str, value: float) -> Said | None:
    if unit == "m" and value < 60:  # behind hours they are minutes; behind a distance, likely
        if said.seconds is not None and said.seconds % 3600 == 0:
            unit = "min"
        elif said.metres is not None and said.seconds is None:
            unit, said = "min", replace(said, guesses=said.guesses + 1)
    if unit in _METRES:
        metres = value * _METRES[unit]
        return replace(said, metres=round(metres, 1)) if said.metres is None and 0 < metres <= FURTHEST else None
    # `1 hr 5 min` are one time; `5 min 6 min` are not.
    seconds = round(value * _SECONDS[unit])
    if said.seconds is not None and (said.seconds % 60 or seconds >= 3600 or (seconds >= 60 and said.seconds % 3600)):
        return None
    return _timed(replace(said, seconds=None), (said.seconds or 0) + seconds)


def _timed(said: Said, seconds: int | None) -> Said | None:
    return (
        replace(said, seconds=seconds)
        if seconds is not None and said.seconds is None and 0 < seconds <= LONGEST
        else None
    )


def _clock(word: str) -> int | None:
    """`28:30` are minutes and seconds, `1:02:10` hours before them."""
    parts = [int(part) for part in word.split(":")]
    if any(part > 59 for part in parts[1:]):
        return None
    return parts[0] * 60 + parts[1] if len(parts) == 2 else parts[0] * 3600 + parts[1] * 60 + parts[2]


def _with_bare(said: Said, bare: list[str | float]) -> Said | None:
    """A figure without a unit is kilometres where no distance was said, else minutes; each is a guess."""
    for figure in bare:
        value = float(str(figure).replace(",", "."))
        if said.metres is None and 0 < value <= 300:
            said = replace(said, metres=round(value * 1000, 1), guesses=said.guesses + 1)
        elif said.seconds is None and 0 < value <= 600:
            found = _POINTED.fullmatch(str(figure))
            seconds = int(found[1]) * 60 + int(found[2]) if found else round(value * 60)
            said = replace(said, seconds=seconds, guesses=said.guesses + 1)
        else:
            return None
    return said


def _number(tokens: list[str], at: int) -> tuple[float, int] | None:
    """The number that begins at an index, in figures or words: (value, tokens)."""
    word = tokens[at]
    if word[0].isdigit():
        return float(word.replace(",", ".")), 1
    if word in numbers.HALVES:
        return None
    return numbers.read_number(tokens, at) if word in numbers.NUMBER_WORDS else None
