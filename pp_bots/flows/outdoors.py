"""Set out by the bot: `/run`, and what it came to when it is over."""

from collections.abc import Mapping

from pp_bots.dialogue.flow import Ask, End, Flow, Go, Next, Run, Talk, end
from pp_bots.dialogue.screen import Choice, Distance, Duration, Pace, Screen, ask, say
from pp_core.tracking.operations import Activity, ActivityStart, AlreadyOut, Sport, StartActivity

SPORTS = (Sport.RUN, Sport.WALK, Sport.RIDE, Sport.HIKE)
FLOW = Flow(
    "outdoors",
    title="outdoors.title",
    command="run",
    words=("run", "go run", "kimbia", "nakimbia", "mbio", "walk", "tembea", "ride", "hike"),
    alone=True,
    takes=True,
)
_ASKED_ABOUT: Mapping[str, str] = {"walk": "walk", "tembea": "walk", "ride": "ride", "hike": "hike"}


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """With what was done, to log it; else what they are about to do. By text nothing can be followed: there it is logged."""
    if said:
        return Go("log_run", f"{talk.word} {said}")
    if talk.channel == "telegram":
        return Ask("sport")
    return Go("log_run", step="text", data={"sport": _ASKED_ABOUT.get(talk.word, "run")})


@FLOW.asks("sport")
def sport(talk: Talk) -> Screen:
    """What they are about to do."""
    return ask(say("outdoors.ask"), choices=[Choice(one.value, say(f"outdoors.{one.value}")) for one in SPORTS])


@FLOW.hears("sport")
def chosen(talk: Talk, said: str) -> Next:
    """Off."""
    return Run(StartActivity(sport=Sport(said)), "started")


@FLOW.gets("started")
def started(talk: Talk, result: ActivityStart) -> Next:
    """How to be followed."""
    return end(say("outdoors.started", sport=say(f"outdoors.{result.sport.value}")))


@FLOW.refused("started", AlreadyOut)
def out_already(talk: Talk, problem: AlreadyOut) -> Next:
    """One at a time."""
    return end(say("outdoors.already"))


def summary(talk: Talk, activity: Activity, *, over: bool = True) -> End:
    """What an activity came to, or has so far: distance, time and pace, the climb, energy, and of what it is the best."""
    sport = say(f"outdoors.{activity.sport.value}")
    if not activity.distance_m:
        return end(say("outdoors.nothing" if over else "outdoors.nothing_yet", sport=sport))
    lines = [
        say(
            "outdoors.summary" if over else "outdoors.so_far",
            sport=sport,
            distance=Distance(activity.distance_m),
            time=Duration(activity.moving_s),
            pace=Pace(activity.distance_m / max(activity.moving_s, 1), activity.sport.value),
        )
    ]
    if round(activity.elevation_gain_m or 0) >= 1:
        lines.append(say("outdoors.climb", climb=Distance(activity.elevation_gain_m or 0)))
    if activity.kcal:
        lines.append(say("outdoors.energy", kcal=activity.kcal))
    # By text the summary has to stay in its one part.
    if activity.new_tiles and talk.channel == "telegram":
        lines.append(say("outdoors.tiles", count=activity.new_tiles))
    best = [say(f"outdoors.best_{one}") for one in _BESTS if one in activity.records]
    if best:
        lines.append(say("outdoors.bests", names=best))
    return End(Screen(tuple(lines), picture=activity.id))


_BESTS = ("400m", "1km", "1mi", "5km", "10km", "half", "full", "furthest", "longest", "climb")
