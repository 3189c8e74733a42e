"""A guess put as a question: what was written resembles something, and is not acted on unasked."""

from pp_bots.dialogue.flow import Flow, Go, Next, Talk, end
from pp_bots.dialogue.screen import YES_NO, Screen, ask, say

FLOW = Flow("guess", words=(), strangers=True)


@FLOW.asks("guess")
def guess(talk: Talk) -> Screen:
    """The task that it resembles."""
    from pp_bots.flows import flows

    title = flows()[talk.data["flow"]].title
    assert title is not None
    return ask(say("guess.ask", task=say(title)), choices=YES_NO)


@FLOW.hears("guess")
def answered(talk: Talk, said: str) -> Next:
    """Then do it, or let it be."""
    return Go(talk.data["flow"], talk.data["said"]) if said == "yes" else end(say("guess.no"))
