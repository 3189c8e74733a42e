"""The served screen in a real Chromium: it paints, takes keys, follows the window, and nothing leaves the machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pp_core.client.remote import RemoteClient
from pp_core.kernel.policy import Door, Role
from pp_core.memberships.operations import ListVisits, SellMembership
from pp_tui.serve.server import COMMAND
from tests.api.conftest import running_api
from tests.conftest import TestHome, onboard
from tests.staff import PASSWORD, Staff, hire
from tests.tui.serve.browser import Page, chromium, program
from tests.tui.serve.conftest import Served, serving

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(program() is None, reason="no Chromium is installed (apt-get install chromium)"),
]
PICTURES = os.environ.get("PP_TEST_PICTURES")


def kept(name: str) -> Path | None:
    """Where a picture is kept for people to look at, when that is asked for."""
    return None if PICTURES is None else Path(PICTURES) / f"{name}.png"


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """A fresh browser."""
    async with chromium(tmp_path) as opened:
        yield opened


async def test_the_screen_paints_and_takes_keys(page: Page, served: Served, reception: Staff) -> None:
    await page.go(served.origin)
    await page.shows("#identifier")
    await page.picture(kept("sign-in"))
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<for Njeri Mwangi>", f"<at {reception.gym.slug} in en")
    await page.shows(".-first-byte .textual-terminal")
    before = await page.picture()
    assert await page.colours(before) > 20
    await page.press("k")
    await page.sees("<key k>")
    assert page.typed == ["k"]
    assert await page.ask("document.fonts.check('16px \"Roboto Mono\"')")
    assert [each for each in page.requests if each.endswith(".ttf")]
    assert page.strangers(served.origin) == []
    assert page.errors == []


async def test_the_screen_fills_the_window_and_follows_it(page: Page, served: Served, reception: Staff) -> None:
    await page.go(served.origin)
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<size ")
    wide = page.terminal.columns
    await page.size(640, 480)
    await page.until(lambda: page.terminal.columns < wide, "became smaller")
    await page.sees(f"<size {page.terminal.columns}x{page.terminal.lines}>")
    assert await page.ask(
        "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )


async def test_the_screen_looks_as_the_browser_likes(page: Page, served: Served, reception: Staff) -> None:
    await page.look("light")
    await page.go(f"{served.origin}/sign-in?lang=sw")
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("in sw light")


async def test_a_screen_that_died_can_be_opened_again(page: Page, served: Served, reception: Staff) -> None:
    await page.go(served.origin)
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<pid ")
    await page.press("x")
    await page.shows(".ended")
    assert await page.ask("document.getElementById('why').textContent") == (
        "The screen stopped by itself. What was saved before is safe; open it again."
    )
    await page.picture(kept("ended"))
    page.terminal.reset()
    await page.press("Enter")  # the link has the focus
    await page.sees("<for Njeri Mwangi>")


async def test_a_text_too_long_to_paste_harms_nothing(page: Page, served: Served, reception: Staff) -> None:
    await page.go(f"{served.origin}/sign-in?lang=sw")
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<for Njeri Mwangi>")
    await page.shows("textarea:focus")
    assert await page.ask("document.activeElement.getAttribute('aria-label')") == "Mapokezi · Progress Pulse"
    await page.ask(
        "(() => { const pasted = new DataTransfer(); pasted.setData('text/plain', 'x'.repeat(10_000_000));"
        "document.activeElement.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData: pasted, bubbles: true, cancelable: true})); })()"
    )
    await page.press("k")
    await page.sees("<key k>")
    assert page.typed == ["k"]


async def test_going_back_after_signing_out_shows_nothing(page: Page, served: Served, reception: Staff) -> None:
    await page.go(served.origin)
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<for Njeri Mwangi>")
    await page.ask("document.querySelector('header button').click()")
    await page.shows("#identifier")
    await page.ask("history.back()")
    await page.shows("#identifier:focus")
    assert await page.ask("document.querySelector('#terminal')") is None


async def test_signing_out_leads_to_the_form(page: Page, served: Served, reception: Staff) -> None:
    await page.go(served.origin)
    for way in ("document.querySelector('header button').click()", None):
        await page.sign_in(reception.phone, PASSWORD)
        await page.sees("<for Njeri Mwangi>")
        if way is None:
            await page.press("o")  # from inside the screen
        else:
            await page.ask(way)
        await page.shows("#identifier")
        page.terminal.reset()
    await page.go(served.origin)
    await page.shows("#identifier")
    assert "<for" not in page.text


async def test_a_file_that_the_screen_gives_away_is_saved(
    page: Page, served: Served, reception: Staff, tmp_path: Path
) -> None:
    await page.downloads(tmp_path)
    await page.go(served.origin)
    await page.sign_in(reception.phone, PASSWORD)
    await page.sees("<for Njeri Mwangi>")
    await page.press("d")
    saved = tmp_path / "ripoti ya leo.txt"
    async with asyncio.timeout(20):
        while not saved.exists() or saved.read_text() != "habari\n" * 20_000:
            await asyncio.sleep(0.05)
    await page.press("u", "z")  # an address, which does not open
    await page.sees("<key z>")
    assert page.strangers(served.origin) == []


async def test_reception_checks_somebody_in(page: Page, home: TestHome) -> None:
    """Signed in, one check-in, and no request but to our own server."""
    async with running_api(home) as api, RemoteClient.connect(api.url, door=Door.TUI) as remote:
        gym = await onboard(api.runtime)
        reception = await hire(gym, Role.RECEPTION, name="Achieng Otieno")
        amina = await gym.add_member("Amina Wanjiru")
        await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
        async with serving(remote, url=api.url, command=COMMAND) as served:
            await page.go(served.origin)
            await page.shows("#identifier")
            assert page.text == ""
            assert not [each for each in page.requests if each.startswith("ws")]
            await page.sign_in(reception.phone, PASSWORD)
            await page.sees("Achieng Otieno", "Kilimani Strength")
            await page.press(*"wanj")
            await page.sees("Amina Wanjiru")
            await page.press("Enter")
            await page.sees("Amina Wanjiru is in", "Today: 1 visit")
            picture = await page.picture(kept("check-in"))
            assert await page.colours(picture) > 20
            (visit,) = (await gym.operator.run(ListVisits())).items
            assert visit.person_name == "Amina Wanjiru"
            assert visit.door == Door.TUI
            assert page.strangers(served.origin) == []
            assert page.errors == []
            await page.press("F4")
            await page.shows("#identifier")
