"""A server beside a simulated Telegram: it asks for updates or has them pushed, and loses none of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from psycopg import connect

from pp_api.app import create
from pp_api.webhooks import poller, telegram
from pp_bots.simulator.telegram import Fault, SimulatorSettings, TelegramPhone, TelegramSimulator
from pp_core.kernel.errors import DatabaseUnavailable, Internal
from pp_core.kernel.settings import TelegramSettings
from pp_core.runtime.pulse import Pulse
from pp_core.runtime.wiring import Runtime
from tests.api.conftest import running_api
from tests.conftest import TestHome

LONG = 20.0


def temper() -> SimulatorSettings:
    """A Telegram whose updates are numbered unlike those of every other test."""
    first = 900_000_000 + 100 * secrets.randbelow(1_000_000)
    return SimulatorSettings(retry_delay=0.02, query_timeout=LONG, first_update_id=first)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHORTEST_PAUSE", "LONGEST_PAUSE", "CONFLICT_PAUSE"):
        monkeypatch.setattr(poller, name, 0.05)


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(temper()) as server:
        yield server


@pytest.fixture
async def phone(simulator: TelegramSimulator) -> AsyncIterator[TelegramPhone]:
    async with TelegramPhone(simulator.url) as held:
        simulator.state.chats[held.id].started = True
        yield held


@asynccontextmanager
async def attending(home: TestHome, simulator: TelegramSimulator, **settings: Any) -> AsyncIterator[Runtime]:
    """A server that attends to the bot as `pp up` does, without its sockets."""
    made = TelegramSettings(token=simulator.settings.token, base_url=simulator.url, **settings)
    async with running_api(home, telegram=made) as api:
        app = create(api.runtime)
        async with app.router.lifespan_context(app):
            yield api.runtime


def gateway_id(simulator: TelegramSimulator, update_id: int | None) -> str:
    return f"{simulator.settings.bot_id}:{update_id}"


def kept(home: TestHome, simulator: TelegramSimulator, update_id: int | None) -> list[str]:
    with connect(home.urls.admin, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT text FROM incoming_texts WHERE gateway_id = %s", (gateway_id(simulator, update_id),)
        )
        return [row[0] for row in rows]


async def until_kept(home: TestHome, simulator: TelegramSimulator, update_id: int | None) -> list[str]:
    async with asyncio.timeout(LONG):
        while not (found := kept(home, simulator, update_id)):
            await asyncio.sleep(0.02)
    return found


def calls(simulator: TelegramSimulator, method: str) -> list[dict[str, Any]]:
    return [call for call in simulator.state.calls if call["method"] == method]


async def until_called(simulator: TelegramSimulator, method: str, times: int = 1) -> list[dict[str, Any]]:
    async with asyncio.timeout(LONG):
        while len(found := calls(simulator, method)) < times:
            await asyncio.sleep(0.02)
    return found


async def test_what_waits_and_what_comes_is_kept(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone
) -> None:
    before = await phone.say("squat 5x5 100")
    async with attending(home, simulator):
        assert await until_kept(home, simulator, before.update_id) == ["squat 5x5 100"]
        after = await phone.say("bench 3x8 60")
        assert await until_kept(home, simulator, after.update_id) == ["bench 3x8 60"]


async def test_an_update_is_confirmed_only_when_it_is_kept(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Pulse.run
    confirmed: list[object] = []

    async def away_at_first(self: Pulse, op: Any, call: Any) -> Any:
        if len(confirmed) < 4:
            confirmed.append([call["parameters"].get("offset") for call in calls(simulator, "getUpdates")])
            raise DatabaseUnavailable
        return await run(self, op, call)

    monkeypatch.setattr(Pulse, "run", away_at_first)
    first, second = await phone.say("squat 5x5 100"), await phone.say("squat 3x5 110")
    async with attending(home, simulator):
        assert await until_kept(home, simulator, second.update_id) == ["squat 3x5 110"]
        assert kept(home, simulator, first.update_id) == ["squat 5x5 100"]
        polls = await until_called(simulator, "getUpdates", times=2)
    assert confirmed == [[None]] * 4
    assert second.update_id is not None
    assert int(polls[1]["parameters"]["offset"]) == second.update_id + 1


async def test_what_breaks_us_does_not_hold_up_the_others(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries = Pulse.run, []

    async def breaking(self: Pulse, op: Any, call: Any) -> Any:
        if op.text == "poison":
            tries.append(op)
            raise Internal
        return await run(self, op, call)

    monkeypatch.setattr(Pulse, "run", breaking)
    poison, good = await phone.say("poison"), await phone.say("squat 5x5 100")
    async with attending(home, simulator):
        await until_kept(home, simulator, good.update_id)
    assert kept(home, simulator, poison.update_id) == []
    assert len(tries) == poller.MOST_TRIES


async def test_a_press_stops_turning(home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone) -> None:
    async with attending(home, simulator) as runtime:
        buttons = {"rows": [[{"text": "Yes", "data": "yes"}]]}
        await runtime.ports.chat.send(chat=str(phone.id), text="Sure?", buttons=buttons)
        press = await phone.press("Yes")
        assert await phone.answered(press, LONG) is not None
        assert await until_kept(home, simulator, press.update_id) == ["yes"]


@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "getUpdates", "setMyCommands"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http", "http_status": 502, "count": 2},
        {"kind": "http", "http_status": 409, "count": 2},
        {"kind": "http", "http_status": 401},
        {"kind": "rate", "retry_after": 1},
        {"kind": "not-json"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('http_status', '')}",
)
async def test_whatever_fails_is_tried_again(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone, method: str, fault: dict[str, Any]
) -> None:
    simulator.world.faults.add(Fault(method=method, **fault))
    sent = await phone.say("squat 5x5 100")
    async with attending(home, simulator):
        assert await until_kept(home, simulator, sent.update_id) == ["squat 5x5 100"]
        await until_called(simulator, "setMyCommands", times=2)


async def test_two_servers_ask_in_turn_and_keep_everything_once(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone
) -> None:
    async with attending(home, simulator), attending(home, simulator):
        sent = [await phone.say(f"squat {number}x5 100") for number in range(1, 6)]
        for number, one in enumerate(sent, 1):
            assert await until_kept(home, simulator, one.update_id) == [f"squat {number}x5 100"]


async def test_the_server_starts_while_telegram_is_away(home: TestHome) -> None:
    simulator = TelegramSimulator(temper())
    async with simulator:
        port = int(simulator.url.rsplit(":", 1)[1])
    async with attending(home, simulator):
        again = TelegramSimulator(simulator.settings, port=port)
        async with again, TelegramPhone(again.url) as phone:
            again.state.chats[phone.id].started = True
            sent = await phone.say("squat 5x5 100")
            assert await until_kept(home, again, sent.update_id) == ["squat 5x5 100"]


async def test_commands_are_offered_in_both_languages(home: TestHome, simulator: TelegramSimulator) -> None:
    async with attending(home, simulator):
        told = [call["parameters"] for call in await until_called(simulator, "setMyCommands", times=2)]
    assert [one.get("language_code") for one in told] == [None, "sw"]
    for one in told:
        assert all(f'"{name}"' in str(one["commands"]).replace("'", '"') for name in poller.COMMANDS)
    assert told[0]["commands"] != told[1]["commands"]


async def test_updates_are_pushed_where_we_have_an_address(
    home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone
) -> None:
    # Where the server listens is known too late for its settings.
    made = TelegramSettings(token=simulator.settings.token, base_url=simulator.url)
    async with running_api(home, telegram=made) as api:
        bot = api.runtime.ports.bot
        assert bot is not None
        await bot.push_to(f"{api.url}{telegram.PATH}", secret=made.webhook_secret)
        sent = await phone.say("squat 5x5 100")
        assert await until_kept(home, simulator, sent.update_id) == ["squat 5x5 100"]
        await bot.send(chat=str(phone.id), text="Sure?", buttons={"rows": [[{"text": "Yes", "data": "yes"}]]})
        press = await phone.press("Yes")
        assert await phone.answered(press, LONG) is not None
        assert await until_kept(home, simulator, press.update_id) == ["yes"]


async def test_the_address_and_the_secret_are_told(home: TestHome, simulator: TelegramSimulator) -> None:
    simulator.world.faults.add(Fault(kind="http", http_status=502, method="setWebhook"))
    async with attending(home, simulator, webhook_url="https://127.0.0.1:8443", secret="s3cret"):
        (call,) = await until_called(simulator, "setWebhook")
    told = call["parameters"]
    assert (told["url"], told["secret_token"]) == ("https://127.0.0.1:8443/hooks/telegram", "s3cret")
    assert calls(simulator, "getUpdates") == []


async def test_a_runtime_hangs_up_its_bot(home: TestHome, simulator: TelegramSimulator, phone: TelegramPhone) -> None:
    async with attending(home, simulator) as runtime:
        bot: Any = runtime.ports.bot
        await bot.username()
        requests = bot._bot._calls, bot._bot._polls
    assert all(request._client.is_closed for request in requests)
