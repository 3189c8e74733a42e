"""A screen's life: what it is given, what the browser may say to it, and how it ends."""

import asyncio
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from pp_core.client.local import LocalClient
from pp_core.identity.operations import ListDevices, RevokeDevice
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.policy import Door, Role
from tests.conftest import Gym
from tests.staff import Staff, hire
from tests.tui.serve.conftest import Served, serving
from tests.tui.serve.tiny import mark

OPENED = r"<pid (\d+); token (\w+)>"


async def gone(pid: int) -> None:
    """Return when there is no such process."""
    async with asyncio.timeout(20):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)


def logins(served: Served) -> list[object]:
    return list(served.app.state.logins._logins.values())


async def test_a_screen_opens_signed_in(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception, "sw") as browser, browser.opened() as screen:
        await screen.until("<for Njeri Mwangi>")
        await screen.until(f"<at {reception.gym.slug} in sw dark; server None>")
        await screen.until(OPENED)
        await screen.until(r"<refresh ''; left \[\]>")


async def test_nobody_else_reads_what_a_screen_is_given(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        pid, used = (await screen.until(OPENED)).groups()[:2]
        (login,) = logins(served)
        signed_in = login.signed_in  # type: ignore[attr-defined]
        assert mark(signed_in.access_token) == used
        process = Path("/proc") / pid
        told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        assert b"PP_TUI_HANDOVER=" in told
        for secret in (signed_in.access_token, signed_in.refresh_token, login.id, reception.phone):  # type: ignore[attr-defined]
            assert secret.encode() not in told
        number = re.search(rb"PP_TUI_HANDOVER=(\d+)\0", told)
        assert number is not None
        with pytest.raises(OSError, match="No such device or address"):
            (process / "fd" / number[1].decode()).read_bytes()


async def test_two_screens_share_a_login(clocked_gym: Gym, clock: ManualClock) -> None:
    staff = await hire(clocked_gym, Role.RECEPTION)
    async with (
        serving(LocalClient(clocked_gym.runtime.pulse, Door.TUI)) as served,
        served.signed_in(staff) as browser,
        browser.opened() as one,
        browser.opened() as other,
    ):
        first, second = await one.until(OPENED), await other.until(OPENED)
        assert first[1] != second[1]
        assert first[2] == second[2]
        clock.advance(timedelta(minutes=16))
        await one.type("n")
        renewed = await one.until(r"<renewed (\w+) (\S*)>")
        assert renewed[1] != first[2]
        assert renewed[2] == "''"
        await other.type("n")
        assert (await other.until(r"<renewed (\w+)"))[1] == renewed[1], "exchanged once for both"
        clock.advance(timedelta(minutes=16))
        await other.type("z")  # so that what is painted anew is not taken for what comes next
        await other.until("<key z>")
        await other.type("n")
        assert (await other.until(r"<renewed (\w+)"))[1] != renewed[1]
        await one.type("n")
        await one.until("<renewed")


async def test_a_screen_whose_session_was_revoked_leads_to_sign_in(served: Served, reception: Staff) -> None:
    phone = reception.holding(await reception.sign_in())
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        await screen.until(OPENED)
        rows = (await phone.run(ListDevices())).items
        for row in rows:
            if row.device == "screen in a browser":
                await phone.run(RevokeDevice(session_id=row.session_id))
        await screen.type("n")
        assert await screen.code() == 4001
        assert (await browser.http.get("/")).headers["location"] == "/sign-in"


async def test_a_new_screen_gets_a_token_that_lasts(clocked_gym: Gym, clock: ManualClock) -> None:
    staff = await hire(clocked_gym, Role.RECEPTION)
    nobody = LocalClient(clocked_gym.runtime.pulse, Door.TUI)
    began = clock.now()

    def seconds() -> float:
        return (clock.now() - began).total_seconds()

    async with (
        serving(nobody, now=seconds) as served,
        served.signed_in(staff) as browser,
    ):
        async with browser.opened() as screen:
            first = (await screen.until(OPENED))[2]
        clock.advance(timedelta(minutes=13))
        async with browser.opened() as screen:
            assert (await screen.until(OPENED))[2] == first
        clock.advance(timedelta(minutes=1, seconds=30))
        async with browser.opened() as screen:
            assert (await screen.until(OPENED))[2] != first


async def test_keys_and_sizes_arrive(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser, browser.opened(size=(90, 25)) as screen:
        await screen.until("size 90x25")
        await screen.type("ñ")
        await screen.until("key ñ")
        await screen.socket.send(json.dumps(["resize", {"width": 132, "height": 43}]))
        await screen.until("size 132x43")


ODD = [
    "", "{", "null", "7", "[]", "[7]", '["stdin"]', '["stdin", 7]', '["stdin", null, 3]', '["stdin", "\\ud800"]',
    '["resize", {}]', '["resize", {"width": "x", "height": 3}]', '["resize", {"width": 1e99, "height": -1}]',
    '["nothing", {}]', '{"stdin": "x"}', '["ping"]', '["focus", 1, 2]', '["blur"]', "[" * 100_000,
]  # fmt: skip


async def test_odd_messages_do_no_harm(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        await screen.until(OPENED)
        for message in ODD:
            await screen.socket.send(message)
        await screen.socket.send(b"\x00\xff")
        await screen.socket.send(json.dumps(["resize", {"width": 10**30, "height": -5}]))
        await screen.socket.send(json.dumps(["resize", {"width": 80, "height": 24}]))
        await screen.until("size 80x24")
        await screen.socket.send('["ping", "' + "1" * 99 + '"]')
        await screen.type("z")
        await screen.until("key z")
        assert screen.told == [["pong", "1" * 40]]


async def test_a_message_too_large_ends_the_screen(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        pid = int((await screen.until(OPENED))[1])
        await screen.type("x" * 300_000)
        assert await screen.code() == 1009
        await gone(pid)


async def test_addresses_on_the_screen_lead_nowhere(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        await screen.until(OPENED)
        await screen.type("u")
        await screen.type("z")
        await screen.until("key z")
        assert screen.told == []


async def test_a_file_is_fetched_by_the_login_whose_screen_gives_it(served: Served, gym: Gym, reception: Staff) -> None:
    colleague = await hire(gym, name="Otieno Ouma")
    async with served.signed_in(reception) as browser, browser.opened() as screen, served.signed_in(colleague) as other:
        await screen.until(OPENED)
        await screen.type("d")
        asked, key = await screen.told_next()
        assert asked == "deliver_file_start"
        assert (await other.http.get(f"/download/{key}")).status_code == 404
        reading = asyncio.create_task(browser.http.get(f"/download/{key}"))
        while not reading.done():  # the screen's end of it goes over the same line
            await screen.type("z")
            await screen.until("key z")
        answer = reading.result()
        assert answer.text == "habari\n" * 20_000
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''ripoti%20ya%20leo.txt"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert (await browser.http.get(f"/download/{key}")).status_code == 404


@pytest.mark.parametrize(("key", "code"), [("q", 1000), ("x", 4003), ("o", 4001)])
async def test_how_a_screen_ends_is_told(served: Served, reception: Staff, key: str, code: int) -> None:
    async with served.signed_in(reception) as browser, browser.opened() as screen:
        pid = int((await screen.until(OPENED))[1])
        await screen.type(key)
        assert await screen.code() == code
        await gone(pid)
        signed_out = (await browser.http.get("/")).status_code == 303
        assert signed_out == (key == "o")


async def test_a_killed_screen_is_told(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser:
        async with browser.opened() as screen:
            os.kill(int((await screen.until(OPENED))[1]), 9)
            assert await screen.code() == 4003
        async with browser.opened() as again:
            await again.until(OPENED)


async def test_a_command_that_is_no_screen_is_told(nobody: LocalClient, reception: Staff) -> None:
    for command in (("echo", "hello"), ("yes",), ("false",), ("printf", "__GANGLION__\\nXXXXXXXXXX")):
        async with (
            serving(nobody, command=command) as served,
            served.signed_in(reception) as browser,
            browser.opened() as screen,
        ):
            assert await screen.code() == 4003


async def test_signing_out_ends_all_screens_of_the_login_alone(served: Served, gym: Gym, reception: Staff) -> None:
    colleague = await hire(gym, name="Otieno Ouma")
    async with served.signed_in(colleague) as theirs, theirs.opened() as other:
        await other.until(OPENED)
        async with served.signed_in(reception) as browser, browser.opened() as one, browser.opened() as two:
            pids = [int((await screen.until(OPENED))[1]) for screen in (one, two)]
            await browser.post("/sign-out")
            assert [await one.code(), await two.code()] == [4001, 4001]
            for pid in pids:
                await gone(pid)
        await other.type("z")
        await other.until("key z")


async def test_a_browser_that_leaves_takes_its_screen_along(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser:
        async with browser.opened() as screen:
            pid = int((await screen.until(OPENED))[1])
        await gone(pid)
        assert (await browser.http.get("/")).status_code == 200


async def test_screens_are_counted(nobody: LocalClient, gym: Gym, reception: Staff) -> None:
    colleague = await hire(gym, name="Otieno Ouma")
    async with (
        serving(nobody, most_screens=1) as served,
        served.signed_in(reception) as first,
        served.signed_in(colleague, "sw") as second,
    ):
        async with first.opened() as screen:
            await screen.until(OPENED)
            refused = await second.http.get("/")
            assert refused.status_code == 503
            assert "Skrini zote za seva hii zinatumika" in refused.text
            async with second.opened() as none:
                assert await none.code() == 4002
            assert (await first.http.get("/")).status_code == 200, "a page loaded anew gives its own place back"
        async with asyncio.timeout(20):
            while (await second.http.get("/")).status_code == 503:
                await asyncio.sleep(0.02)
        async with second.opened() as screen:
            await screen.until("for Otieno Ouma")


async def test_the_screens_page_names_no_other_host(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser:
        page = await browser.http.get("/")
        asked = set(re.findall(r'(?:href|src|action)="([^"]*)"', page.text))
        assert len(asked) > 6
        assert all(address.startswith("/") and not address.startswith("//") for address in asked)
        assert "http" not in page.text.replace("http-equiv", "")
        for address in sorted(asked - {"/sign-out"}):
            answer = await browser.http.get(address)
            assert answer.status_code == 200, address
            if address.endswith(".css"):
                assert not re.search(r"url\(\W*(https?:)?//|@import", answer.text)
        script = (await browser.http.get("/static/textual/js/textual.js")).text
        assert set(re.findall(r"https?://[\w.-]+", script)) <= {"http://www.w3.org"}
        assert (await browser.http.get("/?ping=https://evil.example/")).headers["location"] == "/"
