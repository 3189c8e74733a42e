"""What messages and USSD sessions cost, and what a text would take."""

import secrets
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from pp_core.kernel.gsm7 import Encoding
from pp_core.kernel.money import Money
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.notifications.operations import (
    Cost,
    CostSpanInvalid,
    EndSession,
    ListMessages,
    MessageCosts,
    PreviewMessage,
    RecordDelivery,
    SendMessage,
)
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ConnectChannel
from tests.conftest import Gateway, Gym, TestHome


def sent(cost: int | None = 80, currency: str | None = "KES") -> SendOutcome:
    """A message that a gateway took for so much."""
    known = f"ATXid_{secrets.token_hex(12)}"
    return SendOutcome(SendStatus.SENT, gateway_id=known, cost_minor=cost, currency=currency)


async def session(gym: Gym, code: str, cost: int | None = 100) -> None:
    """A session that ended."""
    await gym.system.run(
        EndSession(
            session=secrets.token_hex(8), phone="+254711000001", service_code=code, status="Success", cost_minor=cost,
            currency=None if cost is None else "KES",
        )
    )  # fmt: skip


@pytest.fixture
async def gym(gym: Gym, home: TestHome, worker: Worker) -> Gym:
    """A gym that has sent nothing yet: its administrator's invitation is taken away."""
    await worker.drain()
    with psycopg.connect(str(home.urls.admin), autocommit=True) as connection:
        connection.execute("DELETE FROM outgoing_messages WHERE tenant_id = %s", [gym.id])
    return gym


def at(home: TestHome, gym: Gym, moments: list[datetime]) -> None:
    """Move the gym's messages to these moments, the oldest first."""
    with psycopg.connect(str(home.urls.admin), autocommit=True) as connection:
        ids = connection.execute("SELECT id FROM outgoing_messages WHERE tenant_id = %s ORDER BY id", [gym.id])
        for (message_id,), moment in zip(ids.fetchall(), moments, strict=True):
            connection.execute("UPDATE outgoing_messages SET created_at = %s WHERE id = %s", [moment, message_id])


def found(items: list[Cost], *names: str) -> dict[str, Any]:
    return {row.of: tuple(getattr(row, name) for name in names) for row in items}


async def test_the_total_is_what_the_messages_cost(gym: Gym, gateway: Gateway, worker: Worker) -> None:
    amina = await gym.add_member()
    await worker.drain()
    gateway.answers = [
        sent(), sent(160), sent(30, "UGX"), sent(7, None), sent(None, None),
        SendOutcome(SendStatus.REFUSED, cost_minor=0, reason="UserInBlacklist"),
        SendOutcome(SendStatus.UNKNOWN, reason="no answer"),
    ]  # fmt: skip
    for _ in gateway.answers[:]:
        await gym.operator.run(SendMessage(member=amina.code, text="a" * 161))
    await worker.drain()
    messages = (await gym.operator.run(ListMessages())).items
    first = next(one for one in messages if one.cost_minor == 160)
    with psycopg.connect(str(gym.runtime.home.urls.admin)) as connection:  # type: ignore[attr-defined]
        known = connection.execute("SELECT gateway_id FROM outgoing_messages WHERE id = %s", [first.id]).fetchone()
    assert known is not None
    await gym.system.run(RecordDelivery(gateway_id=known[0], status="Success", delivered=True, final=True))
    await gym.operator.run(SendMessage(member=amina.code, text="bado"))

    messages = (await gym.operator.run(ListMessages())).items
    spent = {
        currency: sum(one.cost_minor or 0 for one in messages if (one.currency or "KES") == currency)
        for currency in ("KES", "UGX")
    }
    for by in ("day", "month", "purpose", "channel"):
        report = await gym.operator.run(MessageCosts(by=by))
        total = report.total
        assert {money.currency: money.minor for money in total.cost} == spent == {"KES": 247, "UGX": 30}
        assert (total.messages, total.parts) == (len(messages), sum(one.parts for one in messages)) == (8, 15)
        states = (total.waiting, total.sent, total.delivered, total.failed, total.unknown)
        assert states == (1, 4, 1, 1, 1)
        assert len(report.items) == 1


