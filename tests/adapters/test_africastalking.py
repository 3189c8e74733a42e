"""Sending through Africa's Talking, against the simulated gateway over a real socket."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from pp_bots.simulator.africastalking import AfricasTalkingSimulator, Fault, FaultKind, SimulatorSettings
from pp_core.adapters.africastalking import AfricasTalkingSettings, AfricasTalkingSms
from pp_core.kernel.ports import SendOutcome, SendStatus, SmsSender
from tests.bots.receiver import free_port

PHONE = "+254711082010"


def account(url: str, **changes: object) -> AfricasTalkingSms:
    settings = {"username": "sandbox", "api_key": "simulator", "read_timeout": 5.0, "deadline": 8.0, "threads": 2}
    return AfricasTalkingSms(AfricasTalkingSettings(base_url=url, **{**settings, **changes}))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def one_gateway() -> AsyncIterator[AfricasTalkingSimulator]:
    async with AfricasTalkingSimulator(SimulatorSettings(report_delay=0.01)) as simulator:
        yield simulator


@pytest.fixture
def gateway(one_gateway: AfricasTalkingSimulator) -> AfricasTalkingSimulator:
    one_gateway.faults.clear()
    one_gateway.state.outgoing.clear()
    return one_gateway


@pytest.fixture
async def sms(gateway: AfricasTalkingSimulator) -> AsyncIterator[AfricasTalkingSms]:
    sender = account(gateway.url)
    yield sender
    sender.close()


async def send(sms: SmsSender, to: str = PHONE, text: str = "Karibu", link_id: str | None = None) -> SendOutcome:
    return await sms.send(to=to, text=text, sender="20880", link_id=link_id)


async def taken(gateway: AfricasTalkingSimulator) -> None:
    async with asyncio.timeout(5), gateway.state.changed:
        await gateway.state.changed.wait_for(lambda: bool(gateway.state.outgoing))


@contextlib.asynccontextmanager
async def raw_server(answer: bytes | None) -> AsyncIterator[str]:
    """A server that reads a whole request, then writes `answer` (None: resets the connection)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        if answer is None:
            writer.transport.abort()
        else:
            writer.write(answer)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def http(body: str, status: str = "201 Created", content_type: str = "application/json", extra: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body.encode())}\r\n{extra}"
        f"Connection: close\r\n\r\n{body}"
    ).encode()


def recipient(**changes: object) -> str:
    fields = {"statusCode": 101, "number": PHONE, "status": "Success", "cost": "KES 0.8000", "messageId": "ATXid_1"}
    return json.dumps({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [{**fields, **changes}]}})


async def answer_to(body: bytes | None) -> SendOutcome:
    async with raw_server(body) as url:
        sender = account(url)
        try:
            return await send(sender)
        finally:
            sender.close()


async def test_accepted(gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms) -> None:
    outcome = await send(sms, text="a" * 161)
    [message] = gateway.state.outgoing
    assert outcome == SendOutcome(SendStatus.SENT, gateway_id=message.id, cost_minor=160, currency="KES")
    assert message.id.startswith("ATXid_")
    assert (message.sender, message.to, message.text, message.bulk_sms_mode) == ("20880", PHONE, "a" * 161, 1)


async def test_only_a_premium_code_answers_with_the_link(gateway: AfricasTalkingSimulator) -> None:
    sms = account(gateway.url, premium_codes=("20880",))
    try:
        for sender in ("20880", "22384", None):
            assert (await sms.send(to=PHONE, text="hi", sender=sender, link_id="link-1")).status is SendStatus.SENT
    finally:
        sms.close()
    sent = [(one.sender, one.link_id, one.bulk_sms_mode) for one in gateway.state.outgoing]
    assert sent == [("20880", "link-1", 0), ("22384", None, 1), ("AFRICASTKNG", None, 1)]


async def test_live_premium_messages_have_a_host_of_their_own() -> None:
    def hosts(**changes: str) -> tuple[str, str]:
        sms = account(**changes)
        sms.close()
        return sms._service._baseUrl, sms._service._contentUrl

    api, content = "https://api.africastalking.com", "https://content.africastalking.com"
    assert hosts(url=api) == (f"{api}/version1", f"{content}/version1")
    assert hosts(url="http://127.0.0.1:8701") == ("http://127.0.0.1:8701/version1",) * 2


