"""Africa's Talking's callbacks over a real socket: kept once, answered at once, and closed to everybody else."""

import asyncio
import secrets
from typing import Any

import pytest
from psycopg import connect

from pp_api.webhooks import sms
from pp_core.kernel.ports import SendOutcome, SendStatus
from pp_core.notifications.operations import ListMessages, ListOptOuts, SendMessage
from pp_core.runtime.worker import Worker
from pp_core.tenants.operations import ConnectChannel
from tests.api.conftest import Api, SignedInGym, running_api
from tests.conftest import Gateway, new_phone

HOOKS = "/hooks/sms/test-callback-token"


def incoming(**more: str) -> dict[str, str]:
    return {
        "id": "2c1f0b6e-in-1",
        "linkId": "SampleLink1",
        "text": "squat 5x5 100",
        "to": "22384",
        "from": new_phone(),
        "date": "2026-11-21 06:04:45",
        "networkCode": "63902",
        **more,
    }


def kept(api: Api, gateway_id: str) -> list[Any]:
    home: Any = api.runtime.home
    with connect(home.urls.admin, autocommit=True) as connection:
        return connection.execute(
            "SELECT sender, address, text FROM incoming_texts WHERE gateway_id = %s", (gateway_id,)
        ).fetchall()


async def test_a_text_is_kept_once_however_often_it_comes(api: Api) -> None:
    form = incoming(id="kept-once")
    for _ in range(3):
        answer = await api.http.post(f"{HOOKS}/incoming", data=form)
        assert (answer.status_code, answer.text) == (200, "OK")
    assert kept(api, "kept-once") == [(form["from"], "22384", "squat 5x5 100")]


async def test_swahili_emoji_and_odd_bytes_survive(api: Api) -> None:
    raw = "id=odd-bytes&text=Skwoti+5x5+%F0%9F%92%AA%FF&to=22384&from=%2B254712345678&date=2026-11-21T06:04:45Z"
    answer = await api.http.post(
        f"{HOOKS}/incoming",
        content=raw,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    assert answer.status_code == 200
    assert kept(api, "odd-bytes")[0][2] == "Skwoti 5x5 💪\ufffd"


@pytest.mark.parametrize(
    "path", ["/hooks/sms/wrong/incoming", "/hooks/sms/test-callback-tokem/report", "/hooks/sms//incoming"]
)
async def test_a_wrong_token_finds_nothing(api: Api, path: str) -> None:
    answer = await api.http.post(path, data=incoming(id="wrong-token"))
    assert (answer.status_code, answer.json()["code"]) == (404, "request.no_such_address")
    assert kept(api, "wrong-token") == []


async def test_without_a_token_of_ours_there_are_no_callbacks(api: Api) -> None:
    from pp_core.kernel.settings import SmsSettings

    async with running_api(api.runtime.home, sms=SmsSettings(callback_token="")) as closed:  # type: ignore[arg-type]
        assert (await closed.http.post("/hooks/sms/x/incoming", data=incoming())).status_code == 404


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({}, "from is missing"),
        (incoming(date="yesterday"), "date is missing or not understood"),
        (incoming(id="x" * 200), "gateway_id cannot be kept"),
        ({"from": "Safaricom"}, "from is missing or not understood"),
    ],
)
async def test_what_cannot_be_read_is_counted_and_not_asked_for_again(
    api: Api, form: dict[str, str], reason: str
) -> None:
    before = await _unreadable(api)
    answer = await api.http.post(f"{HOOKS}/incoming", data={**incoming(), **form} if "from" in form else form)
    assert answer.status_code == 200
    assert answer.text.startswith("Not kept: ")
    assert await _unreadable(api) == before + 1
    if form:
        assert reason in answer.text


async def _unreadable(api: Api) -> float:
    text = (await api.http.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith('pp_webhook_unreadable_total{hook="incoming"}')]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0


async def test_too_many_fields_or_bytes(api: Api) -> None:
    for form in ({f"f{n}": "x" for n in range(60)}, {"text": "x" * 70_000}):
        answer = await api.http.post(f"{HOOKS}/incoming", data=form)
        assert (answer.status_code, answer.text) == (200, "Not kept: too large, or no form.")


async def test_a_delivery_report_reaches_its_message(api: Api, admin: SignedInGym, worker: Worker) -> None:
    member = await admin.gym.add_member()
    await admin.gym.operator.run(SendMessage(member=member.code, text="Karibu!"))
    await worker.drain()
    home: Any = api.runtime.home
    with connect(home.urls.admin, autocommit=True) as connection:
        (gateway_id,) = connection.execute(
            "SELECT gateway_id FROM outgoing_messages WHERE person_id = %s", (member.id,)
        ).fetchone() or ("",)
    report = {"id": gateway_id, "status": "Success", "phoneNumber": member.phone or "", "networkCode": "63902"}
    for _ in range(2):
        assert (await api.http.post(f"{HOOKS}/report", data=report)).status_code == 200
    (message,) = (await admin.gym.operator.run(ListMessages())).items[:1]
    assert (message.person_id, message.status) == (member.id, "delivered")


async def test_a_report_that_overtakes_our_own_commit_is_waited_for(
    api: Api, admin: SignedInGym, worker: Worker, gateway: Gateway
) -> None:
    member = await admin.gym.add_member()
    await worker.drain()  # what other texts wait must not take the answer meant for ours
    gateway.answers = [SendOutcome(SendStatus.SENT, gateway_id=f"ATXid_early_{member.id}")]
    report = {"id": f"ATXid_early_{member.id}", "status": "Success", "phoneNumber": member.phone or ""}
    early = asyncio.create_task(api.http.post(f"{HOOKS}/report", data=report))
    await asyncio.sleep(0.05)
    await admin.gym.operator.run(SendMessage(member=member.code, text="Karibu!"))
    await worker.drain()
    answer = await early
    assert (answer.status_code, answer.text) == (200, "OK")
    assert (await admin.gym.operator.run(ListMessages())).items[0].status == "delivered"


async def test_a_report_on_a_message_that_is_not_ours_is_no_error(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms, "EARLY_REPORT_SECONDS", (0.01,))
    report = {"id": "ATXid_never", "status": "Failed", "phoneNumber": new_phone(), "failureReason": "UserIsInactive"}
    assert (await api.http.post(f"{HOOKS}/report", data=report)).status_code == 200


async def test_an_opt_out_is_registered_once(api: Api, admin: SignedInGym) -> None:
    gym = admin.gym
    own = f"GYM{secrets.token_hex(4)}"
    await gym.operator.run(ConnectChannel(kind="sms", address=own))
    here, everywhere = await gym.add_member(), await gym.add_member("Brian Otieno")
    for member, sender in ((here, own), (everywhere, "SHARED")):
        for _ in range(2):
            form = {"senderId": sender, "phoneNumber": member.phone or ""}
            answer = await api.http.post(f"{HOOKS}/opt-out", data=form)
            assert (answer.status_code, answer.text) == (200, "OK")
    listed = (await gym.operator.run(ListOptOuts())).items
    assert [(one.names, one.source, one.everywhere) for one in listed] == [
        (["Brian Otieno"], "gateway", True),
        (["Amina Wanjiru"], "gateway", False),
    ]