async def test_messages_are_added_up_by_what_was_asked(gym: Gym, worker: Worker, home: TestHome) -> None:
    amina = await gym.add_member()
    for _ in range(3):
        await gym.operator.run(SendMessage(member=amina.code, text="Karibu"))
    await worker.drain()
    # Midnight in Nairobi is 21:00 UTC.
    moments = [datetime(2026, 10, 31, 20, 59, tzinfo=UTC), datetime(2026, 10, 31, 21, tzinfo=UTC)]
    at(home, gym, [*moments, datetime(2026, 11, 30, 20, 59, tzinfo=UTC)])
    span = {"since": date(2026, 10, 31), "until": date(2026, 11, 30)}
    days = await gym.operator.run(MessageCosts(by="day", **span))
    assert found(days.items, "messages") == {"2026-10-31": (1,), "2026-11-01": (1,), "2026-11-30": (1,)}
    months = await gym.operator.run(MessageCosts(by="month", **span))
    assert found(months.items, "messages", "cost") == {
        "2026-10": (1, [Money(minor=80)]),
        "2026-11": (2, [Money(minor=160)]),
    }
    purposes = await gym.operator.run(MessageCosts(by="purpose", since=date(2026, 11, 1), until=date(2026, 11, 1)))
    assert found(purposes.items, "messages") == {"staff": (1,)}
    assert (purposes.total.of, purposes.total.messages) == ("all", 1)


async def test_sessions_on_the_gyms_own_code_are_its_cost(gym: Gym, other_gym: Gym) -> None:
    own, theirs = f"*384*{secrets.randbelow(10**6)}#", f"*385*{secrets.randbelow(10**6)}#"
    await gym.operator.run(ConnectChannel(kind="ussd", address=own))
    await other_gym.operator.run(ConnectChannel(kind="ussd", address=theirs))
    for code, cost in ((own, 100), (own, 20), (own, None), (theirs, 70), ("*384*0#", 50)):
        await session(gym, code, cost)
    counted = ("sessions", "session_cost", "messages", "cost")
    expected = (3, [Money(minor=120)], 0, [])
    for by, of in (("channel", "ussd"), ("purpose", "session")):
        report = await gym.operator.run(MessageCosts(by=by))  # type: ignore[arg-type]
        assert found(report.items, *counted) == {of: expected}
        assert found([report.total], *counted) == {"all": expected}
    days = await gym.operator.run(MessageCosts())
    assert found(days.items, *counted) == {days.until.isoformat(): expected}
    months = await gym.operator.run(MessageCosts(by="month"))
    assert found(months.items, *counted) == {f"{days.until:%Y-%m}": expected}


@pytest.mark.parametrize(
    ("since", "until"), [(date(2026, 11, 2), date(2026, 11, 1)), (date(2025, 1, 1), date(2026, 11, 1))]
)
async def test_a_span_must_be_one(gym: Gym, since: date, until: date) -> None:
    with pytest.raises(CostSpanInvalid):
        await gym.operator.run(MessageCosts(since=since, until=until))


async def test_a_preview_says_what_goes_out(gym: Gym) -> None:
    plain = await gym.operator.run(PreviewMessage(text="“Karibu” leo – saa 12"))
    assert (plain.text, plain.encoding, plain.parts, plain.one_part) == ('"Karibu" leo - saa 12', Encoding.GSM7, 1, 160)
    assert [(one.word, one.sent) for one in plain.respelled] == [("“Karibu”", '"Karibu"'), ("–", "-")]
    assert plain.costly == []
    costly = await gym.operator.run(PreviewMessage(text="Karibu 💪 tena 💪 " + "a" * 60))
    assert (costly.encoding, costly.parts, costly.one_part, costly.costly) == (Encoding.UCS2, 2, 70, ["💪"])
    assert (costly.characters, costly.units) == (74 + 2, 76 + 2)


@pytest.mark.parametrize("text", ["a" * 160, "a" * 161, "€" * 80, "€" * 81, "á" * 70, "💪" * 36, "karibu 💪 " * 20])
async def test_a_preview_counts_as_sending_does(gym: Gym, text: str) -> None:
    amina = await gym.add_member()
    queued = await gym.operator.run(SendMessage(member=amina.code, text=text))
    preview = await gym.operator.run(PreviewMessage(text=text))
    assert (queued.parts, queued.text) == (preview.parts, preview.text)