async def test_text_arrives_as_written(gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms) -> None:
    text = "5×5 @ 100% & rest=90s + “poa” 💪\nkesho"
    await send(sms, text=text)
    assert gateway.state.outgoing[0].text == text


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("UserInBlacklist", SendStatus.REFUSED),
        ("UserInBlackList", SendStatus.REFUSED),
        ("InsufficientBalance", SendStatus.REFUSED),
        ("InsufficientCredit", SendStatus.REFUSED),
        ("InvalidPhoneNumber", SendStatus.REFUSED),
        ("UnsupportedNumberType", SendStatus.REFUSED),
        ("CouldNotRoute", SendStatus.REFUSED),
        ("DoNotDisturbRejection", SendStatus.REFUSED),
        ("RejectedByGateway", SendStatus.REFUSED),
        ("BadLuck", SendStatus.REFUSED),
        ("InternalServerError", SendStatus.RETRY),
        ("GatewayError", SendStatus.RETRY),
        ("RiskHold", SendStatus.UNKNOWN),
    ],
)
async def test_a_refused_recipient_inside_a_201(
    gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms, word: str, status: SendStatus
) -> None:
    gateway.faults.add(Fault(FaultKind.REFUSE, word=word))
    assert await send(sms) == SendOutcome(status, cost_minor=0, reason=word)
    assert (await send(sms)).status is SendStatus.SENT


async def test_no_recipients_at_all(gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms) -> None:
    gateway.faults.add(Fault(FaultKind.EMPTY_RECIPIENTS))
    assert await send(sms) == SendOutcome(SendStatus.REFUSED, reason="InvalidSenderId")
    gateway.faults.add(Fault(FaultKind.EMPTY_RECIPIENTS, word="Sent to 1/1 Total Cost: KES 0.8000"))
    assert (await send(sms)).status is SendStatus.UNKNOWN
    assert gateway.state.outgoing == []


async def test_a_number_that_is_none_is_refused_before_it_leaves(
    gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms
) -> None:
    outcome = await send(sms, to="0711082010")
    assert outcome.status is SendStatus.REFUSED
    assert "0711082010" in (outcome.reason or "")
    assert gateway.state.outgoing == []


async def test_a_wrong_key_is_refused_in_the_gateways_words(gateway: AfricasTalkingSimulator) -> None:
    stranger = account(gateway.url, api_key="wrong")
    outcome = await send(stranger)
    stranger.close()
    assert outcome == SendOutcome(SendStatus.REFUSED, reason="HTTP 401: The supplied authentication is invalid")


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(FaultKind.HTTP, http_status=429), SendStatus.RETRY),
        (Fault(FaultKind.HTTP, http_status=503, retry_after=2), SendStatus.RETRY),
        (Fault(FaultKind.HTTP, http_status=503), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=500), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=500, taken=True), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=502), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=408), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=302), SendStatus.UNKNOWN),
        (Fault(FaultKind.HTTP, http_status=403, word="no"), SendStatus.REFUSED),
        (Fault(FaultKind.NOT_JSON), SendStatus.UNKNOWN),
        (Fault(FaultKind.CUT), SendStatus.UNKNOWN),
        (Fault(FaultKind.CHARSET), SendStatus.SENT),
    ],
)
async def test_answers_of_every_kind(
    gateway: AfricasTalkingSimulator, sms: AfricasTalkingSms, fault: Fault, status: SendStatus
) -> None:
    gateway.faults.add(fault)
    assert (await send(sms)).status is status
    assert (await send(sms)).status is SendStatus.SENT


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_BEFORE, FaultKind.TIMEOUT_AFTER])
async def test_a_read_time_out_is_unknown_whether_it_was_taken_or_not(
    gateway: AfricasTalkingSimulator, kind: FaultKind
) -> None:
    impatient = account(gateway.url, read_timeout=0.3)
    gateway.faults.add(Fault(kind))
    outcome = await send(impatient)
    impatient.close()
    assert outcome == SendOutcome(SendStatus.UNKNOWN, reason="ReadTimeout")
    if kind is FaultKind.TIMEOUT_AFTER:
        await taken(gateway)
    else:
        assert gateway.state.outgoing == []


async def test_the_deadline_tells_what_left_from_what_waited(gateway: AfricasTalkingSimulator) -> None:
    narrow = account(gateway.url, deadline=0.3, read_timeout=1.0, threads=1)
    gateway.faults.add(Fault(FaultKind.TIMEOUT_AFTER, count=2))
    first, second = await asyncio.gather(send(narrow), send(narrow, text="never leaves"))
    narrow.close()
    assert first.status is SendStatus.UNKNOWN
    assert second.status is SendStatus.RETRY
    await taken(gateway)
    assert [message.text for message in gateway.state.outgoing] == ["Karibu"]


