"""Texts of one phone are answered in the order in which they were sent, whoever else writes; machines are not talked to."""

import asyncio
import secrets
from typing import Any

import pytest

from pp_bots import texts
from pp_core.notifications.operations import ListUnread, ReceiveText, TakeTurn, TurnBusy
from pp_core.runtime.worker import Worker
from pp_core.wellbeing.operations import ListWeights
from pp_core.workouts.operations import ListWorkouts
from tests.conftest import Gateway, Gym, TestHome, new_phone


async def write(gym: Gym, phone: str, *said: str) -> list[Any]:
    """Texts within milliseconds of each other."""
    return [
        await gym.system.run(
            ReceiveText(channel="sms", gateway_id=secrets.token_hex(12), sender=phone, address="20880", text=text)
        )
        for text in said
    ]


def told(gateway: Gateway, phone: str | None) -> list[str]:
    return [one.text for one in gateway.sent if one.to == phone]


async def test_a_correction_on_the_heels_of_its_log_corrects_it(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    members = [await gym.add_member(f"Amina {name}") for name in ("Wanjiru", "Achieng", "Chebet", "Moraa")]
    for member in members:  # four phones, as many as there are jobs at once
        assert member.phone is not None
        await write(gym, member.phone, "bench 3x8 60", "no, 3x10", "weight 82", "weight 81.5")
    await worker.drain()
    for member in members:
        [workout] = (await gym.person(member).run(ListWorkouts())).items
        assert workout.canonical == "Bench Press 3x10 60kg"
        weights = (await gym.person(member).run(ListWeights())).items
        assert [str(one.kilograms) for one in weights] == ["81.5", "82"]
        # Answered in order; messages leave side by side.
        begun = [answer.split(" ")[0] for answer in sorted(told(gateway, member.phone))]
        assert begun == ["Corrected:", "Logged:", "Noted:", "Noted:"]


async def test_workers_that_begin_with_the_last_still_answer_the_first_one_first(
    gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts.conversation, "_PATIENCE", (0.01,))
    amina = await gym.add_member()
    assert amina.phone is not None
    kept = await write(gym, amina.phone, "bench 3x8 60", "no, 3x10", "no, 4x10", "no, 65kg")

    async def work(text_id: object) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    return await texts.answer(gym.system, {"text_id": str(text_id)})
                except TurnBusy:
                    await asyncio.sleep(0)

    await asyncio.gather(*(work(one.text_id) for one in reversed(kept)))
    [workout] = (await gym.person(amina).run(ListWorkouts())).items
    assert workout.canonical == "Bench Press 4x10 65kg"


async def test_a_phone_that_is_held_up_holds_up_nobody_else(
    gym: Gym, worker: Worker, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts.conversation, "_PATIENCE", (0.01, 0.02))
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    assert amina.phone is not None
    assert brian.phone is not None
    held, *_ = await write(gym, amina.phone, "squat 5x5 100", *["bench 3x8 60"] * 6)
    await gym.system.run(TakeTurn(text_id=held.text_id))  # by a worker that is still at it
    monkeypatch.setattr(texts.conversation, "TakeTurn", _never_over)
    await write(gym, brian.phone, "squat 5x5 100")
    await worker.drain()
    assert len(told(gateway, brian.phone)) == 1
    assert told(gateway, amina.phone) == []
    assert (await gym.person(amina).run(ListWorkouts())).items == []


def _never_over(*, text_id: Any, over: bool = False) -> TakeTurn:
    return TakeTurn(text_id=text_id)


# Machines


async def converse(gym: Gym, worker: Worker, gateway: Gateway, phone: str, answers: Any, rounds: int = 8) -> list[str]:
    """A machine that answers whatever it gets, begun by one text of its own; what it was sent."""
    await write(gym, phone, answers(""))
    heard = 0
    for _ in range(rounds):
        await worker.drain()
        fresh = told(gateway, phone)[heard:]
        if not fresh:
            break
        heard += len(fresh)
        for text in fresh:
            await write(gym, phone, answers(text))
    else:
        raise AssertionError(f"no end: {told(gateway, phone)}")
    return told(gateway, phone)


@pytest.mark.parametrize(
    "answers",
    [
        lambda text: "I am driving and will answer you later.",
        lambda text: f"Auto-reply to: {text[:20]}",
        lambda text: text or "hello",
        lambda text: text.upper() or "HELLO",
        lambda text: f"> {text}\nThis number is not monitored.",
    ],
    ids=["same", "quoting", "echo", "shouting", "forwarding"],
)
@pytest.mark.parametrize("member", [True, False])
async def test_two_machines_stop_after_two_replies(
    gym: Gym, worker: Worker, gateway: Gateway, answers: Any, member: bool
) -> None:
    phone = (await gym.add_member()).phone if member else new_phone()
    assert phone is not None
    assert len(await converse(gym, worker, gateway, phone, answers)) <= 2


async def test_two_machines_with_two_phones_stop_both(gym: Gym, worker: Worker, gateway: Gateway) -> None:
    phones = [new_phone(), (await gym.add_member()).phone or ""]
    for _ in range(2):
        for phone in phones:
            await converse(gym, worker, gateway, phone, lambda text: "Thank you for your message. We are closed.")
    assert all(len(told(gateway, phone)) <= 2 for phone in phones)


@pytest.mark.parametrize("echo", [lambda text: text, lambda text: f" {text} ", str.lower, lambda text: f"Fwd: {text}"])
async def test_an_echo_of_what_we_understood_does_nothing(
    gym: Gym, worker: Worker, gateway: Gateway, home: TestHome, echo: Any
) -> None:
    amina = await gym.add_member()
    assert amina.phone is not None
    await write(gym, amina.phone, "squat 5x5 100")
    await worker.drain()
    [reply] = told(gateway, amina.phone)
    await write(gym, amina.phone, echo(reply))
    await worker.drain()
    assert told(gateway, amina.phone) == [reply]
    assert len((await gym.person(amina).run(ListWorkouts())).items) == 1
    assert (await gym.operator.run(ListUnread())).items == []
