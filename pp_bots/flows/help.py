"""Help: what can be written here."""

from pp_bots.dialogue.flow import Flow, Next, Talk, end
from pp_bots.dialogue.screen import say
from pp_bots.dialogue.wording import any_of, folded
from pp_core.kernel.policy import Permission

FLOW = Flow(
    "help",
    title="help.title",
    place=8,
    command="help",
    words=("help", "info", "msaada", "saidia", "nisaidie", "maelezo"),
    strangers=True,
    acts=False,
    alone=True,
)

_HOW = any_of(
    "how_(does|do)_(this|it|i_use_this|i_use_it)(_work)? what_can_(i|you)_do what_is_this what_do_you_do help_me nisaidie "
    "(hii|hiki)_ni_nini inafanya\\w*(_kazi)?_(aje|vipi|je) natumia(je)? (na|una)w?e(z|s)?a_fanya_nini naomba_msaada msaada help"
)
_ALONG = any_of("here hapa na this hii please i need want nataka nahitaji me with naomba kazi aje vipi work")


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """Asking what this is for, and no more: help with something in the gym is for its staff."""
    said = folded(text)
    return ("", 0.8) if _HOW.search(said) and not _ALONG.sub("", _HOW.sub("", said)).strip() else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """The words that work, for a member or for somebody not known yet."""
    if talk.person is None:
        return end(say("help.stranger", gym=talk.gym_name))
    staff = (say("help.staff"),) if talk.may(Permission.MEMBER_READ) else ()
    return end(say("help.member", gym=talk.gym_name), say("help.more"), *staff)
