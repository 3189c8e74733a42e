"""The simulated Africa's Talking: callbacks, reports, faults, and the phone beside it."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from rich.console import Console

from pp_api.webhooks.africastalking import parse_delivery_report, parse_incoming, parse_opt_out
from pp_bots.simulator.africastalking import AfricasTalkingSimulator, SimulatorSettings
from pp_bots.simulator.phone import Phone, PhoneError, run_interactive
from tests.bots.receiver import CallbackReceiver, free_port

PHONE = "+254711082010"
KEY = {"apiKey": "simulator", "Accept": "application/json"}


def settings(port: int, **changes: object) -> SimulatorSettings:
    base = f"http://127.0.0.1:{port}"
    values: dict[str, object] = {
        "incoming_url": f"{base}/incoming",
        "report_url": f"{base}/report",
        "opt_out_url": f"{base}/opt-out",
        "retry_interval": 0.05,
        "report_delay": 0.02,
    }
    return SimulatorSettings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def one_receiver() -> AsyncIterator[CallbackReceiver]:
    async with CallbackReceiver() as server:
        yield server


@pytest.fixture
def receiver(one_receiver: CallbackReceiver) -> CallbackReceiver:
    one_receiver.reset()
    return one_receiver


@pytest.fixture
async def gateway(receiver: CallbackReceiver) -> AsyncIterator[AfricasTalkingSimulator]:
    async with AfricasTalkingSimulator(settings(receiver.port)) as simulator:
        yield simulator


@pytest.fixture
async def http(gateway: AfricasTalkingSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as client:
        yield client


async def send(http: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await http.post(
        "/version1/messaging", headers=KEY, data={"username": "sandbox", "to": PHONE, "message": "Karibu", **form}
    )


async def fault(http: httpx.AsyncClient, **body: object) -> None:
    assert (await http.post("/sim/faults", json=body)).status_code == 200


# Sending


async def test_send_answers_as_documented(http: httpx.AsyncClient) -> None:
    answer = await send(http, to=f"{PHONE},0722000000", message="€" * 81)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    data = answer.json()["SMSMessageData"]
    good, bad = data["Recipients"]
    assert data["Message"] == "Sent to 1/2 Total Cost: KES 1.6000"
    assert good.pop("messageId").startswith("ATXid_")
    assert good == {"statusCode": 101, "number": PHONE, "status": "Success", "cost": "KES 1.6000"}
    assert bad == {
        "statusCode": 403,
        "number": "0722000000",
        "status": "InvalidPhoneNumber",
        "cost": "0",
        "messageId": "None",
    }


async def test_send_keeps_its_options(http: httpx.AsyncClient) -> None:
    queued = (await send(http, enqueue="1", linkId="L1", bulkSMSMode="0", **{"from": "20880"})).json()
    assert queued["SMSMessageData"]["Recipients"][0]["statusCode"] == 102
    [message] = (await http.get("/sim/messages", params={"phone": PHONE})).json()["messages"]
    assert (message["enqueue"], message["linkId"], message["bulkSMSMode"], message["from"]) == (True, "L1", 0, "20880")
    assert (await http.get("/sim/messages", params={"phone": "+254700000000"})).json() == {"messages": [], "last": 1}


async def test_send_refuses_in_plain_text(http: httpx.AsyncClient) -> None:
    form = {"username": "sandbox", "to": PHONE, "message": "hi"}
    wrong = await http.post("/version1/messaging", headers={"apiKey": "wrong"}, data=form)
    assert (wrong.status_code, wrong.text) == (401, "The supplied authentication is invalid")
    assert wrong.headers["content-type"].startswith("text/plain")
    assert (await http.post("/version1/messaging", data=form)).status_code == 401
    assert (await send(http, username="someone")).status_code == 401
    missing = await http.post("/version1/messaging", headers=KEY, data={"username": "sandbox", "to": PHONE})
    assert (missing.status_code, missing.text) == (400, "Request is missing required form field 'message'")
    assert (await send(http, bulkSMSMode="maybe")).status_code == 400
    assert (await http.get("/sim/messages")).json()["messages"] == []


async def test_only_registered_senders(receiver: CallbackReceiver) -> None:
    async with (
        AfricasTalkingSimulator(settings(receiver.port, senders=frozenset({"20880"}))) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http,
    ):
        answer = (await send(http, **{"from": "IRONGYM"})).json()["SMSMessageData"]
        assert answer == {"Message": "InvalidSenderId", "Recipients": []}


async def test_a_waiting_reader_is_woken_by_the_next_message(http: httpx.AsyncClient) -> None:
    await send(http, to="+254700000001")
    reader = asyncio.create_task(
        http.get("/sim/messages/stream", params={"after": 1, "phone": PHONE, "wait": 5}, timeout=10)
    )
    await asyncio.sleep(0.05)
    assert not reader.done()
    await send(http, to="+254700000001")
    await send(http, message="now")
    body = (await reader).json()
    assert [message["text"] for message in body["messages"]] == ["now"]
    assert body["last"] == 3
    none = await http.get("/sim/messages/stream", params={"after": 3, "wait": 0})
    assert none.json() == {"messages": [], "last": 3}


# Incoming


async def test_incoming_arrives_as_the_gateway_writes_it(
    http: httpx.AsyncClient, receiver: CallbackReceiver, gateway: AfricasTalkingSimulator
) -> None:
    answer = await http.post("/sim/incoming", json={"from": PHONE, "text": "squat 5x5 & more + “x”"})
    assert answer.status_code == 202
    [form] = await receiver.wait("incoming", 1)
    assert set(form) == {"linkId", "text", "to", "id", "date", "from", "networkCode"}
    sms = parse_incoming(form)
    assert (sms.sender, sms.to, sms.text) == (PHONE, "20880", "squat 5x5 & more + “x”")
    assert (sms.gateway_id, sms.link_id) == (answer.json()["id"], answer.json()["linkId"])
    assert sms.sent_at == datetime.fromisoformat(answer.json()["at"])


async def test_incoming_is_repeated_until_200(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    receiver.statuses = [500, 204, 404]
    await http.post("/sim/incoming", json={"from": PHONE, "text": "hi"})
    forms = await receiver.wait("incoming", 4)
    await asyncio.sleep(0.15)
    assert receiver.forms("incoming") == forms
    assert len({form["id"] for form in forms}) == 1
    [state] = (await http.get("/sim/incoming")).json()["incoming"]
    assert (state["state"], state["attempts"]) == ("delivered", 4)


async def test_incoming_survives_our_server_being_down() -> None:
    port = free_port()
    async with (
        AfricasTalkingSimulator(settings(port)) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http,
    ):
        await http.post("/sim/incoming", json={"from": PHONE, "text": "hi"})
        while not (await http.get("/sim/callbacks")).json()["callbacks"]:
            await asyncio.sleep(0.01)
        assert (await http.get("/sim/incoming")).json()["incoming"][0]["state"] == "delivering"
        async with CallbackReceiver(port=port) as receiver:
            [form] = await receiver.wait("incoming", 1)
    assert form["text"] == "hi"


async def test_incoming_is_given_up_at_last() -> None:
    async with (
        AfricasTalkingSimulator(settings(free_port(), give_up_after=0.12)) as gateway,
        httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http,
    ):
        await http.post("/sim/incoming", json={"from": PHONE, "text": "hi"})
        async with asyncio.timeout(5), gateway.state.changed:
            await gateway.state.changed.wait_for(
                lambda: [each.state for each in gateway.state.incoming.values()] == ["given up"]
            )


async def test_incoming_twice_on_demand_and_by_the_same_id(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    await fault(http, kind="duplicate-incoming", times=2)
    await http.post("/sim/incoming", json={"from": PHONE, "text": "hi", "id": "m1", "linkId": "l1"})
    forms = await receiver.wait("incoming", 3)
    async with asyncio.timeout(5):
        while (await http.get("/sim/incoming")).json()["incoming"][0]["attempts"] < 3:
            await asyncio.sleep(0.01)
    again = await http.post("/sim/incoming", json={"from": PHONE, "text": "hi", "id": "m1"})
    assert again.json()["linkId"] == "l1"
    forms = await receiver.wait("incoming", 4)
    assert all(form == forms[0] for form in forms)


async def test_requests_that_make_no_sense(http: httpx.AsyncClient) -> None:
    for path, body in [
        ("/sim/incoming", {"text": "hi"}),
        ("/sim/incoming", {"from": PHONE}),
        ("/sim/incoming", []),
        ("/sim/faults", {"kind": "earthquake"}),
        ("/sim/faults", {"kind": "http", "status": 500}),
        ("/sim/faults", {"kind": "http", "http_status": "500"}),
        ("/sim/faults", {"kind": "late-report", "seconds": -1}),
        ("/sim/reports", {"status": "Success"}),
    ]:
        answer = await http.post(path, json=body)
        assert answer.status_code == 400, (path, body)
        assert answer.json()["error"]
    assert (await http.post("/sim/incoming", content=b"{")).status_code == 400
    assert (await http.post("/sim/reports", json={"id": "ATXid_0", "status": "Success"})).status_code == 404
    assert (await http.get("/sim/messages", params={"after": "x"})).status_code == 400


# Delivery reports


async def sent_id(answer: httpx.Response) -> str:
    return str(answer.json()["SMSMessageData"]["Recipients"][0]["messageId"])


async def test_reports_go_from_sent_to_success(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    message_id = await sent_id(await send(http))
    reports = [parse_delivery_report(form) for form in await receiver.wait("report", 2)]
    assert [(report.gateway_id, report.phone) for report in reports] == [(message_id, PHONE)] * 2
    assert [(report.status, report.final) for report in reports] == [("Sent", False), ("Success", True)]
    [message] = (await http.get("/sim/messages")).json()["messages"]
    assert message["delivery"] == "Success"


async def test_a_report_may_come_before_the_answer(
    http: httpx.AsyncClient, receiver: CallbackReceiver, gateway: AfricasTalkingSimulator
) -> None:
    await fault(http, kind="early-report")
    answered: list[bool] = []
    sending = asyncio.create_task(send(http))
    receiver.hook = lambda *_: answered.append(sending.done())
    message_id = await sent_id(await sending)
    assert [form["id"] for form in receiver.forms("report")] == [message_id]
    assert answered == [False]


async def test_reports_expire_fail_repeat_and_stay_away(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    await fault(http, kind="no-report")
    await send(http)
    await fault(http, kind="report-status")
    await fault(http, kind="duplicate-report", times=1)
    await send(http)
    forms = await receiver.wait("report", 4)
    assert [form["status"] for form in forms] == ["Sent", "Sent", "Expired", "Expired"]
    await fault(http, kind="report-status", word="Failed", reason="UserInBlackList")
    await send(http)
    last = parse_delivery_report((await receiver.wait("report", 6))[-1])
    assert (last.status, last.reason, last.retry_count) == ("Failed", "UserInBlackList", 0)


async def test_late_reports_and_reports_on_demand(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    await fault(http, kind="late-report", seconds=0.6)
    late = await sent_id(await send(http))
    prompt = await sent_id(await send(http))
    forms = await receiver.wait("report", 4)
    assert [form["id"] for form in forms] == [prompt, prompt, late, late]
    await http.post("/sim/reports", json={"id": prompt, "status": "Sent", "times": 2, "retryCount": 1})
    assert [form["status"] for form in receiver.forms("report")[4:]] == ["Sent", "Sent"]
    assert receiver.forms("report")[-1]["retryCount"] == "1"


async def test_a_link_nobody_gave_fails_later(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    link = (await http.post("/sim/incoming", json={"from": PHONE, "text": "hi"})).json()["linkId"]
    await send(http, bulkSMSMode="0", linkId=link)
    assert (await receiver.wait("report", 2))[-1]["status"] == "Success"
    await send(http, bulkSMSMode="0", linkId="made-up")
    last = (await receiver.wait("report", 4))[-1]
    assert (last["status"], last["failureReason"]) == ("Failed", "InvalidLinkId")


async def test_opting_out_blocks_bulk_from_that_sender(http: httpx.AsyncClient, receiver: CallbackReceiver) -> None:
    await http.post("/sim/opt-out", json={"phone": PHONE, "sender": "IRONGYM"})
    assert parse_opt_out(receiver.forms("opt-out")[0]).phone == PHONE
    words = [
        (await send(http, **form)).json()["SMSMessageData"]["Recipients"][0]["status"]
        for form in ({"from": "IRONGYM"}, {"from": "20880"}, {"from": "IRONGYM", "bulkSMSMode": "0"})
    ]
    assert words == ["UserInBlacklist", "Success", "Success"]


# Faults


async def test_faults_are_listed_spent_and_cleared(http: httpx.AsyncClient) -> None:
    await fault(http, kind="http", http_status=429, count=2)
    assert (await send(http)).status_code == 429
    [armed] = (await http.get("/sim/faults")).json()["faults"]
    assert (armed["kind"], armed["count"]) == ("http", 1)
    assert (await send(http)).status_code == 429
    assert (await send(http)).status_code == 201
    await fault(http, kind="refuse")
    assert (await http.delete("/sim/faults")).json() == {"faults": []}
    assert (await send(http)).json()["SMSMessageData"]["Recipients"][0]["status"] == "Success"


# The phone


async def echo(gateway: AfricasTalkingSimulator, receiver: CallbackReceiver, *, link: bool) -> asyncio.Task[None]:
    """Answer each incoming text with itself, as our server would."""

    async def run() -> None:
        async with httpx.AsyncClient(base_url=gateway.url, trust_env=False) as http:
            count = 0
            while True:
                async with receiver._changed:
                    await receiver._changed.wait_for(lambda: len(receiver.forms("incoming")) > count)  # noqa: B023
                form = receiver.forms("incoming")[count]
                count += 1
                if form["text"] == "silence":
                    continue
                extra = {"linkId": form["linkId"], "bulkSMSMode": "0"} if link else {}
                await send(http, to=form["from"], message=f"You said: {form['text']}", **extra)

    return asyncio.create_task(run())


@pytest.mark.parametrize("link", [False, True])
async def test_each_text_is_matched_with_its_answer(
    gateway: AfricasTalkingSimulator, receiver: CallbackReceiver, http: httpx.AsyncClient, link: bool
) -> None:
    await send(http, message="from before the phone was opened")
    server = await echo(gateway, receiver, link=link)
    async with Phone(PHONE, gateway.url) as phone:
        await phone.drain()
        replies = []
        for text in ("hi", "silence", "á" * 71):
            reply = await phone.receive_answer(await phone.send(text), 1.0)
            replies.append(None if reply is None else (reply.text, reply.parts))

        async def known_to_be_silent(_: str) -> bool:
            return True

        assert await phone.receive_answer(await phone.send("silence"), 3600.0, known_to_be_silent) is None
    server.cancel()
    assert replies == [("You said: hi", 1), None, ("You said: " + "á" * 71, 2)]


async def test_a_refused_message_never_reaches_the_phone(
    gateway: AfricasTalkingSimulator, http: httpx.AsyncClient
) -> None:
    async with Phone(PHONE, gateway.url) as phone:
        await fault(http, kind="refuse")
        await send(http, message="refused")
        await send(http, message="taken")
        assert [sms.text for sms in await phone.drain()] == ["taken"]
        assert await phone.receive(0) is None


async def test_a_terminal_shows_both_sides(gateway: AfricasTalkingSimulator, receiver: CallbackReceiver) -> None:
    server = await echo(gateway, receiver, link=False)
    output = io.StringIO()
    screen = Console(file=output, width=80)
    typed = iter(["[bold]hi[/bold]", ""])

    def read_line() -> str:
        line = next(typed, None)
        if line is not None:
            return line
        patience = 500
        while "You said: " not in output.getvalue() and patience:
            time.sleep(0.01)
            patience -= 1
        raise EOFError

    async with Phone(PHONE, gateway.url, to="20881") as phone:
        await run_interactive(phone, console=screen, read_line=read_line)
    server.cancel()
    shown = output.getvalue()
    assert shown.count("[bold]hi[/bold]") == 2
    assert "You said: " in shown
    assert receiver.forms("incoming")[0]["to"] == "20881"


async def test_a_phone_without_a_simulator_says_so() -> None:
    with pytest.raises(PhoneError, match="no simulator"):
        async with Phone(PHONE, f"http://127.0.0.1:{free_port()}"):
            pass
