"""What strangers, and browsers that take nothing, may use up: connections, heads, sign-ins, processes."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from pp_core.client.local import LocalClient
from pp_core.kernel.errors import TooManyRequests
from pp_core.kernel.policy import Door
from pp_core.runtime.wiring import Runtime
from pp_tui.serve import connections, screens
from pp_tui.serve.attempts import MOST_OF_ALL, MOST_OF_ONE, SECONDS, Attempts
from pp_tui.serve.guard import Address, origin_of
from tests.conftest import Gateway, TestHome, onboard
from tests.staff import PASSWORD, Staff, hire
from tests.tui.serve.conftest import Browser, Served, serving
from tests.tui.serve.test_screens import OPENED, gone


def port_of(served: Served) -> int:
    return int(served.origin.rpartition(":")[2])


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What is read until the server ends the connection."""
    async with asyncio.timeout(20):
        with suppress(ConnectionError):
            return await reader.read()
    return b""


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /sign-in HTTP/1.1\r\nX-A: ",
        b"POST /sign-in HTTP/1.1\r\nHost: [::1]\r\nOrigin: http://[::1]\r\nContent-Length: 9\r\n\r\nid",
    ],
)
async def test_a_request_that_never_comes_whole_is_not_waited_for(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, begun: bytes
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
    writer.write(begun)
    assert await ended(reader) == b""
    assert caplog.messages == []
    writer.close()


async def test_an_answer_that_nobody_takes_is_not_kept(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)
    deaf = socket.create_connection(("127.0.0.1", port_of(served)))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    asked = b"GET /static/textual/js/textual.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with deaf:
        deaf.setblocking(False)
        async with asyncio.timeout(20):
            with suppress(ConnectionError):  # it is reset, however much was asked for
                while True:
                    await asyncio.get_running_loop().sock_sendall(deaf, asked)
                    await asyncio.sleep(0.05)


async def test_a_head_is_read_up_to_a_size(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
    writer.write(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 40_000)
    assert (await ended(reader)).startswith(b"HTTP/1.1 400 ")
    writer.close()
    async with served.browser() as browser:
        assert (await browser.http.get("/sign-in", headers={"X-Long": "a" * 20_000})).status_code == 200


async def test_requests_are_not_sent_ahead_without_end(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(served))
    writer.write(b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)
    assert (await ended(reader)).count(b"HTTP/1.1 200") < 10
    writer.close()


async def test_those_who_only_hold_connections_give_way(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 5)
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 3600.0)
    held = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port_of(served)) for _ in range(30)))
    async with served.browser() as browser:
        assert (await browser.http.get("/sign-in")).status_code == 200
    ends = [asyncio.create_task(reader.read()) for reader, _ in held]
    async with asyncio.timeout(20):
        while sum(end.done() for end in ends) < 25:
            await asyncio.wait([end for end in ends if not end.done()], return_when=asyncio.FIRST_COMPLETED)
    for _, writer in held:
        writer.close()
    await asyncio.gather(*ends, return_exceptions=True)


def attempts(seconds: Callable[[], float], *addresses: str) -> Attempts:
    counted = Attempts(seconds)
    for address in addresses:
        counted.begin(address)
    return counted


def test_wrong_sign_ins_are_counted_by_address() -> None:
    now = [0.0]
    counted = attempts(lambda: now[0], *["10.0.0.1"] * MOST_OF_ONE)
    now[0] = 100.0
    with pytest.raises(TooManyRequests) as refused:
        counted.begin("10.0.0.1")
    assert refused.value.data["retry_after"] == SECONDS - 100
    counted.begin("10.0.0.2")
    counted.forgive("10.0.0.1")
    counted.begin("10.0.0.1")
    now[0] = SECONDS + 1
    counted.begin("10.0.0.1")


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("", "", True),
    ],
)
def test_whoever_has_a_network_is_one(one: str, other: str, shared: bool) -> None:
    counted = attempts(lambda: 0.0, *[one] * MOST_OF_ONE)
    if shared:
        with pytest.raises(TooManyRequests):
            counted.begin(other)
    else:
        counted.begin(other)


