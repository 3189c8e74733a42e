"""Join the gym: a name, consent, and a member code."""

from pp_bots.dialogue.flow import Ask, End, Flow, Next, Run, Talk, data_id, end, first_of
from pp_bots.dialogue.screen import YES_NO, Screen, ask, say, worded
from pp_bots.dialogue.wording import worded_as
from pp_core.kernel.errors import NotFound
from pp_core.tenants.operations import FindGym, GymBrief, Joined, JoinGym

FLOW = Flow(
    "join",
    title="join.title",
    place=1,
    command="join",
    words=("join", "jiunge", "jiandikishe", "register", "sajili", "sign up"),
    strangers=True,
    members=False,
    takes=True,
)
FLOW.reads(worded_as("join"))
_LONGEST_NAME = 80


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Behind a gym's own address with the name at once; behind a shared one the gym comes first."""
    if talk.phone is None:
        return end(say("link.first"))
    if talk.gym is None:
        return Run(FindGym(words=said[:80]), "gym") if said else Ask("gym")
    put_by = {"gym": str(talk.gym.tenant_id), "gym_name": talk.gym.name}
    return Ask("consent", {**put_by, "name": said}) if _is_name(said) else Ask("name", put_by)


@FLOW.asks("gym")
def gym(talk: Talk) -> Screen:
    """The question which one."""
    return ask(say("join.gym"))


@FLOW.hears("gym")
def gym_heard(talk: Talk, said: str) -> Next:
    """Find it by its short name."""
    return Run(FindGym(words=said[:80]), "gym")


@FLOW.gets("gym")
def gym_found(talk: Talk, result: GymBrief) -> Next:
    """Then the name."""
    return Ask("name", {"gym": str(result.tenant_id), "gym_name": result.name})


@FLOW.refused("gym", NotFound)
def gym_unknown(talk: Talk, problem: NotFound) -> Next:
    """Once more."""
    return Ask("gym", sorry=say("join.gym_unknown"))


@FLOW.asks("name")
def name(talk: Talk) -> Screen:
    """The question for first and last name."""
    return ask(say("join.name", gym=talk.data["gym_name"]))


@FLOW.hears("name")
def name_heard(talk: Talk, said: str) -> Next:
    """A name has letters, and is not a novel."""
    return Ask("consent", {"name": said}) if _is_name(said) else Ask("name", sorry=say("join.no_name"))


@FLOW.asks("consent")
def consent(talk: Talk) -> Screen:
    """What they agree to (General Regulations 2021, reg. 4)."""
    return ask(say("join.consent", gym=talk.data["gym_name"], first_name=first_of(talk.data["name"])), choices=YES_NO)


@FLOW.hears("consent")
def agreed(talk: Talk, said: str) -> Next:
    """Then they are in; without consent nothing is kept."""
    if said != "yes" or talk.phone is None:
        return end(say("join.declined"))
    shown = consent(talk).lines[0]
    return Run(
        JoinGym(
            tenant_id=data_id(talk.data, "gym"),
            phone=talk.phone,
            name=talk.data["name"],
            language="sw" if talk.language == "sw" else "en",
            wording=worded(shown, talk.language, talk.today),
            channel=talk.channel,
        ),
        "joined",
    )


@FLOW.gets("joined")
def joined(talk: Talk, result: Joined) -> Next:
    """Welcome, and what to do next."""
    said = (
        say("join.done", gym=result.gym_name, first_name=first_of(result.name), code=result.code),
        say("join.next"),
    )
    return End(Screen(said), made={"person": str(result.person_id)}, memory={"person": str(result.person_id)})


def _is_name(said: str) -> bool:
    return 2 <= len(said) <= _LONGEST_NAME and sum(char.isalpha() for char in said) >= 2
