"""A personal address for a tracker app, with how the app is set up."""

from pp_bots.dialogue.flow import Ask, End, Flow, Next, Run, Talk, end
from pp_bots.dialogue.screen import Choice, Screen, ask, say
from pp_core.tracking.operations import LinkTracker, TrackerApp, TrackerLinked

FLOW = Flow("track", title="track.title", command="track", words=("track", "tracker", "fuatilia"), alone=True)


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Which app; an address is long, and copied from a chat."""
    return Ask("app") if talk.channel == "telegram" else end(say("track.by_telegram"))


@FLOW.asks("app")
def app(talk: Talk) -> Screen:
    """The apps there are instructions for."""
    return ask(say("track.ask"), choices=[Choice(one.value, say(f"track.{one.value}")) for one in TrackerApp])


@FLOW.hears("app")
def chosen(talk: Talk, said: str) -> Next:
    """Make it."""
    return Run(LinkTracker(app=TrackerApp(said)), "linked")


@FLOW.gets("linked")
def linked(talk: Talk, result: TrackerLinked) -> Next:
    """The address and every step, this once."""
    steps = [say("track.step", number=number, text=step) for number, step in enumerate(result.steps, start=1)]
    return End(Screen((*steps, say("track.once")), secret=True))
