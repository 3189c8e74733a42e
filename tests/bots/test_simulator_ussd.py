"""The simulated USSD gateway and the networks behind it: sessions, screens, ends, faults, and the handset."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

import pytest
from starlette.responses import PlainTextResponse, Response

from pp_bots.simulator.africastalking import (
    Fault,
    FaultKind,
    UssdNetwork,
    UssdRefused,
    UssdSettings,
)
from pp_bots.simulator.africastalking.operators import AIRTEL, SAFARICOM, operator_of, pages, units
from tests.bots.receiver import CallbackReceiver
from tests.bots.ussd_server import AIRTEL_PHONE, MENU, PHONE, menu, posts, settings


@pytest.fixture(scope="module")
async def one_receiver() -> AsyncIterator[CallbackReceiver]:
    async with CallbackReceiver() as server:
        yield server


@pytest.fixture
def receiver(one_receiver: CallbackReceiver) -> CallbackReceiver:
    one_receiver.reset()
    one_receiver.menu = menu
    return one_receiver


@pytest.fixture
async def network(receiver: CallbackReceiver) -> AsyncIterator[UssdNetwork]:
    async with UssdNetwork(settings(receiver)) as made:
        yield made


# Sessions


async def test_a_session_posts_what_the_gateway_posts(network: UssdNetwork, receiver: CallbackReceiver) -> None:
    screen = await network.dial(PHONE)
    assert (screen.prefix, screen.text, screen.ended) == ("CON", "Iron Gym\n1 Log\n2 Long", False)
    screen = await network.answer(screen.session, "1")
    assert (screen.prefix, screen.text, screen.status) == ("END", "You typed 1", "Success")
    first, second = await posts(network, receiver, "ussd")
    assert first == {
        "sessionId": screen.session,
        "phoneNumber": PHONE,
        "networkCode": "63902",
        "serviceCode": "*384*77#",
        "text": "",
    }
    assert second == {**first, "text": "1"}
    assert screen.session.startswith("ATUid_")
    [ended] = receiver.forms("ended")
    datetime.strptime(ended.pop("date"), "%Y-%m-%d %H:%M:%S")
    assert int(ended.pop("durationInMillis")) >= 0
    del second["text"]
    assert ended == {
        **second,
        "status": "Success",
        "cost": "KES 0.10",
        "hopsCount": "2",
        "hopsMetadata": "",
        "input": "1",
        "lastAppResponse": "END You typed 1",
    }


@pytest.mark.parametrize(
    ("dialled", "code", "text"),
    [
        ("*384*77#", "*384*77#", ""),
        ("*384*77*1*2#", "*384*77#", "1*2"),
        ("*384*77*squat 5x5 100#", "*384*77#", "squat 5x5 100"),
        ("*384*77*9*1#", "*384*77*9#", "1"),
    ],
)
async def test_inputs_may_stand_straight_behind_the_code(
    receiver: CallbackReceiver, dialled: str, code: str, text: str
) -> None:
    async with UssdNetwork(settings(receiver, service_codes=("*384*77#", "*384*77*9#"))) as network:
        await network.dial(PHONE, dialled)
    [form] = receiver.forms("ussd")
    assert (form["serviceCode"], form["text"]) == (code, text)


@pytest.mark.parametrize("dialled", ["*384*770#", "*384*77", "384*77#", "*100#"])
async def test_a_code_that_leads_nowhere_is_refused(
    network: UssdNetwork, receiver: CallbackReceiver, dialled: str
) -> None:
    with pytest.raises(UssdRefused):
        await network.dial(PHONE, dialled)
    assert receiver.received == []


def test_a_service_code_is_written_like_one() -> None:
    with pytest.raises(ValueError, match="no service code"):
        UssdSettings(service_codes=("384",))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (PlainTextResponse(" CON Iron Gym"), "neither"),
        (PlainTextResponse("CONIron Gym"), "neither"),
        (PlainTextResponse("con Iron Gym"), "neither"),
        (PlainTextResponse(""), "empty answer"),
        (PlainTextResponse("CON Iron Gym", 404), "HTTP 404"),
        (PlainTextResponse("CON Iron Gym", 503), "HTTP 503"),
    ],
)
async def test_what_is_no_screen_ends_the_session(
    network: UssdNetwork, receiver: CallbackReceiver, answer: Response, error: str
) -> None:
    async def spoilt(*_: object) -> Response:
        return answer

    receiver.menu = spoilt
    screen = await network.dial(PHONE)
    assert (screen.prefix, screen.ended, screen.status) == (None, True, "Failed")
    await network.finished()
    [ended] = receiver.forms("ended")
    assert ended["status"] == "Failed"
    assert error in ended["errorMessage"]


async def test_who_answers_too_late_is_not_shown(receiver: CallbackReceiver) -> None:
    go_on = asyncio.Event()

    async def slow(*_: object) -> Response:
        await go_on.wait()
        return PlainTextResponse(MENU)

    receiver.menu = slow
    async with UssdNetwork(settings(receiver, patience=0.05)) as network:
        screen = await network.dial(PHONE)
        assert (screen.status, screen.errors) == ("Failed", ("no answer within 0.05 s",))
        go_on.set()
        await network.finished()
    assert [form["status"] for form in receiver.forms("ended")] == ["Failed"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"idle_limit": 0.05}, "silent too long"), ({"session_limit": 0.05, "idle_limit": 5.0}, "took too long")],
)
async def test_a_silent_phone_loses_its_session(
    receiver: CallbackReceiver, limits: dict[str, float], reason: str
) -> None:
    async with UssdNetwork(settings(receiver, **limits)) as network:
        screen = await network.dial(PHONE)
        [ended] = await receiver.wait("ended", 1)
        assert (ended["status"], ended["lastAppResponse"]) == ("Incomplete", MENU)
        assert reason in ended["errorMessage"]
        with pytest.raises(UssdRefused, match="over"):
            await network.answer(screen.session, "1")


async def test_hanging_up_and_dialling_again_end_a_session(network: UssdNetwork, receiver: CallbackReceiver) -> None:
    first = await network.dial(PHONE)
    await network.hang_up(first.session)
    await network.hang_up(first.session)
    await network.dial(PHONE)
    await network.dial(PHONE)
    other = await network.dial(AIRTEL_PHONE)
    assert other.operator == "Airtel"
    ends = await posts(network, receiver, "ended")
    assert [form["status"] for form in ends] == ["Incomplete", "Incomplete"]
    assert ends[0]["sessionId"] == first.session
    assert network.stats()["open"] == 2


async def test_a_phone_types_so_much_and_not_nothing(network: UssdNetwork) -> None:
    screen = await network.dial(PHONE)
    other = await network.dial(AIRTEL_PHONE)
    for session, text in ((screen.session, "a" * 81), (other.session, "a" * 91), (screen.session, "")):
        with pytest.raises(UssdRefused):
            await network.answer(session, text)
    assert (await network.answer(screen.session, "a" * 80)).text == f"You typed {'a' * 80}"
    assert (await network.answer(other.session, "a" * 90)).text == f"You typed {'a' * 90}"


# Screens


async def test_the_network_pages_what_is_too_long_and_notes_it(
    network: UssdNetwork, receiver: CallbackReceiver
) -> None:
    first = await network.dial(PHONE, "*384*77*2#")
    assert (first.page, first.pages) == (1, 3)
    assert first.text.endswith("98:More")
    assert "404 characters where Safaricom shows 160" in first.errors
    second = await network.answer(first.session, "98")
    third = await network.answer(first.session, "98")
    assert third.text.endswith("00:Back")
    assert (await network.answer(first.session, "00")).text == second.text
    assert len(receiver.forms("ussd")) == 1
    words = " ".join(screen.text.partition("\n")[0] for screen in (first, second, third))
    assert words.split() == ["abc", "defgh"] * 40
    assert (await network.answer(first.session, "7")).text == "You typed 2*7"


def test_pages_fit_and_lose_nothing() -> None:
    for operator in (SAFARICOM, AIRTEL):
        for text in ("a" * 500, "word " * 100, "{}" * 200, "😀" * 130, "line\n" * 80, "x" * 161):
            cut = pages(text, operator)
            assert all(units(page) <= (operator.menu if text[0] != "😀" else 80) for page in cut)
            kept = "".join(page.replace("98:More", "").replace("00:Back", "") for page in cut)
            assert "".join(kept.split()) == "".join(text.split())


async def test_one_rare_character_halves_the_screen(network: UssdNetwork) -> None:
    screen = await network.dial(PHONE, "*384*77*8#")
    assert screen.pages == 2
    assert "85 characters where Safaricom shows 80" in screen.errors


def test_a_number_belongs_to_a_network() -> None:
    names = {operator_of(phone).name for phone in ("+254711000001", "+254110000001", "+15550000001")}
    assert names == {"Safaricom"}
    assert operator_of("+254733000001").name == "Airtel"
    assert operator_of("+254757000001").name == "Safaricom"
    assert operator_of("+254763000001").name == "Equitel"


async def test_metadata_comes_back_and_is_summed_up(network: UssdNetwork, receiver: CallbackReceiver) -> None:
    seen: list[str | None] = []

    async def marked(form: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        seen.append(headers.get("at-ussd-hop-metadata"))
        mark = {"": "home", "1": "a|b", "1*1": "log"}.get(form["text"], "x" * 100)
        return PlainTextResponse("CON more", headers={"at-ussd-hop-metadata": mark})

    receiver.menu = marked
    screen = await network.dial(PHONE)
    spoilt = await network.answer(screen.session, "1")
    assert "metadata" in spoilt.errors[0]
    await network.answer(screen.session, "1")
    assert (await network.answer(screen.session, "1")).errors
    await network.hang_up(screen.session)
    await network.finished()
    assert seen == [None, "home", "home", "log"]
    assert receiver.forms("ended")[0]["hopsMetadata"] == "home|log"


# Faults


@pytest.mark.parametrize("kind", [FaultKind.USSD_TWIN, FaultKind.USSD_REPEAT, FaultKind.USSD_LATE_REPEAT])
async def test_a_callback_may_come_more_than_once(
    network: UssdNetwork, receiver: CallbackReceiver, kind: FaultKind
) -> None:
    network.faults.add(Fault(kind, seconds=0.01, times=2))
    screen = await network.dial(PHONE)
    assert screen.text.startswith("Iron Gym")
    await network.finished()
    first, *others = receiver.forms("ussd")
    assert others == [first, first]
    assert network.session(screen.session).errors == []
    await network.answer(screen.session, "1")
    assert len(receiver.forms("ussd")) == 4


async def test_a_repeat_answered_differently_is_noted(network: UssdNetwork, receiver: CallbackReceiver) -> None:
    counted = iter(range(10))

    async def fickle(*_: object) -> Response:
        return PlainTextResponse(f"CON {next(counted)}")

    receiver.menu = fickle
    network.faults.add(Fault(FaultKind.USSD_REPEAT))
    screen = await network.dial(PHONE)
    assert screen.text == "0"
    assert "differently" in screen.errors[0]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.USSD_DROP, "Incomplete"),
        (FaultKind.USSD_TIMEOUT, "Failed"),
        (FaultKind.USSD_END_EARLY, "Incomplete"),
    ],
)
async def test_an_answer_may_never_be_seen(
    network: UssdNetwork, receiver: CallbackReceiver, kind: FaultKind, status: str
) -> None:
    screen = await network.dial(PHONE)
    network.faults.add(Fault(kind))
    lost = await network.answer(screen.session, "1")
    assert (lost.prefix, lost.ended, lost.status) == (None, True, status)
    assert [form["status"] for form in await posts(network, receiver, "ended")] == [status]
    assert [form["text"] for form in receiver.forms("ussd")] == ["", "1"]


async def test_the_end_may_be_told_before_our_answer_and_twice(receiver: CallbackReceiver) -> None:
    async def waits(*_: object) -> Response:
        await receiver.wait("ended", 2)
        return PlainTextResponse("END Late")

    receiver.menu = waits
    async with UssdNetwork(settings(receiver)) as network:
        network.faults.add(Fault(FaultKind.USSD_END_EARLY))
        network.faults.add(Fault(FaultKind.USSD_END_TWICE))
        screen = await network.dial(PHONE)
        await network.finished()
    assert (screen.status, screen.prefix) == ("Incomplete", None)
    first, second = receiver.forms("ended")
    assert first == second
