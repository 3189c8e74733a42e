"""A chat that shows no phone yet: ask for its owner's own number."""

from pp_bots.dialogue.flow import Ask, Flow, Next, Talk
from pp_bots.dialogue.screen import Screen, ask, say

FLOW = Flow("link", words=(), strangers=True, members=False)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Whatever was written: first the number."""
    return Ask("contact", sure=0.5 if said else 1.0)


@FLOW.asks("contact")
def contact(talk: Talk) -> Screen:
    """A button that shares it: a typed number would prove nothing."""
    return ask(say("link.ask"), contact=True)


@FLOW.hears("contact")
def heard(talk: Talk, said: str) -> Next:
    """Anything but the number."""
    return Ask("contact", sorry=say("link.not_yours" if said == "contact" else "link.press"))
