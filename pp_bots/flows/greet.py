"""Greetings: answered with what can be done here, but not for ever: the other may be a machine as well."""

import re
from datetime import datetime, timedelta

from pp_bots.dialogue.flow import End, Flow, Go, Next, Talk
from pp_bots.dialogue.screen import Screen
from pp_bots.dialogue.wording import any_of, bare

FLOW = Flow("greet", words=(), strangers=True, acts=False)
_HELLO = any_of(
    "hi+ hello+ helo hey+ habari(ni)? mambo niaje sasa vipi sema jambo hujambo hamjambo shikamoo salamu salaam greetings yo xaxa "
    "good_(morning|afternoon|evening|day) morning evening oya"
)
_ALONG = any_of(
    "there you u r are how is it going doing today all everyone team yako yenu zenu gani ya za wa asubuhi mchana jioni leo poa "
    "boss coach kocha bro buda sir madam bana buana manze guys dear admin wewe ndugu rafiki msee bot wasee freshi"
)
_WITHIN = timedelta(minutes=10)


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """A greeting, and nothing that asks for anything."""
    return ("", 0.9) if only(text, _HELLO.pattern, _ALONG.pattern) else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """The menu; the third greeting within ten minutes is heard and left."""
    times = again(talk, "greeted")
    if times is None:
        return End(Screen(()), silent=True)
    return Go("menu", memory={"greeted": times})


def only(text: str, needed: str, along: str) -> bool:
    """Whether a short text begins as `needed` and holds no other words than those two patterns know."""
    said = " ".join(re.findall(r"[^\W_]+", bare(text)))
    return len(said.split()) <= 7 and re.fullmatch(rf"{needed}(?: (?:{needed}|{along}))*", said) is not None


def again(talk: Talk, name: str, most: int = 2) -> list[str] | None:
    """When this was answered in the last minutes, with now; None when that was often enough."""
    lately = [one for one in talk.memory.get(name) or () if talk.now - datetime.fromisoformat(one) < _WITHIN]
    return None if len(lately) >= most else [*lately, talk.now.isoformat()]
