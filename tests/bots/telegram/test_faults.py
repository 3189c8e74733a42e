"""What goes wrong on demand, as python-telegram-bot sees it."""

import httpx
import pytest
from telegram import Bot
from telegram.error import Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from pp_bots.simulator.telegram import TelegramPhone


async def fault(http: httpx.AsyncClient, **body: object) -> None:
    assert (await http.post("/sim/faults", json=body)).status_code == 200


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_told_to_wait(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await fault(http, kind="rate", count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(phone.id, "x")
        assert refused.value.retry_after == 7
    await bot.send_message(phone.id, "y")
    assert [each.text for each in await phone.drain()] == ["y"]


async def test_the_body_of_429(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await fault(http, kind="rate", retry_after=7)
    answer = await http.post(f"/bot{bot.token}/sendMessage", json={"chat_id": phone.id, "text": "x"})
    assert answer.status_code == 429
    assert answer.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }


@pytest.mark.parametrize("taken", [False, True])
async def test_the_server_fails(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient, taken: bool) -> None:
    await fault(http, kind="http", http_status=500, taken=taken)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(phone.id, "x")
    assert len(await phone.drain()) == int(taken)


@pytest.mark.parametrize(("kind", "taken"), [("timeout-before", 0), ("timeout-after", 1)])
async def test_nothing_comes_back_in_time(
    bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient, kind: str, taken: int
) -> None:
    await fault(http, kind=kind)
    with pytest.raises(TimedOut):
        await bot.send_message(phone.id, "x", read_timeout=0.2)
    assert len(await phone.drain()) == taken


@pytest.mark.parametrize(("kind", "error"), [("cut", NetworkError), ("not-json", TelegramError)])
async def test_the_answer_is_broken(
    bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient, kind: str, error: type[TelegramError]
) -> None:
    await fault(http, kind=kind)
    with pytest.raises(error):
        await bot.send_message(phone.id, "x")
    assert len(await phone.drain()) == 1


async def test_a_reader_who_blocked_the_bot(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await fault(http, kind="blocked")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(phone.id, "x")
    await bot.send_message(phone.id, "y")


async def test_faults_meet_what_they_are_for(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await fault(http, kind="http", count=2)
    await fault(http, kind="http", method="getWebhookInfo")
    await bot.get_me()
    await bot.get_updates()
    with pytest.raises(NetworkError):
        await bot.get_webhook_info()
    with pytest.raises(NetworkError):
        await bot.send_message(phone.id, "x")
    [left] = (await http.get("/sim/faults")).json()["faults"]
    assert (left["kind"], left["count"]) == ("http", 1)
    assert (await http.delete("/sim/faults")).json() == {"faults": []}
    await bot.send_message(phone.id, "x")