def test_many_addresses_leave_the_screens_a_part() -> None:
    counted = attempts(lambda: 0.0, *(f"10.1.{n // 20}.{n % 20}" for n in range(MOST_OF_ALL)))
    with pytest.raises(TooManyRequests):
        counted.begin("10.9.9.9")


async def test_one_stranger_who_guesses_keeps_nobody_out(home: TestHome, gateway: Gateway) -> None:
    """Though the core has one ceiling for all who come through us."""
    settings = replace(home.settings, auth_address_ceiling=(MOST_OF_ONE + 5, SECONDS))
    address = Address(trusted_proxies=("127.0.0.0/8",))
    async with (
        Runtime(settings, home, sms=gateway) as runtime,
        serving(LocalClient(runtime.pulse, Door.TUI), address=address) as served,
        served.browser() as stranger,
        served.browser() as honest,
    ):
        staff = await hire(await onboard(runtime))
        stranger.http.headers["X-Forwarded-For"] = "198.51.100.7"
        for number in range(MOST_OF_ONE):
            assert (await stranger.sign_in(f"guess{number}@example.com", "not the password")).status_code == 403
        for _ in range(10):
            answer = await stranger.sign_in(staff.phone, PASSWORD)
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) > 0
        honest.http.headers["X-Forwarded-For"] = "198.51.100.7, 203.0.113.4"  # the first was said by the browser itself
        assert (await honest.sign_in(staff.phone)).status_code == 303


async def test_whoever_is_right_is_not_counted(served: Served, reception: Staff) -> None:
    async with served.browser() as browser:
        for _ in range(MOST_OF_ONE + 1):
            assert (await browser.sign_in(reception.phone)).status_code == 303


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::1", "a b"])
async def test_a_name_that_is_not_ours_leads_nowhere(served: Served, reception: Staff, host: str) -> None:
    """Its owner may have made it lead here, and then its pages would be of our origin."""
    async with served.signed_in(reception) as browser:
        named = {"Host": host, "Origin": f"http://{host}"}
        assert (await browser.http.get("/", headers=named)).status_code == 421
        answer = await browser.http.post("/sign-in", headers=named, data={"identifier": reception.phone})
        assert answer.status_code == 421
        assert "does not know the name" in answer.text


@pytest.mark.parametrize("host", ["localhost:8081", "127.0.0.1", "[::1]:8081", "192.168.1.20:8081", "desk"])
async def test_our_own_names_are_known(nobody: LocalClient, reception: Staff, host: str) -> None:
    async with serving(nobody, address=Address(host="desk")) as served, served.browser() as browser:
        named = {"Host": host, "Origin": f"http://{host}"}
        signed_in = {"identifier": reception.phone, "password": PASSWORD}
        assert (await browser.http.post("/sign-in", headers=named, data=signed_in)).status_code == 303


async def test_nobody_is_sent_to_the_host_that_a_request_names(served: Served) -> None:
    async with served.browser() as browser:
        for path in ("/sign-in/", "/static", "//evil.example/sign-in"):
            answer = await browser.http.get(path, headers={"X-Forwarded-Host": "evil.example"})
            assert answer.headers.get("location", "/sign-in") == "/sign-in"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://desk.example/", "https://desk.example"),
        ("https://DESK.example:443", "https://desk.example"),
        ("http://desk.example:80", "http://desk.example"),
        ("https://desk.example:8443", "https://desk.example:8443"),
        ("http://[::1]:8081", "http://[::1]:8081"),
        ("desk.example", None),
        ("//desk.example", None),
        ("ftp://desk.example", None),
        ("https://desk.example/screen", None),
        ("https://desk.example?a", None),
        ("https://a@desk.example", None),
        ("https://desk.example:port", None),
        ("https://", None),
        ("https://[::1", None),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


