"""English or Swahili, from the next word on."""

from typing import Literal

from pp_bots.dialogue.flow import Ask, Flow, Go, Next, Run, Talk
from pp_bots.dialogue.screen import Choice, Screen, ask, say
from pp_bots.dialogue.wording import any_of, folded
from pp_core.kernel.operation import Done
from pp_core.tenants.operations import SetLanguage

_NAMES = {
    "en": ("english", "kiingereza", "en"),
    "sw": ("swahili", "kiswahili", "sw"),
}
FLOW = Flow(
    "language",
    title="language.title",
    place=7,
    command="language",
    words=("language", "lugha", *_NAMES["en"], *_NAMES["sw"]),
    strangers=True,
    alone=True,
)
_WANTED = any_of(
    "i want to use in can you could speak write reply nataka andika jibu ongea tumia kwa change switch badilisha language lugha "
    "my the yangu only tu me with ya"
)
_CHOICES = (Choice("en", say("language.en")), Choice("sw", say("language.sw")))


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """`andika kwa kiswahili`: one language is named, and nothing else."""
    said = folded(text)
    left = _WANTED.sub("", said).split()
    if len(left) == 1 and len(left[0]) > 2 and left[0] in _NAMES["en"] + _NAMES["sw"]:
        return left[0], 0.8
    return ("", 0.8) if not left and any(word in said.split() for word in ("language", "lugha")) else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """The one that was named, or the question which."""
    named = said or talk.word
    if named in _NAMES["en"]:
        return _set(talk, "en")
    return _set(talk, "sw") if named in _NAMES["sw"] else Ask("choose")


@FLOW.asks("choose")
def choose(talk: Talk) -> Screen:
    """In both languages, for whoever reads only one."""
    return ask(say("language.ask"), choices=_CHOICES)


@FLOW.hears("choose")
def chosen(talk: Talk, said: str) -> Next:
    """One of the two."""
    return _set(talk, "sw" if said == "sw" else "en")


@FLOW.gets("set")
def is_set(talk: Talk, result: Done) -> Next:
    """Say so in that language, and go on with it."""
    return _speak(talk.data["language"])


def _set(talk: Talk, language: Literal["en", "sw"]) -> Next:
    """Of a member the gym keeps it, of anybody else the conversation."""
    if talk.person is None:
        return _speak(language)
    return Run(SetLanguage(language=language), "set", {"language": language})


def _speak(language: str) -> Go:
    return Go("menu", memory={"language": language}, lead=say("language.done"))
