"""Pure rules: codes, names, dates and languages as files spell them; PINs; addresses of channels."""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pp_core.kernel.phone import e164
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
        plain = digits[1:]  # stored as +254 7..; what looks like the start of a phone may also be the end of a code
    elif re.fullmatch(r"\+?\d{4,}", digits):
        plain = digits
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed at the desk to find a person by.

    `phone` is the number when it is a whole one; `begins` is how a phone begins (`+254711`) of which `words` are digits.
    """

    words: str
    code: str
    phone: str | None = None
    begins: str | None = None


_BEGINS = re.compile(r"(?:\+?254|0(?=[17]))(\d{0,9})|([17]\d{2,8})")


def read_typed(query: str) -> Typed:
    """Any part of a name, phone or code; a phone in any usual spelling, with spaces or without."""
    code = _SPACES.sub("", query).upper()
    digits = re.sub(r"[\s()./-]", "", query)
    if not re.fullmatch(r"\+?\d{3,}", digits):
        return Typed(query, code)
    phone = None
    if len(digits) >= 9:
        try:
            phone = e164(digits)
        except ValueError:
            phone = None
    beginning = _BEGINS.fullmatch(digits)
    if beginning is None:
        return Typed(digits, code, phone, digits)
    rest = beginning[1] or beginning[2] or ""
    # Of 0711 the zero is not kept: what is left may as well be the end of a code or of another phone.
    return Typed(digits if digits.lstrip("+").startswith("254") else rest, code, phone, f"+254{rest}")


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


_ADDRESSES = {
    # A short code, a long number, or a sender name as GSM 03.40 allows it: at most eleven characters, a letter among them.
    "sms": re.compile(r"[0-9]{3,8}|\+[1-9][0-9]{7,14}|(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 ._-]{1,9}[A-Za-z0-9]"),
    # As Africa's Talking names a service: *384# or, behind a shared code, *384*77#.
    "ussd": re.compile(r"\*[0-9]{2,6}(?:\*[0-9]{1,10})*#"),
    # Telegram's usernames: letters, digits and underscores; most bots' end in "bot", bought ones need not.
    "telegram": re.compile(r"[a-z][a-z0-9_]{3,31}"),
}


def channel_address(kind: str, given: str) -> str:
    """An address as its gateway sends it: no spaces in codes, a bot's name in small letters and without @."""
    plain = unicodedata.normalize("NFKC", given).strip()
    if kind == "telegram":
        return re.sub(r"^(?:(?:https?://)?(?:t|telegram)\.me/|@)", "", plain, flags=re.IGNORECASE).lower()
    return plain if any(char.isalpha() for char in plain) else _SPACES.sub("", plain)


def is_channel_address(kind: str, address: str) -> bool:
    """Whether it has the form of that kind of channel, once spelled by `channel_address`."""
    return _ADDRESSES[kind].fullmatch(address) is not None