async def test_a_send_given_up_while_waiting_for_a_thread_never_leaves(gateway: AfricasTalkingSimulator) -> None:
    narrow = account(gateway.url, read_timeout=0.6, threads=1)
    gateway.faults.add(Fault(FaultKind.TIMEOUT_AFTER))
    first = asyncio.create_task(send(narrow))
    await taken(gateway)
    second = asyncio.create_task(send(narrow, text="never leaves"))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await first
    assert (await send(narrow, text="third")).status is SendStatus.SENT
    narrow.close()
    assert [message.text for message in gateway.state.outgoing] == ["Karibu", "third"]


async def test_nobody_there_is_safe_to_repeat() -> None:
    alone = account(f"http://127.0.0.1:{free_port()}")
    assert await send(alone) == SendOutcome(SendStatus.RETRY, reason="ConnectionError")
    alone.close()
    assert await send(alone) == SendOutcome(SendStatus.RETRY, reason="closed")


async def test_an_address_that_cannot_be_written_is_refused() -> None:
    broken = account("nowhere")
    assert await send(broken) == SendOutcome(SendStatus.REFUSED, reason="MissingSchema")
    broken.close()


async def test_a_connection_reset_after_writing_is_unknown() -> None:
    assert await answer_to(None) == SendOutcome(SendStatus.UNKNOWN, reason="ConnectionError")


@pytest.mark.parametrize(
    ("cost", "minor", "currency"),
    [
        ("KES 0.8000", 80, "KES"),
        ("KES 0.8050", 81, "KES"),
        ("KES 0.8049", 80, "KES"),
        ("KES 1,234.5650", 123457, "KES"),
        ("UGX 27.0000", 2700, "UGX"),
        ("0", 0, None),
        (0, 0, None),
        ("KES", None, None),
        ("KES NaN", None, None),
        ("KES 1e999999", None, None),
        (None, None, None),
        ("", None, None),
    ],
)
async def test_costs_are_exact(cost: object, minor: int | None, currency: str | None) -> None:
    outcome = await answer_to(http(recipient(cost=cost)))
    assert outcome == SendOutcome(SendStatus.SENT, gateway_id="ATXid_1", cost_minor=minor, currency=currency)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"messageId": "None"}, (SendStatus.SENT, None)),
        ({"messageId": None}, (SendStatus.SENT, None)),
        ({"status": "Queued", "statusCode": 102}, (SendStatus.SENT, "ATXid_1")),
        ({"number": "254711082010"}, (SendStatus.SENT, "ATXid_1")),
        ({"status": "GatewayError", "statusCode": 501}, (SendStatus.UNKNOWN, "ATXid_1")),
        ({"status": "Teleported"}, (SendStatus.UNKNOWN, "ATXid_1")),
        ({"status": ""}, (SendStatus.UNKNOWN, "ATXid_1")),
    ],
)
async def test_odd_recipients(changes: dict[str, object], expected: tuple[SendStatus, str | None]) -> None:
    outcome = await answer_to(http(recipient(**changes)))
    assert (outcome.status, outcome.gateway_id) == expected


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '"text"',
        "{}",
        '{"SMSMessageData": []}',
        '{"SMSMessageData": {"Recipients": "none"}}',
        '{"SMSMessageData": {"Message": "", "Recipients": []}}',
        '{"SMSMessageData": {"Message": "x", "Recipients": [3]}}',
        "[" * 5000,
    ],
)
async def test_json_of_no_known_shape_is_unknown(body: str) -> None:
    assert (await answer_to(http(body))).status is SendStatus.UNKNOWN


async def test_the_event_loop_stays_free_while_the_gateway_hangs(gateway: AfricasTalkingSimulator) -> None:
    sms = account(gateway.url, read_timeout=0.3)
    gateway.faults.add(Fault(FaultKind.TIMEOUT_BEFORE))
    ticks = 0
    job = asyncio.create_task(send(sms))
    while not job.done():
        ticks += 1
        await asyncio.sleep(0.01)
    sms.close()
    assert ticks > 3


async def test_a_text_without_a_sender_goes_under_the_installations(gateway: AfricasTalkingSimulator) -> None:
    sms = account(gateway.url, sender="KILIMANI")
    try:
        await sms.send(to=PHONE, text="hi", sender=None, link_id="link-1")
    finally:
        sms.close()
    [message] = gateway.state.outgoing
    assert (message.sender, message.bulk_sms_mode) == ("KILIMANI", 1)
