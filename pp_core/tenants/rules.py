"""Pure rules about people: codes, names, dates and languages as files spell them."""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from pp_core.kernel.policy import Role

CONSENT_WORDING = "data-2026-11: The gym keeps my name, phone, visits and workouts to run my membership."
"""Which wording people agree to; a new wording gets a new name, old consents keep theirs."""

_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def member_code(number: int) -> str:
    """`M00042`: five digits or as many as it takes."""
    return f"M{number:05d}"


def tidy_name(name: str) -> str:
    """A name with single spaces; one written all in capitals or all small gets capitals where names have them."""
    spaced = _SPACES.sub(" ", name).strip()
    return _WORD.sub(_capitalised, spaced) if spaced.isupper() or spaced.islower() else spaced


def _capitalised(word: re.Match[str]) -> str:
    """`O'Brien` but `Ng'ang'a`: only after a single letter does the apostrophe begin a name."""
    first, *rest = re.split("(?<=['’])", word[0].lower())
    joined = rest[0].capitalize() + "".join(rest[1:]) if rest and len(first) == 2 else "".join(rest)
    return first.capitalize() + joined


def same_name(left: str, right: str) -> bool:
    """Whether two spellings are one name: case, accents, spaces and the order of the words do not matter."""
    return _name_key(left) == _name_key(right)


def _name_key(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return tuple(sorted(re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)))))


def like_pattern(words: str) -> str:
    """A LIKE pattern that finds `words` anywhere; a phone in national spelling finds the stored international one."""
    plain = _SPACES.sub(" ", words).strip().lower()
    digits = re.sub(r"[\s()-]", "", plain)
    if re.fullmatch(r"0[17]\d{2,8}", digits):
        plain = "254" + digits[1:]
    elif re.fullmatch(r"\+?\d{4,}", digits):
        plain = digits
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def is_staff(roles: Iterable[str]) -> bool:
    """Whether somebody of these roles is more than a member."""
    return any(role != Role.CLIENT for role in roles)


def sorted_roles(roles: Iterable[str]) -> list[str]:
    """Each role once, in the order of `Role`: how they are stored."""
    held = set(roles)
    return [role.value for role in Role if role in held]


def is_good_pin(pin: str, phone: str | None) -> bool:
    """Four to six digits that repeat nothing (1111, 1212), are no run (1234, 4321, 7890), and do not end the phone."""
    if not re.fullmatch("[0-9]{4,6}", pin):
        return False
    steps = {(int(right) - int(left)) % 10 for left, right in itertools.pairwise(pin)}
    repeats = any(pin == (pin[:size] * 6)[: len(pin)] for size in range(1, len(pin) // 2 + 1))
    return not repeats and steps not in ({1}, {9}) and not (phone or "").endswith(pin)


_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[-/. ](?P<month>\d{1,2})[-/. ](?P<year>\d{4})"),
)


def read_date(text: str) -> date | None:
    """`2026-11-21`, `21/11/2026` or `21.11.2026` (day first, as Kenya writes it); None for anything else."""
    for form in _FORMS:
        if match := form.fullmatch(text.strip().removesuffix(" 00:00:00")):
            try:
                return date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                return None
    return None


_LANGUAGES = {
    "": "en", "en": "en", "eng": "en", "english": "en", "kiingereza": "en",
    "sw": "sw", "swa": "sw", "swahili": "sw", "kiswahili": "sw",
}  # fmt: skip


def read_language(text: str) -> str | None:
    """`en` or `sw` for any usual name of either; None for other languages."""
    return _LANGUAGES.get(text.strip().lower())
