"""The menu: what can be done here, for this person."""

from pp_bots.dialogue.flow import Ask, Flow, Go, Next, Talk
from pp_bots.dialogue.screen import Choice, Screen, ask, say

FLOW = Flow("menu", words=("menu", "menyu", "orodha", "home", "mwanzo"), strangers=True, acts=False, alone=True)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Whatever waited before is over. Of several people on one phone it is first asked who they are."""
    return Go("who") if talk.person is None and len(talk.others) > 1 else Ask("choose")


@FLOW.asks("choose")
def choose(talk: Talk) -> Screen:
    """Every task that has a place in the menu and is for this person."""
    from pp_bots.flows import flows

    there = [flow for flow in flows().values() if flow.place is not None and flow.may(talk)]
    choices = [Choice(flow.name, say(flow.title)) for flow in there if flow.title is not None]
    greeting = "menu.member" if talk.person is not None else "menu.stranger"
    return ask(say(greeting, gym=talk.gym_name, first_name=talk.first_name), choices=choices)


@FLOW.hears("choose")
def chosen(talk: Talk, said: str) -> Next:
    """Off to it."""
    return Go(said)
