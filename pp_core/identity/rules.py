"""Pure rules about logins: how they are spelled, and which passwords will do."""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from pp_core.kernel.ids import digest_id
from pp_core.kernel.phone import e164

SHORTEST = 10
LONGEST = 128
_STRANGERS = 1 << 16

REASONS = ("too_short", "too_long", "repeated", "sequence", "personal", "common")
"""Why a password will not do; each has a text `identity.password.<reason>`."""

_UNSPELLABLE = re.compile(r"[\x00-\x1f\x7f]")
_ROWS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT = {(left, right) for row in _ROWS for left, right in itertools.pairwise(row)}
_LEET = (str.maketrans("013457@$!", "oieastasi"), str.maketrans("013457@$!", "oleastasi"))


def read_login(text: str) -> str:
    """A phone in any Kenyan spelling as E.164; anything else in small letters, which is how e-mails are stored."""
    plain = _UNSPELLABLE.sub("", text).strip()
    if "@" not in plain:
        try:
            return e164(plain)
        except ValueError:
            pass
    return plain.lower()


def stranger(login: str) -> UUID:
    """The id under which wrong passwords for a name that no login has are counted.

    There are 65,536 of them, so that made-up names cannot fill the table; none is an id of a user, whose version is 7.
    """
    return digest_id("identity.stranger", str(digest_id("identity.login", login).int % _STRANGERS))


def normalised(password: str) -> str:
    """The same characters whatever keyboard typed them (NFKC, as NIST SP 800-63B section 5.1.1.2 asks)."""
    return unicodedata.normalize("NFKC", password)


def device_name(text: str) -> str:
    """What a device calls itself, without what cannot be shown or stored."""
    return "".join(char for char in text if char.isprintable()).strip() or "unnamed device"


def weaknesses(password: str, *, personal: Iterable[str], common: Collection[str]) -> list[str]:
    """Which of `REASONS` speak against a normalised password; none when it will do.

    `personal` are the owner's names, e-mail and phone; `common` are well-known passwords and their roots, in small letters.
    """
    found = []
    if len(password) < SHORTEST:
        found.append("too_short")
    if len(password) > LONGEST:
        return ["too_long"]
    plain = password.casefold()
    squeezed = "".join(char for char in plain if char.isalnum()) or plain
    if _repeats(plain):
        found.append("repeated")
    elif len(squeezed) >= 4 * _runs(squeezed) > 0:
        found.append("sequence")
    if any(_is_mostly(squeezed, token) for contact in personal for token in _tokens(contact)):
        found.append("personal")
    if any(candidate in common for candidate in _roots(plain)):
        found.append("common")
    return found


def _repeats(text: str) -> bool:
    """Whether the text is one piece said at least twice, with or without a cut at the end."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1))


def _runs(text: str) -> int:
    """How many pieces of an alphabet, a row of keys, or one character the text is made of."""
    runs, direction = 1 if text else 0, None
    for left, right in itertools.pairwise(text):
        steps = {
            step
            for step, holds in (
                (1, (left, right) in _NEXT), (-1, (right, left) in _NEXT), (0, left == right),
            )
            if holds
        }  # fmt: skip
        step = next(iter(steps), None)
        if step is None or (direction is not None and step != direction):
            runs, direction = runs + 1, None
        else:
            direction = step
    return runs


def _tokens(contact: str) -> Iterator[str]:
    """The pieces of a name, an e-mail or a phone that a password must not mainly consist of."""
    plain = contact.casefold()
    if plain.startswith("+"):
        yield plain[-9:]  # the national number, which every spelling contains
        return
    words = [plain, plain.partition("@")[0]] if "@" in plain else [plain, *plain.split()]
    for word in words:
        squeezed = "".join(char for char in word if char.isalnum())
        if len(squeezed) >= 4:
            yield squeezed


def _is_mostly(squeezed: str, token: str) -> bool:
    return token in squeezed and len(squeezed) - len(token) < 6


def _roots(plain: str) -> Iterator[str]:
    """The password itself, and the word that is left without what people put around and into one."""
    yield plain
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    yield bare
    for letters in _LEET:
        yield plain.translate(letters)
        yield re.sub(r"[\W\d_]+", "", re.sub(r"[\W\d_]{2,}$", "", plain).translate(letters))
        yield bare.translate(letters)
