"""Several people share this phone: ask which one writes, once, and remember."""

from pp_bots.dialogue.flow import Ask, End, Flow, Go, Next, Pass, Talk
from pp_bots.dialogue.screen import Choice, Screen, ask, say, shorten

FLOW = Flow("who", words=("who", "nani", "switch", "badilisha"), strangers=True, alone=True)
_LONGEST = 40


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """What was said before is taken up once we know who said it."""
    if not talk.others:
        return Pass()
    if len(talk.others) < 2:
        return End(Screen((say("who.one", name=talk.first_name, gym=talk.gym_name),)))
    return Ask("choose", {"held": said}, sure=0.5 if said else 1.0)


@FLOW.asks("choose")
def choose(talk: Talk) -> Screen:
    """Their names; with the gym where they are of several."""
    gyms = {one.tenant_id for one in talk.others}
    choices = []
    for one in talk.others:
        name = say("who.name", name=one.name)
        if len(gyms) > 1:
            name = say("who.name_at", name=shorten(one.name, _LONGEST), gym=shorten(one.gym_name, _LONGEST))
        choices.append(Choice(str(one.person_id), name))
    return ask(say("who.ask"), choices=choices)


@FLOW.hears("choose")
def chosen(talk: Talk, said: str) -> Next:
    """From now on it is them, until somebody writes WHO."""
    return Go("", talk.data["held"], {"person": said}) if talk.data["held"] else Go("menu", memory={"person": said})
