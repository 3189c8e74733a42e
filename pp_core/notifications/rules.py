"""Pure rules about texts and messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pp_core.kernel.gsm7 import is_gsm7, one_part, parts, to_gsm7
from pp_core.kernel.money import Money
from pp_core.notifications.operations.costs import LONGEST_DAYS, By, Cost, CostSpanInvalid
from pp_core.notifications.operations.messages import MessagePreview, Respelled
from pp_core.tenants.operations.channels import ChannelKind

ASKED = frozenset({"code", "invitation", "receipt", "reply"})
"""What messages are for that somebody asked for, or cannot do without; every other purpose stops at the opt-out register."""
USUAL_DAYS = 30

WIPED = "********"
"""What stands where something secret was said."""
LOOP_REPLIES = 2
"""How often running a phone whose texts we do not understand is answered within the window."""
LOOP_WINDOW = 10
"""Minutes."""
MOST_REPLIES = 40
"""How often any phone is answered within the window: a person who logs set by set stays below it, a machine does not."""
HELD_SECONDS = 30
"""How long a text being answered keeps the next one of its conversation waiting; then its server is taken for dead."""
WAITED_FOR_SECONDS = 60
"""How long a text waits for an earlier one that is not answered yet."""
OVERDUE_SECONDS = 45
"""After which a USSD turn that nobody finished is answered by text."""
TOO_LATE_SECONDS = 6 * 3600
"""After which nobody waits for that answer any more."""
MOST_ATTEMPTS = 10
"""How often a gateway that does not take a message is asked: its job waits twice as long each time, in all a quarter of an hour
or more, and has two tries left for troubles of our own."""

INTERRUPTED = "interrupted while sending"
"""The reason of a message whose worker ended while it was handed over: nobody asked the gateway for its word."""
STREAK = 5
"""So many attempts that failed at the gateway one after another say that it is down."""
_OF_THE_RECIPIENT = ("invalidphonenumber", "unsupportednumbertype", "userinblacklist", "couldnotroute", "donotdisturb")
"""How Africa's Talking's words for a number that cannot be sent to begin, in small letters alone."""
_OF_THE_BOT = ("unauthorized", "notfound", "invalidtoken", "conflict", "nobotissetup")
"""How Telegram's words for a bot that cannot send at all begin, in small letters alone; its other refusals are of one chat."""


def final_status(*, delivered: bool) -> str:
    """What a message is after the gateway's last word."""
    return "delivered" if delivered else "failed"


