"""Texts of other machines: payments, one-time codes, advertisements. Kept for the staff, never acted on."""

import re

from pp_bots.dialogue.flow import End, Flow, Next, Talk
from pp_bots.dialogue.screen import Screen, say
from pp_bots.dialogue.wording import plain

FLOW = Flow("machine", words=(), strangers=True, acts=False, aside=True)
_PAYMENT = re.compile(
    r"\b[a-z0-9]{10} (?:confirmed|imethibitishwa)\b|m-?pesa balance|transaction cost|\bksh ?[\d,.]+ (?:sent|paid) to\b|"
    r"\b(?:umepokea|received|sent|paid|umetuma|umelipa)\b.*\bksh ?[\d,.]+.*\b(?:from|to|kutoka|kwa)\b"
)
_MACHINE = re.compile(
    r"\botp\b|(?:verification|security|login|whatsapp|confirmation) code\b|one[- ]time (?:code|pin|password)|"
    r"(?:don't|do not|never) share (?:it|this|the|your)|usishiriki|^<#>|"
    r"^sent from my \w+$|auto[- ]?reply|automatic reply|out of office|i am driving|missed calls?\b|"
    r"message not (?:delivered|sent)|"
    r"\bdear (?:customer|subscriber|client)\b|\bmpendwa mteja\b|\bt&cs?\b|terms apply|congratulations.*\bwon\b|\bumeshinda\b|"
    r"\bokoa jahazi\b|\bbonga\b|\bpaybill\b|\bairtime balance\b|(?:dial|piga|bonyeza|press|stop) \*\d[\d*]*#|"
    r"\btoken \d{4}[ -]?\d{4}|\bombi lako lime|\bsalio lako (?:la|ni)\b|\bjisajili sasa\b"
)


@FLOW.reads
def reads(text: str) -> tuple[str, float] | None:
    """How such texts are worded; nobody writes so to a gym."""
    lower = plain(text).casefold()
    if _PAYMENT.search(lower):
        return "payment", 1.0
    return ("machine", 1.0) if _MACHINE.search(lower) else None


@FLOW.starts
def start(talk: Talk, said: str) -> Next:
    """Whoever forwards a payment waits for an answer; a machine does not."""
    return End(Screen((say("machine.payment", gym=talk.gym_name),)), understood=False, silent=said != "payment")
