"""Weigh in: what the scales say today."""

import re

from pp_bots.dialogue.flow import Ask, Flow, Next, Pass, Run, Talk, end
from pp_bots.dialogue.router import SURE
from pp_bots.dialogue.screen import Screen, ask, say
from pp_bots.dialogue.wording import any_of, direct, folded
from pp_core.wellbeing.operations import ParseWeight, RecordWeight, WeightRead, WeightRecorded

FLOW = Flow(
    "weigh_in",
    title="weigh_in.title",
    place=5,
    command="weight",
    words=("weight", "weigh", "weigh in", "my weight", "uzito", "uzito wangu", "pima"),
    takes=True,
)
_SCALES = any_of(
    "weight weigh weighed weighing wt uzito nime_?(ji)?pima nimeweigh nina niko im i_am am kgs? kilos? kilograms? lbs?"
)
_PIMA = re.compile(r"\bnime ?weigh\b", re.IGNORECASE)
_ALONE = re.compile(r"[\d.,]+ ?(?:kgs?|kilos?|lbs?)|(?:kgs?|kilos?) ?[\d.,]+")
_WISH = any_of("kupima_uzito (want_to|can_i)_weigh(_in|_myself)? nipime_uzito")


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """A figure and a word of scales: the core says whether it is what its writer weighs. A load alone may be of anything."""
    said = folded(text)
    if _WISH.search(said) and not any(char.isdigit() for char in said) and len(said.split()) <= 5:
        return "", 0.7
    if _ALONE.fullmatch(said):
        return said, 0.5
    spoken = re.sub(r"(?<=\d)(?=[a-z])", " ", said)
    if _SCALES.search(spoken) and len(re.findall(r"\d+(?:[.,]\d+)?", said)) == 1:
        return _PIMA.sub("nimepima", direct(text)), SURE
    return None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With the weight at once, or asking for it."""
    if not said:
        return Ask("kilograms")
    return Run(ParseWeight(text=said[:200]), "read", {"sentence": len(said.split()) > 3})


@FLOW.asks("kilograms")
def kilograms(talk: Talk) -> Screen:
    """The question, with an example."""
    return ask(say("weigh_in.ask"))


@FLOW.hears("kilograms")
def heard(talk: Talk, said: str) -> Next:
    """A number, with a unit or without."""
    return Run(ParseWeight(text=said[:200]), "read")


@FLOW.gets("read")
def read(talk: Talk, result: WeightRead) -> Next:
    """Keep it, or ask once more."""
    read_by_grammar = not talk.word and "sentence" in talk.data
    if read_by_grammar and (result.kilograms is None or result.confidence < SURE):
        return Pass()
    if result.kilograms is None and talk.data.get("sentence"):
        return Pass()  # `weight training on Mondays?`
    if result.kilograms is None:
        return Ask("kilograms", sorry=say("weigh_in.unreadable"))
    return Run(RecordWeight(kilograms=result.kilograms), "recorded")


@FLOW.gets("recorded")
def recorded(talk: Talk, result: WeightRecorded) -> Next:
    """Repeat it. What they weighed before is not told: whoever holds a stolen SIM would hear it."""
    return end(say("weigh_in.done", weight=result.weight.kilograms), made={"weight": str(result.weight.id)})
