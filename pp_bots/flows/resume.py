"""A task left in the middle, offered again to whoever dials."""

from pp_bots.dialogue.flow import Flow, Go, Next, Talk
from pp_bots.dialogue.screen import Choice, Screen, ask, say

FLOW = Flow("resume", words=(), strangers=True)


@FLOW.asks("offer")
def offer(talk: Talk) -> Screen:
    """Go on where the line was cut, or begin anew."""
    from pp_bots.flows import flows

    title = flows()[talk.data["flow"]].title
    go_on = say("resume.go_on", task=say(title)) if title is not None else say("resume.go_on_there")
    return ask(
        say("resume.offer", gym=talk.gym_name), choices=(Choice("go_on", go_on), Choice("menu", say("resume.menu")))
    )


@FLOW.hears("offer")
def chosen(talk: Talk, said: str) -> Next:
    """The step as it was left."""
    if said != "go_on":
        return Go("menu")
    return Go(talk.data["flow"], step=talk.data["step"], data=talk.data["data"])