async def deaf_browser(browser: Browser) -> asyncio.StreamWriter:
    """A screen's socket that is never read: window sizes and repaints go unanswered."""
    at = httpx.URL(browser.origin)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (at.host, at.port))
    _, writer = await asyncio.open_connection(sock=plain, limit=1)
    writer.write(
        f"GET /socket/dark?width=100&height=30 HTTP/1.1\r\nHost: {at.host}:{at.port}\r\nOrigin: {browser.origin}\r\n"
        f"Cookie: {browser.cookies}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    return writer


def resized(width: int, height: int) -> bytes:
    said = json.dumps(["resize", {"width": width, "height": height}]).encode()
    return b"\x81" + bytes([0x80 | len(said)]) + b"\0\0\0\0" + said


async def one_process(served: Served) -> int:
    async with asyncio.timeout(20):
        while True:
            for login in served.app.state.logins._logins.values():
                for screen in login.screens:
                    if screen._process is not None:
                        return int(screen._process.pid)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("signs_out", [False, True])
async def test_a_browser_that_takes_nothing_is_let_go(
    served: Served, reception: Staff, monkeypatch: pytest.MonkeyPatch, signs_out: bool
) -> None:
    monkeypatch.setattr(screens, "TAKING_SECONDS", 60.0 if signs_out else 0.5)
    monkeypatch.setattr(screens, "QUIT_SECONDS", 0.5)
    async with served.signed_in(reception) as browser:
        writer = await deaf_browser(browser)
        pid = await one_process(served)
        for size in range(60):  # until what it is sent does not fit between us any more
            writer.write(resized(700 + size, 200))
            await asyncio.sleep(0.05)
        if signs_out:
            await browser.post("/sign-out")
        await gone(pid)
        writer.transport.abort()


async def test_a_process_that_hangs_is_ended(served: Served, reception: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens, "TAKING_SECONDS", 0.5)
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        pid = int((await screen.until(OPENED))[1])
        os.kill(pid, signal.SIGSTOP)
        with suppress(ConnectionClosed):
            for _ in range(10):
                await screen.type("x" * 60_000)
        assert await screen.code() == 4003
        await gone(pid)


async def test_processes_that_are_ending_count(nobody: LocalClient, reception: Staff) -> None:
    """However often a page is loaded anew, there are never more processes than screens are allowed."""
    async with serving(nobody, most_screens=2) as served, served.signed_in(reception) as browser:
        seen: list[int] = []
        for _ in range(4):
            async with browser.opened() as screen:
                seen.append(int((await screen.until(OPENED))[1]))
                assert sum(Path(f"/proc/{pid}").exists() for pid in seen) <= 2
                os.kill(seen[-1], signal.SIGSTOP)  # so that it takes its time to end


async def test_a_size_is_the_servers_to_tell(served: Served, reception: Staff) -> None:
    """A terminal may tell it as what was typed, and then as large as it likes."""
    async with served.signed_in(reception) as browser, browser.opened(size=(90, 25)) as screen:
        await screen.until("size 90x25")
        await screen.type("\x1b[48;40;500;40;500t")
        for key in "zy":
            await screen.type(key)
            assert "500x40" not in (await screen.until(f"(?s)^.*key {key}"))[0]


async def test_screens_of_another_core_get_none_of_our_settings(
    nobody: LocalClient, reception: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PP_SECRET_KEY", "kept-to-ourselves")
    for url, told in ((None, True), ("http://core.example", False)):
        async with (
            serving(nobody, url=url) as served,
            served.signed_in(reception) as browser,
            browser.opened() as screen,
        ):
            pid = (await screen.until(OPENED))[1]
            assert (b"kept-to-ourselves" in (Path("/proc") / pid / "environ").read_bytes()) == told


async def test_a_screen_stays_as_long_as_it_likes(
    served: Served, reception: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a request gets to arrive and to be answered is not for the socket that it became."""
    async with served.signed_in(reception) as browser:
        monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.2)
        monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.2)
        async with browser.opened() as screen:
            await screen.until(OPENED)
            await asyncio.sleep(0.4)
            await screen.type("z")
            await screen.until("key z")
