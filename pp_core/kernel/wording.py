"""Values as people read them in English and Swahili, in characters that SMS and USSD carry in their cheap alphabet.

Names of days and months are CLDR's for plain `en` and `sw`: its Kenyan English writes `Sept`. Swahili days stay whole
(`Jumamosi`), as CLDR has them: four letters more, and nobody has to guess.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .locale import LANGUAGES, text

if TYPE_CHECKING:
    from .money import Money


def money(amount: "Money") -> str:
    """`KES 2,500`; cents only where there are any, as `KES 2,500.50`. The same in both languages."""
    whole, cents = divmod(abs(amount.minor), 100)
    sign = "-" if amount.minor < 0 else ""
    return f"{amount.currency} {sign}{whole:,}" + (f".{cents:02}" if cents else "")


def number(value: int | float | Decimal, decimals: int = 2) -> str:
    """`1,250.5`: thousands set apart, at most so many decimals and no trailing noughts. The same in both languages."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if not exact.is_finite():
        raise ValueError(f"{value} is no number that anybody can read.")
    written = f"{exact:,.{decimals}f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def weight(kilograms: int | float | Decimal) -> str:
    """`82.4 kg`."""
    return f"{number(kilograms)} kg"


_PACES = {"run": 1000, "walk": 1000, "hike": 1000, "row": 500, "swim": 100}
"""Metres that a pace is told for, by sport; what is not here is told as a speed."""
NO_PACE = "-"
"""Said where there is none."""
_SLOWEST_PACE = 3600
"""Seconds; who takes longer over those metres as good as stands."""


def distance(metres: float, language: str) -> str:
    """`850 m`, `5.24 km`; `mita 850`, `km 5.24`."""
    if round(metres) < 1000:
        return text("wording.metres", language, number=number(round(metres)))
    return text("wording.kilometres", language, number=number(metres / 1000))


def height(metres: float, language: str) -> str:
    """Metres up or down, however many: `1,250 m`, `mita 1,250`."""
    return text("wording.metres", language, number=number(round(metres)))


def duration(seconds: float) -> str:
    """As on a stopwatch: `0:40`, `27:15`, `1:27:15`; of a second the nearest whole one. The same in both languages."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def speed(metres_a_second: float, language: str) -> str:
    """`24.5 km/h`, `km 24.5/saa`."""
    return text("wording.speed", language, number=number(metres_a_second * 3.6, decimals=1))


def pace(metres_a_second: float | None, sport: str, language: str) -> str:
    """How fast, as the sport tells it: `5:12 /km` on foot, `2:05 /500 m` rowing, `1:50 /100 m` swimming, else `24.5 km/h`.

    `-` where nothing is known, or a pace is that of somebody who stands.
    """
    metres = _PACES.get(sport)
    if metres_a_second is None:
        return NO_PACE
    if metres is None:
        return speed(metres_a_second, language)
    if metres_a_second * _SLOWEST_PACE < metres:
        return NO_PACE
    return text(f"wording.pace_{metres}", language, time=duration(metres / metres_a_second))


def heart_rate(beats: int, language: str) -> str:
    """Beats a minute: `152 bpm`, `mapigo 152`."""
    return text("wording.heart_rate", language, number=number(beats))


def day(value: date, language: str, today: date) -> str:
    """`Sat 21 Nov`, `Jumamosi 21 Nov`; with its year when that is not today's."""
    return _day(value, language, "EEE d MMM" if value.year == today.year else "EEE d MMM y")


def full_day(value: date, language: str) -> str:
    """`21 Nov 2026`, for lists and whatever is kept."""
    return _day(value, language, "d MMM y")


def time_of_day(moment: datetime, timezone: str) -> str:
    """`18:30`, as the clock on the gym's wall shows an aware moment."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def days(count: int, language: str) -> str:
    """`3 days`, `siku 3`."""
    return text("wording.days", language, count=count, number=number(count))


def from_today(value: date, language: str, today: date) -> str:
    """How far off a day is: `today`, `tomorrow`, `in 3 days`, `yesterday`, `3 days ago`."""
    distance = (value - today).days
    match distance:
        case 0:
            return text("wording.today", language)
        case 1:
            return text("wording.tomorrow", language)
        case -1:
            return text("wording.yesterday", language)
    return text("wording.ahead" if distance > 0 else "wording.ago", language, days=days(abs(distance), language))


def ago(moment: datetime, now: datetime, language: str) -> str:
    """How long ago a moment was, in the largest unit of which there are two: `just now`, `40 s ago`, `2 min ago`."""
    seconds = (now - moment).total_seconds()
    if seconds < 10:
        return text("wording.just_now", language)
    if seconds < 120:
        return text("wording.seconds_ago", language, number=number(int(seconds)))
    if seconds < 2 * 3600:
        return text("wording.minutes_ago", language, number=number(int(seconds // 60)))
    if seconds < 2 * 86400:
        return text("wording.hours_ago", language, number=number(int(seconds // 3600)))
    return text("wording.ago", language, days=days(int(seconds // 86400), language))


def _day(value: date, language: str, pattern: str) -> str:
    from babel.dates import format_date

    return str(format_date(value, pattern, locale=language if language in LANGUAGES else "en"))
