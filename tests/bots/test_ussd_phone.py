"""The handset that dials: over sockets, in process, in a terminal, and drawn for a page."""

import io
from collections.abc import AsyncIterator, Iterable

import httpx
import pytest
from rich.console import Console
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pp_bots.simulator.africastalking import (
    AfricasTalkingSimulator,
    Screen,
    UssdNetwork,
    UssdRefused,
    UssdSettings,
)
from pp_bots.simulator.phone import PhoneError
from pp_bots.simulator.ussd_phone import HttpLine, UssdPhone, run_ussd
from pp_bots.simulator.ussd_screen import WIDTH, as_svg, as_text, draw
from tests.bots.receiver import CallbackReceiver, free_port
from tests.bots.ussd_server import PHONE, menu, posts, settings


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


# The handset and the control API


@pytest.fixture
async def simulator(receiver: CallbackReceiver) -> AsyncIterator[AfricasTalkingSimulator]:
    async with AfricasTalkingSimulator(None, settings(receiver)) as made:
        yield made


async def test_a_phone_is_driven_over_sockets(simulator: AfricasTalkingSimulator) -> None:
    async with HttpLine(simulator.url) as line, httpx.AsyncClient(base_url=simulator.url, trust_env=False) as http:
        phone = UssdPhone(PHONE, line)
        assert (await phone.dial()).text.startswith("Iron Gym")
        assert phone.talking
        with pytest.raises(UssdRefused, match="80 characters"):
            await phone.answer("a" * 81)
        assert phone.talking
        screen = await phone.answer("9")
        assert (screen.text, phone.talking) == ("Bye", False)
        with pytest.raises(UssdRefused, match="over"):
            await phone.answer("1")
        with pytest.raises(UssdRefused, match="leads nowhere"):
            await phone.dial("*1#")
        with pytest.raises(UssdRefused, match="network"):
            await line.dial(PHONE, network="1")
        await phone.dial("*384*77*2#")
        await phone.hang_up()
        listed = (await http.get("/sim/ussd/sessions", params={"phone": PHONE})).json()["sessions"]
        assert [each["status"] for each in listed] == ["Success", "Incomplete"]
        assert [hop["text"] for hop in listed[0]["hops"]] == ["", "9"]
        one = await http.get(f"/sim/ussd/sessions/{listed[0]['session']}")
        assert one.json() == listed[0]
        stats = (await http.get("/sim/ussd/stats")).json()
        assert (stats["sessions"], stats["callbacks"], stats["ended"]) == (2, 3, {"Success": 1, "Incomplete": 1})
        assert (await http.get("/sim/ussd/sessions/none")).status_code == 404
        assert (await http.post("/sim/ussd/sessions", json={})).status_code == 400
        assert (await http.post("/sim/faults", json={"kind": "ussd-drop"})).status_code == 200
        assert (await phone.dial()).status == "Incomplete"


async def test_a_phone_in_process_needs_no_socket() -> None:
    async def endpoint(request: Request) -> Response:
        return await menu({key: str(value) for key, value in (await request.form()).items()}, {})

    app = Starlette(routes=[Route("/ussd", endpoint, methods=["POST"])])
    transport = httpx.ASGITransport(app)
    async with UssdNetwork(UssdSettings(callback_url="http://gym/ussd"), transport=transport) as network:
        phone = UssdPhone(PHONE, network, service_code="*384*77*1*2#")
        assert (await phone.dial()).text == "You typed 1*2"
        with pytest.raises(UssdRefused):
            await UssdPhone(PHONE, network).answer("1")


async def test_a_phone_without_a_simulator_says_so() -> None:
    async with HttpLine(f"http://127.0.0.1:{free_port()}") as line:
        with pytest.raises(PhoneError, match="no simulator"):
            await UssdPhone(PHONE, line).dial()


async def interact(network: UssdNetwork, lines: Iterable[str | None], language: str = "en") -> str:
    output = io.StringIO()
    typed = iter(lines)

    async def read_line() -> str | None:
        return next(typed, None)

    phone = UssdPhone(PHONE, network)
    console = Console(file=output, width=80, height=24)
    await run_ussd(phone, service_code="*384*77#", language=language, console=console, read_line=read_line)
    return output.getvalue()


async def test_a_terminal_is_a_phone(network: UssdNetwork, receiver: CallbackReceiver) -> None:
    shown = await interact(network, ["a" * 81, "1", "", "", None])
    assert "takes 80 characters" in shown
    assert "You typed 1" in shown
    assert "Ended. Dial again." in shown
    assert "You hung up." in shown
    assert len(network.sessions()) == 2
    assert [form["status"] for form in await posts(network, receiver, "ended")] == ["Success", "Incomplete"]
    assert "leads nowhere" in await interact(network, [None, "*1#", None], "sw")


def test_every_screen_fits_a_terminal() -> None:
    longest = Screen("s", PHONE, "*384*77#", "Airtel", "1", "CON", "m" * 160)
    ended = Screen("s", PHONE, "*384*77#", "Airtel", "1", "END", "Bye", ended=True, status="Success")
    output = io.StringIO()
    for language in ("en", "sw"):
        for screen in (longest, ended):
            output.seek(0)
            output.truncate()
            Console(file=output, width=80, height=24).print(draw(screen, language))
            lines = output.getvalue().splitlines()
            assert len(lines) <= 21
            assert {len(line.strip()) for line in lines} == {WIDTH}


def test_screens_are_captured_for_a_page() -> None:
    screen = Screen("s", PHONE, "*384*77#", "Safaricom", "1", "CON", "Iron Gym\n1 [Log]")
    plain = as_text([("*384*77#", screen), ("1", screen)])
    assert plain.count("1 [Log]") == 2
    assert "\x1b" not in plain
    assert plain.index("*384*77#") < plain.index("Iron")
    assert as_svg([("1", screen)] * 4, title="Iron").startswith("<svg")
