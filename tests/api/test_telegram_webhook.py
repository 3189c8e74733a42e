"""Telegram's webhook over a real socket: each sort of update kept once as what it is, and closed to everybody else."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest
from psycopg import connect
from psycopg.rows import dict_row

from pp_bots.simulator.telegram import TelegramSimulator
from pp_core.kernel.errors import DatabaseUnavailable
from pp_core.kernel.settings import TelegramSettings
from tests.api.conftest import Api, running_api
from tests.conftest import TestHome

HOOK = "/hooks/telegram"
SECRET = "the_secret-that-Telegram-was-told"
BOT = "7000000001"
AMINA = {"id": 5551, "is_bot": False, "first_name": "Amina", "last_name": "Wanjiru", "language_code": "sw-KE"}
CHAT = {"id": 5551, "first_name": "Amina", "last_name": "Wanjiru", "type": "private"}
GROUP = {"id": -1001234, "title": "Kilimani Strength", "type": "supergroup"}
PHOTO = [{"file_id": "AgAC", "file_unique_id": "AQ", "width": 90, "height": 67, "file_size": 1200}]
_numbers = count(810_000_001)


@pytest.fixture(scope="module")
async def hooked(home: TestHome) -> AsyncIterator[Api]:
    """The application with a bot whose Telegram is a simulated one."""
    async with TelegramSimulator() as simulator:
        settings = TelegramSettings(
            token=simulator.settings.token, base_url=simulator.url, webhook_url="https://gym.example", secret=SECRET
        )
        async with running_api(home, telegram=settings) as api:
            yield api


def message(**more: Any) -> dict[str, Any]:
    said = {"message_id": 71, "from": AMINA, "chat": CHAT, "date": 1795241085, **more}
    return {key: value for key, value in said.items() if value is not None}


def update(**kinds: Any) -> dict[str, Any]:
    return {"update_id": next(_numbers), **deepcopy(kinds)}


async def post(api: Api, body: Any, secret: str | None = SECRET) -> Any:
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await api.http.post(HOOK, content=content, headers={"Content-Type": "application/json", **headers})


def kept(api: Api, body: dict[str, Any]) -> list[dict[str, Any]]:
    home: Any = api.runtime.home
    with connect(home.urls.admin, autocommit=True, row_factory=dict_row) as connection:
        return connection.execute(
            "SELECT channel, sender, address, text, sort, message_ref, about_ref, sender_name, language, sent_at"
            " FROM incoming_texts WHERE gateway_id = %s",
            (f"{BOT}:{body['update_id']}",),
        ).fetchall()


def own(**more: Any) -> dict[str, Any]:
    return {"phone_number": "254711082010", "first_name": "Amina", "user_id": 5551, **more}


SORTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"message": message(text="squat 5x5 100")},
        {"sort": "text", "text": "squat 5x5 100", "message_ref": "71", "about_ref": None},
    ),
    (
        {"message": message(text="/start kilimani", entities=[{"offset": 0, "length": 6, "type": "bot_command"}])},
        {"sort": "text", "text": "/start kilimani"},
    ),
    (
        {"message": message(text="no, 3x8", reply_to_message=message(message_id=70, text="Squat 5x5 100 kg"))},
        {"sort": "text", "text": "no, 3x8", "about_ref": "70"},
    ),
    (
        {"edited_message": message(text="squat 5x5 110", edit_date=1795241099)},
        {"sort": "edit", "text": "squat 5x5 110", "message_ref": "71"},
    ),
    (
        {
            "callback_query": {
                "id": "4382bfdwdsb323b2d9",
                "from": AMINA,
                "chat_instance": "-3141",
                "data": "pay:gold",
                "message": message(message_id=69, text="Which plan?"),
            }
        },
        {"sort": "button", "text": "pay:gold", "about_ref": "69", "message_ref": None, "sender": "5551"},
    ),
    (
        {
            "callback_query": {
                "id": "2", "from": AMINA, "chat_instance": "-3141", "data": "yes",
                "message": {"message_id": 12, "chat": CHAT, "date": 0},
            }
        },
        {"sort": "button", "text": "yes", "about_ref": "12"},
    ),
    ({"message": message(contact=own())}, {"sort": "contact", "text": "+254711082010"}),
    ({"message": message(contact=own(phone_number="+447911123456"))}, {"sort": "contact", "text": "+447911123456"}),
    ({"message": message(contact=own(user_id=5552))}, {"sort": "other", "text": "contact"}),
    ({"message": message(contact=own(user_id=None))}, {"sort": "other", "text": "contact"}),
    ({"message": message(contact=own(phone_number="12"))}, {"sort": "other", "text": "contact"}),
    ({"message": message(photo=PHOTO)}, {"sort": "other", "text": "photo"}),
    ({"message": message(photo=PHOTO, caption="100 x 5")}, {"sort": "other", "text": "photo\n100 x 5"}),
    (
        {"edited_message": message(photo=PHOTO, caption="110 x 5", edit_date=1795241099)},
        {"sort": "other", "text": "photo\n110 x 5", "message_ref": "71"},
    ),
    ({"message": message(voice={"file_id": "AwAC", "duration": 3})}, {"sort": "other", "text": "voice"}),
    ({"message": message(sticker={"emoji": "💪", "type": "regular"})}, {"sort": "other", "text": "sticker"}),
    ({"message": message(location={"latitude": -1.29, "longitude": 36.79})}, {"sort": "other", "text": "location"}),
    (
        {"message": message(venue={"title": "Gym"}, location={"latitude": -1.29, "longitude": 36.79})},
        {"sort": "other", "text": "venue"},
    ),
    ({"message": message(animation={}, document={"file_name": "x.gif"})}, {"sort": "other", "text": "animation"}),
    ({"message": message(pinned_message=message(message_id=3))}, {"sort": "other", "text": "message"}),
    ({"message": message(text="half \ud83d and \u0000")}, {"sort": "text", "text": "half \ufffd and \ufffd"}),
]  # fmt: skip


@pytest.mark.parametrize(("kinds", "expected"), SORTS, ids=lambda value: value.get("text", "").split("\n")[0] or None)
async def test_each_sort_is_kept_as_what_it_is(hooked: Api, kinds: dict[str, Any], expected: dict[str, Any]) -> None:
    body = update(**kinds)
    answer = await post(hooked, body)
    assert answer.status_code == 200
    (row,) = kept(hooked, body)
    common = {
        "channel": "telegram",
        "sender": "5551",
        "address": "pulse_gym_bot",
        "sender_name": "Amina Wanjiru",
        "language": "sw",
    }
    assert {key: row[key] for key in (*common, *expected)} == {**common, **expected}
    moments = {name: said.get("edit_date", said.get("date")) for name, said in kinds.items()}
    assert (row["sent_at"].timestamp() if row["sent_at"] else None) == next(iter(moments.values()))


@pytest.mark.parametrize(
    ("code", "language"),
    [("en", "en"), ("en-GB", "en"), ("sw", "sw"), ("SW-TZ", "sw"), ("fr", None), ("swg", None), (None, None)],
)
async def test_the_language_is_a_hint(hooked: Api, code: str | None, language: str | None) -> None:
    body = update(message=message(text="hi", **{"from": {"id": 5551, "first_name": "A", "language_code": code}}))
    await post(hooked, body)
    assert [(row["language"], row["sender_name"]) for row in kept(hooked, body)] == [(language, "A")]


async def test_an_update_is_kept_once_however_often_it_comes(hooked: Api) -> None:
    body = update(message=message(text="squat 5x5 100"))
    for _ in range(3):
        answer = await post(hooked, body)
        assert (answer.status_code, answer.text) == (200, "OK")
    assert len(kept(hooked, body)) == 1


async def test_a_press_is_answered_in_the_same_breath(hooked: Api) -> None:
    press = {"id": "4382", "from": AMINA, "chat_instance": "1", "data": "yes", "message": message()}
    game = {"id": "4383", "from": AMINA, "chat_instance": "1", "game_short_name": "chess", "inline_message_id": "x"}
    in_group = {**press, "id": "4384", "message": message(chat=GROUP)}
    for query, rows in ((press, 1), (game, 0), (in_group, 0)):
        body = update(callback_query=query)
        answer = await post(hooked, body)
        assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": query["id"]}
        assert len(kept(hooked, body)) == rows


@pytest.mark.parametrize(
    "kinds",
    [
        {"message": message(chat=GROUP, text="hello all")},
        {"message": message(chat=GROUP, text="/help@pulse_gym_bot")},
        {"edited_message": message(chat=GROUP, text="hello all")},
        {"edited_message": message(location={"latitude": -1.3, "longitude": 36.8}, edit_date=1795241099)},
    ],
    ids=["group", "command", "edit", "moving location"],
)
async def test_what_is_no_conversation_is_counted_and_not_kept(hooked: Api, kinds: dict[str, Any]) -> None:
    before = await counted(hooked, "ignored")
    body = update(**kinds)
    answer = await post(hooked, body)
    assert (answer.status_code, kept(hooked, body)) == (200, [])
    assert await counted(hooked, "ignored") == before + 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "too large, or no JSON"),
        (b'{"update_id": ' + b"9" * 5000 + b"}", "too large, or no JSON"),
        (b"[" * 100_000, "too large, or no JSON"),
        (b'{"update_id": 1, "message": "' + b"x" * 300_000 + b'"}', "too large, or no JSON"),
        (b"[]", "update_id is missing"),
        (b'{"message": {}}', "update_id is missing"),
        (b'{"update_id": 1, "message": "hi"}', "message is missing"),
        (b'{"update_id": 1, "message": {"chat": 3}}', "chat is missing"),
        (b'{"update_id": 1, "poll_answer": {"poll_id": "3"}}', "the update's kind is missing"),
        (json.dumps(update(message=message(message_id="71", text="hi"))).encode(), "message_id is missing"),
        (json.dumps(update(message=message(text=["hi"]))).encode(), "text is missing"),
        (json.dumps(update(message=message(text="x" * 6000))).encode(), "text cannot be kept"),
        (json.dumps(update(message=message(message_id=10**60, text="hi"))).encode(), "message_ref cannot be kept"),
    ],
)
async def test_what_cannot_be_read_is_counted_and_not_asked_for_again(hooked: Api, body: bytes, reason: str) -> None:
    before = await counted(hooked, "unreadable")
    answer = await post(hooked, body)
    assert answer.status_code == 200
    assert answer.text.startswith("Not kept: ")
    assert reason in answer.text
    assert await counted(hooked, "unreadable") == before + 1


async def counted(api: Api, meter: str) -> float:
    text = (await api.http.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith(f'pp_webhook_{meter}_total{{hook="telegram"}}')]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0


@pytest.mark.parametrize("secret", [None, "", "the_secret-that-Telegram-was-tolt", "ünïcode"])
async def test_without_the_secret_there_is_nothing_here(hooked: Api, secret: str | None) -> None:
    body = update(message=message(text="hi"))
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    answer = await hooked.http.post(HOOK, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "request.no_such_address")
    assert kept(hooked, body) == []


async def test_without_a_bot_there_is_nothing_here(api: Api) -> None:
    assert (await post(api, update(message=message(text="hi")), "")).status_code == 404


async def test_a_secret_of_its_own_is_derived_from_the_token(home: TestHome) -> None:
    async with TelegramSimulator() as simulator:
        settings = TelegramSettings(token=simulator.settings.token, base_url=simulator.url)
        assert settings.token not in settings.webhook_secret
        async with running_api(home, telegram=settings) as api:
            body = update(message=message(text="hi"))
            assert (await post(api, body, settings.webhook_secret)).status_code == 200
            assert (await post(api, body, settings.token)).status_code == 404
            assert len(kept(api, body)) == 1


async def test_without_a_database_it_is_asked_for_again(hooked: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable

    body = update(message=message(text="squat 5x5 100"))
    with monkeypatch.context() as patched:
        patched.setattr(type(hooked.runtime.pulse), "_transact", away)
        assert (await post(hooked, body)).status_code == 503
    assert (await post(hooked, body)).status_code == 200
    assert len(kept(hooked, body)) == 1


async def test_without_our_own_name_it_is_asked_for_again(home: TestHome) -> None:
    async with TelegramSimulator() as simulator:
        url, token = simulator.url, simulator.settings.token
    async with running_api(home, telegram=TelegramSettings(token=token, base_url=url, secret=SECRET)) as api:
        answer = await post(api, update(message=message(text="hi")))
        assert (answer.status_code, answer.json()["code"]) == (503, "telegram.name_unknown")