def span(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The first and last day of a report, with what was left out filled in; `CostSpanInvalid` when they do not make one."""
    last = until or today
    first = since or last - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (last - first).days <= LONGEST_DAYS:
        raise CostSpanInvalid(since=first.isoformat(), until=last.isoformat(), longest=LONGEST_DAYS)
    return first, last


def costs(by: By, messages: Iterable[Any], sessions: Iterable[Any]) -> list[Cost]:
    """What was sent and what USSD sessions cost, by group; days and months in order, others by name.

    `messages` are rows by `of` and currency, `sessions` rows by day and currency.
    """
    found: dict[str, list[Cost]] = {}
    for row in messages:
        found.setdefault(row.of, []).append(_sent(row))
    for row in sessions:
        cost = _money(row.cost_minor, row.currency)
        of = {"day": f"{row.day}", "month": f"{row.day:%Y-%m}", "channel": "ussd", "purpose": "session"}[by]
        found.setdefault(of, []).append(Cost(of=of, sessions=row.sessions, session_cost=cost))
    return [added(of, each) for of, each in sorted(found.items())]


def added(of: str, rows: Iterable[Cost]) -> Cost:
    """Several rows as one."""
    rows = list(rows)
    counted = ("messages", "parts", "waiting", "sent", "delivered", "failed", "unknown", "sessions")
    return Cost(
        of=of,
        cost=_together(money for row in rows for money in row.cost),
        session_cost=_together(money for row in rows for money in row.session_cost),
        **{name: sum(getattr(row, name) for row in rows) for name in counted},
    )


def _sent(row: Any) -> Cost:
    values = row._asdict()
    return Cost(cost=_money(values.pop("cost_minor"), values.pop("currency")), **values)


def _money(minor: int | None, currency: str) -> list[Money]:
    return [Money(minor=minor, currency=currency)] if minor else []


def _together(amounts: Iterable[Money]) -> list[Money]:
    totals: dict[str, int] = {}
    for one in amounts:
        totals[one.currency] = totals.get(one.currency, 0) + one.minor
    return [Money(minor=minor, currency=currency) for currency, minor in sorted(totals.items())]


def preview(text: str) -> MessagePreview:
    """How `text` goes out by SMS."""
    words = to_gsm7(text)
    size = parts(words)
    given = dict.fromkeys(text.split())
    return MessagePreview(
        text=words,
        characters=len(words),
        units=size.units,
        parts=size.parts,
        encoding=size.encoding,
        one_part=one_part(size.encoding),
        respelled=[Respelled(word=word, sent=to_gsm7(word)) for word in given if to_gsm7(word) != word],
        costly=[word for word in given if not is_gsm7(to_gsm7(word))],
    )


@dataclass(frozen=True, slots=True)
class Traffic:
    """One channel of one gym over a while: messages by outcome, texts received, and how it went lately.

    `lately` are attempts (of USSD: turns) of the last minutes whose outcome tells of the gateway, `failed_lately` those
    that failed there (of USSD: were answered too late), `streak` how many of the newest did, up to `STREAK`. `stuck` says
    that the newest attempt of the whole while failed there. `failure` is the gateway's word on the newest failure of any kind.
    """

    channel: ChannelKind
    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    unknown: int = 0
    received: int = 0
    late: int = 0
    lately: int = 0
    failed_lately: int = 0
    streak: int = 0
    stuck: bool = False
    last_in: datetime | None = None
    last_out: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None


def answered(row: Any) -> bool | None:
    """Whether the gateway was at work when it was handed these messages; None where their outcome does not tell.

    A number that cannot be sent to, a chat that blocked the bot and a report that a text was not delivered are the gateway's
    answers. What it refused whoever it was for, what broke off, and what it was given in vain are its failures.
    """
    match row.status:
        case "sent" | "delivered":
            return True
        case "queued":
            return False if row.tried else None
        case "failed":
            return bool(row.taken)
        case "unknown":
            return None if row.reason == INTERRUPTED else bool(row.taken)
        case "refused":
            word = "".join(letter for letter in (row.reason or "").lower() if letter.isalpha())
            if row.channel == "telegram":
                return not word.startswith(_OF_THE_BOT)
            return word.startswith(_OF_THE_RECIPIENT)
    return None


def traffic(channel: ChannelKind, outgoing: Sequence[Any], incoming: Iterable[Any]) -> Traffic:
    """One channel's part of the rows of `queries.traffic`."""
    rows = [row for row in outgoing if row.channel == channel]
    came = next((row for row in incoming if row.channel == channel), None)
    told = [(row, told) for row in rows if (told := answered(row)) is not None and row.last is not None]
    failures = [
        row for row in rows if row.status in ("refused", "failed", "unknown") or (row.status == "queued" and row.tried)
    ]
    newest = sorted(((at, good) for row, good in told for at in row.newest or ()), reverse=True)
    last_failure = max((row for row in failures if row.last is not None), key=lambda row: row.last, default=None)
    last_good = max((row.last for row, good in told if good), default=None)
    last_bad = max((row.last for row, good in told if not good), default=None)
    counted = Traffic(
        channel=channel,
        waiting=_sum(rows, "queued", "sending"),
        sent=_sum(rows, "sent"),
        delivered=_sum(rows, "delivered"),
        failed=_sum(rows, "refused", "failed"),
        unknown=_sum(rows, "unknown"),
        received=came.received if came else 0,
        late=came.late if came else 0,
        lately=sum(row.lately for row, _ in told),
        failed_lately=sum(row.lately for row, good in told if not good),
        streak=next((place for place, (_, good) in enumerate(newest) if good), len(newest)),
        stuck=last_bad is not None and (last_good is None or last_bad > last_good),
        last_in=came.last if came else None,
        last_out=max((row.last for row in rows if row.status in ("sent", "delivered")), default=None),
        failed_at=last_failure.last if last_failure else None,
        failure=last_failure.reason if last_failure else None,
    )
    if channel != "ussd" or came is None:
        return counted
    late = came.late_lately
    return replace(
        counted, lately=came.received_lately, failed_lately=late, streak=late if late == came.received_lately else 0
    )


def _sum(rows: Iterable[Any], *statuses: str) -> int:
    return sum(row.messages for row in rows if row.status in statuses)
