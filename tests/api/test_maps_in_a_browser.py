"""A link to a run, opened in a real Chromium from the real server: the page, its assets, its policy and what it asks for."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pp_core.kernel.settings import MapSettings
from pp_core.tracking.operations import RevokeShare, ShareActivity, StartActivity, StopActivity, UploadPoints
from tests.api.conftest import running_api
from tests.conftest import TestHome, onboard
from tests.tracking.ways import north
from tests.tui.serve.browser import Page, chromium, program

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(program() is None, reason="no Chromium is installed (apt-get install chromium)"),
]


async def test_who_has_the_link_follows_the_run_to_its_end(home: TestHome, tmp_path: Path) -> None:
    async with running_api(home, maps=MapSettings("none")) as api, chromium(tmp_path) as page:
        gym = await onboard(api.runtime)
        amina = gym.person(await gym.add_member("Amina Wanjiru"))
        begins = datetime.now(UTC) - timedelta(minutes=10)
        await amina.run(StartActivity(title="Karura <loop>", started_at=begins))
        await amina.run(UploadPoints(points=north(begins, metres=900)))
        link = await amina.run(ShareActivity())
        await page.go(f"{api.url}{link.path}")
        await page.shows("path.here")
        assert await page.ask("document.querySelector('h1').textContent") == "Karura <loop>"
        shown = "document.querySelector({!r}).textContent"
        assert await page.ask(shown.format("#state")) == "Live"
        assert float((await page.ask(shown.format("#distance"))).split()[0]) == pytest.approx(900, rel=0.02)
        assert "minutes ago" in await page.ask(shown.format("#age"))
        await amina.run(StopActivity())
        ask_now = "document.dispatchEvent(new Event('visibilitychange'))"
        await asked(page, ask_now, shown.format("#state"), "Finished")
        assert page.errors == []
        assert page.strangers(api.url) == []
        # Who opens it again once it was taken back reads that it ended.
        await amina.run(RevokeShare(share_id=link.id))
        await page.go(f"{api.url}{link.path}")
        await page.shows("h1 + p")
        assert await page.ask("document.querySelectorAll('path.way').length") == 0


async def asked(page: Page, ask_now: str, expression: str, wanted: str) -> None:
    """Have the page ask for news until it says what is wanted."""
    async with asyncio.timeout(30):
        while await page.ask(expression) != wanted:
            await page.ask(ask_now)
            await asyncio.sleep(0.05)
