"""How people put things: a text without the courtesies around it, folded for the flows' small grammars."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

_QUOTES = str.maketrans(dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−", "-"))
TRIM = " \t\r\n.,;:!?\"'()[]{}-*_"
_ADDRESSED = "boss coach kocha bro buda sir madam team bana buana manze guys dear admin there"
_BEFORE = frozenset(
    f"{_ADDRESSED} hi hello helo hey habari habarini mambo niaje sasa vipi sema jambo hujambo good morning afternoon evening "
    "please pls plz kindly tafadhali naomba asante thanks".split(" ")
)
_AFTER = frozenset(
    f"{_ADDRESSED} please pls plz kindly tafadhali thanks thank you thankyou thx asante asanteni sana shukran ahsante".split(
        " "
    )
)
_APART = re.compile(r"\b(nime|nili|tume|ku) (?=[a-z]{2})")
_NOTHING_SAID = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[^\w\s.,]|_")


@dataclass(frozen=True, slots=True)
class Wording:
    """One way in which people ask for something; see `data/wordings.yaml`."""

    lists: tuple[re.Pattern[str], ...]
    but: re.Pattern[str] | None
    words: int
    figures: bool
    sure: float

    def fits(self, said: str) -> bool:
        """Whether a folded text is worded so."""
        return (
            len(said.split()) <= self.words
            and (self.figures or not any(char.isdigit() for char in said))
            and all(one.search(said) for one in self.lists)
            and (self.but is None or self.but.search(said) is None)
        )


def plain(text: str) -> str:
    """A text for reading: NFKC, plain quotes and dashes, single spaces, nothing invisible. The original is kept elsewhere."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    seen = "".join(
        " " if char.isspace() else char
        for char in folded
        if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace()
    )
    return re.sub(r" +", " ", seen).strip()


def bare(text: str) -> str:
    """A text as keywords are compared: plain, lower case, without punctuation around it."""
    return plain(text).casefold().strip(TRIM)


def direct(text: str) -> str:
    """What is left without greeting, address and thanks around it, in its own letters; all of it if nothing would be."""
    words = plain(text).split(" ")
    begin, end = 0, len(words)
    while begin < end and _says_nothing(words[begin], _BEFORE):
        begin += 1
    while end > begin and _says_nothing(words[end - 1], _AFTER):
        end -= 1
    return " ".join(words[begin:end]) if begin < end else plain(text)


@lru_cache(maxsize=64)
def folded(text: str) -> str:
    """A text for a small grammar: direct, lower case, letters and figures only, `I'm` as `im`, `nime fika` as one word."""
    lower = direct(text).casefold().replace("'", "")
    return _APART.sub(r"\1", " ".join(_NOTHING_SAID.sub(" ", lower).split()))


def worded_as(flow: str) -> Callable[[str], tuple[str, float] | None]:
    """The small grammar of a flow that `data/wordings.yaml` describes: its sentence says no more than that it is meant."""

    def reads(text: str) -> tuple[str, float] | None:
        said = folded(text)
        return max((("", one.sure) for one in _wordings()[flow] if one.fits(said)), default=None)

    return reads


def any_of(words: str) -> re.Pattern[str]:
    """A pattern that finds any of the words; each is a regular expression in which `_` stands for a space."""
    return re.compile(r"\b(?:" + "|".join(word.replace("_", " ") for word in words.split()) + r")\b")


def _says_nothing(word: str, courtesies: frozenset[str]) -> bool:
    letters = word.casefold().strip(TRIM)
    return letters in courtesies or not any(char.isalnum() or char in "?/" for char in word)


@cache
def _wordings() -> Mapping[str, tuple[Wording, ...]]:
    content = yaml.safe_load((files("pp_bots") / "data" / "wordings.yaml").read_text(encoding="utf-8"))
    return {
        flow: tuple(
            Wording(
                tuple(any_of(one) for one in entry["lists"]),
                any_of(entry["but"]) if "but" in entry else None,
                entry["words"],
                entry.get("figures", True),
                entry.get("sure", 0.8),
            )
            for entry in entries
        )
        for flow, entries in content.items()
    }
