"""Thanks and assent: heard, answered once, and no reason to go on talking."""

from pp_bots.dialogue.flow import End, Flow, Next, Talk
from pp_bots.dialogue.screen import Screen, say
from pp_bots.dialogue.wording import any_of, plain

from .greet import again, only

FLOW = Flow("thanks", words=(), strangers=True, acts=False)
_THANKS = any_of(
    "thanks thank_you thankyou thx tnx ty asante asanteni ahsante ahsanteni shukran shukrani nashukuru cheers"
)
_ASSENT = any_of(
    "o?k okay okey kk sawa poa fiti great cool nice good noted alright barabara safi perfect got_it "
    "no_thanks hapana_asante la_asante no_problem no_worries hakuna_shida"
)
_ALONG = any_of(
    "so very much a lot sana sawa you u for the your it help all na kwa msaada boss coach kocha bro buda bana team sir madam "
    "then basi too again tu that is now"
)
_SIGNS = frozenset("👍👌🙏💪🙌👏❤✅\N{VARIATION SELECTOR-16}🏻🏼🏽🏾🏿 ")
_WORDS = f"(?:{_THANKS.pattern}|{_ASSENT.pattern})"


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """Thanks, assent or a thumb, and nothing else."""
    said = plain(text)
    if said and set(said) <= _SIGNS:
        return "", 0.9
    if not only(text, _WORDS, _ALONG.pattern):
        return None
    return "thanks" if _THANKS.search(said.casefold()) else "", 0.9


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """You are welcome, once; assent needs no answer that costs money."""
    times = again(talk, "thanked", 1)
    if times is None or (said != "thanks" and talk.channel == "sms"):
        return End(Screen(()), silent=True)
    return End(Screen((say("thanks.welcome"),)), memory={"thanked": times})
