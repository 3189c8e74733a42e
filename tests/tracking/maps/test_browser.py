"""The pages in a real Chromium whose network is cut: drawn, followed, harmless, and asking nobody but us."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pp_api import assets as served_assets
from pp_core.tracking.operations import Linking, Shared, SharedPoint, Sport, Status
from pp_core.tracking.render import frame
from pp_core.tracking.render.explored import explored
from pp_core.tracking.render.heat import Cell, heat
from pp_core.tracking.render.live_page import live_page
from pp_core.tracking.render.page import page as drawn_page
from pp_core.tracking.render.tiles import provider
from pp_core.tracking.rules.tiles import largest_cluster, largest_square
from tests.api.conftest import serving
from tests.tui.serve.browser import Page, chromium, program

from .courses import NAIROBI, loop, north, told
from .test_page import HOSTILE

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(program() is None, reason="no Chromium is installed (apt-get install chromium)"),
]
PICTURES = os.environ.get("PP_TEST_PICTURES")
NONE, OSM = provider("none"), provider("osm")
EXTENT = """(() => {
  const map = document.querySelector(".map").getBoundingClientRect();
  const boxes = [...document.querySelectorAll(".leaflet-overlay-pane path.case")].map((each) => each.getBoundingClientRect());
  return {
    paths: boxes.length, width: map.width, height: map.height,
    left: Math.min(...boxes.map((b) => b.left)) - map.left, right: Math.max(...boxes.map((b) => b.right)) - map.left,
    top: Math.min(...boxes.map((b) => b.top)) - map.top, bottom: Math.max(...boxes.map((b) => b.bottom)) - map.top,
  };
})()"""


def kept(name: str) -> Path | None:
    """Where a picture is kept for people to look at, when that is asked for."""
    return None if PICTURES is None else Path(PICTURES) / f"{name}.png"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Page]:
    """A fresh browser. Names of other machines lead nowhere in it."""
    async with chromium(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def served(drawn: frame.Page, *more: Route) -> AsyncIterator[str]:
    """The page at `/`, under the policy that it came with, beside our own assets."""

    async def show(_: Request) -> Response:
        return HTMLResponse(drawn.html, headers={"Content-Security-Policy": drawn.policy})

    async with serving(Starlette(routes=[Route("/", show), *served_assets.routes(), *more])) as origin:
        yield origin


async def opened(browser: Page, origin: str, drawn: str = ".leaflet-overlay-pane path.case") -> dict[str, Any]:
    await browser.go(origin)
    await browser.shows(drawn)
    found: dict[str, Any] = await browser.ask(EXTENT)
    return found


@pytest.mark.parametrize(("width", "height"), [(1100, 900), (380, 780)])
@pytest.mark.parametrize("look", ["light", "dark"])
async def test_the_route_is_drawn_with_the_network_cut(browser: Page, look: str, width: int, height: int) -> None:
    course = loop()
    await browser.size(width, height)
    await browser.look(look)
    async with served(drawn_page(course, told(course, language="sw" if look == "dark" else "en"), NONE)) as origin:
        at = await opened(browser, origin)
        assert at["paths"] == 5
        assert 0 < at["left"] < at["right"] < at["width"]
        assert 0 < at["top"] < at["bottom"] < at["height"]
        assert at["right"] - at["left"] > 0.5 * at["width"] or at["bottom"] - at["top"] > 0.5 * at["height"]
        assert (
            await browser.ask("document.querySelectorAll('.leaflet-tooltip.km').length") == course.length // 1000 == 10
        )
        # Nothing sticks out sideways.
        assert await browser.ask("document.documentElement.scrollWidth <= innerWidth")
        colours = await browser.colours(await browser.picture(kept(f"map-{look}-{width}")))
        assert colours > 100
        assert browser.errors == []
        assert browser.strangers(origin) == []


async def test_each_look_has_its_colours(browser: Page) -> None:
    course = north(2000)
    back = "getComputedStyle(document.body).backgroundColor"
    async with served(drawn_page(course, told(course), NONE)) as origin:
        await browser.look("light")
        await opened(browser, origin)
        light = await browser.ask(back)
        await browser.look("dark")
        assert (light, await browser.ask(back)) == ("rgb(244, 246, 245)", "rgb(16, 22, 20)")


async def test_what_people_wrote_does_nothing(browser: Page) -> None:
    course = north(2000)
    hostile = " ".join(HOSTILE)
    async with served(drawn_page(course, told(course, title=hostile, gym=hostile, athlete=hostile), NONE)) as origin:
        await opened(browser, origin)
        assert await browser.ask("document.querySelector('h1').textContent") == hostile
        assert await browser.ask("document.querySelectorAll('script').length") == 2
        assert browser.errors == []


async def test_the_policy_stops_what_a_hole_would_let_in(browser: Page) -> None:
    course = north(2000)
    drawn = drawn_page(course, told(course), NONE)
    hole = frame.Page(drawn.html.replace("<main>", "<main><script>window.broken = 1</script>"), drawn.policy)
    async with served(hole) as origin:
        await opened(browser, origin)
        assert await browser.ask("window.broken === undefined")
        assert len(browser.errors) == 1
        assert "Content Security Policy" in browser.errors[0]


@pytest.mark.parametrize("linking", [Linking.BESIDE, Linking.INLINE])
async def test_a_page_in_a_file_needs_no_server(browser: Page, tmp_path: Path, linking: Linking) -> None:
    course = loop(2000)
    drawn = drawn_page(course, told(course), NONE, linking)
    (tmp_path / "run.html").write_text(drawn.html)
    for one in drawn.files:
        (tmp_path / one.file_name).write_text(one.text)
    at = await opened(browser, (tmp_path / "run.html").as_uri())
    assert at["paths"] == 5
    assert at["right"] - at["left"] > 100
    assert browser.errors == []
    assert [each for each in browser.requests if each.startswith("http")] == []


async def test_who_is_offline_is_not_kept_asking_for_tiles(browser: Page, tmp_path: Path) -> None:
    course = loop(2000)
    (tmp_path / "run.html").write_text(drawn_page(course, told(course), OSM, Linking.INLINE).html)
    cut = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    await browser._send("Network.emulateNetworkConditions", **cut)
    at = await opened(browser, (tmp_path / "run.html").as_uri())
    assert at["paths"] == 5
    assert await browser.ask("navigator.onLine") is False
    assert browser.errors == []
    assert [each for each in browser.requests if each.startswith("http")] == []


async def test_where_tiles_cannot_be_had_one_is_asked_for(browser: Page) -> None:
    course = loop(2000)
    await browser._send("Page.addScriptToEvaluateOnNewDocument", source=online(True))
    async with served(drawn_page(course, told(course), OSM)) as origin:
        at = await opened(browser, origin)
        assert at["paths"] == 5
        await browser.until(lambda: len(browser.errors) > 0, "failed to have a tile")
        assert browser.strangers(origin) == ["https://tile.openstreetmap.org/0/0/0.png"]
        assert len(browser.errors) == 1
        assert "net::ERR" in browser.errors[0]


async def test_tiles_are_shown_with_whose_they_are(browser: Page) -> None:
    course = loop(2000)
    asked: list[tuple[str, str | None]] = []
    square = b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><path fill="#8ca" d="M0 0h256v256H0z"/></svg>'

    async def tile(request: Request) -> Response:
        asked.append((request.url.path, request.headers.get("referer")))
        return Response(square, media_type="image/svg+xml")

    await browser._send("Page.addScriptToEvaluateOnNewDocument", source=online(True))
    async with (
        serving(Starlette(routes=[Route("/{z:int}/{x:int}/{y:int}.png", tile)])) as server,
        served(
            drawn_page(course, told(course), provider(f"{server}/{{z}}/{{x}}/{{y}}.png", "Ramani <ya> Kenya"))
        ) as origin,
    ):
        await opened(browser, origin)
        await browser.shows(".leaflet-tile-loaded")
        await browser.picture(kept("map-tiles"))
        attribution = await browser.ask("document.querySelector('.leaflet-control-attribution').textContent")
        assert "Ramani <ya> Kenya" in attribution
        assert asked[0] == ("/0/0/0.png", f"{origin}/")
        assert len(asked) > 2
        assert browser.errors == []


async def test_the_heat_map_is_drawn(browser: Page) -> None:
    cells = [
        Cell(NAIROBI[0] + 0.001 * row, NAIROBI[1] + 0.001 * column, 1 + (row * column) % 29)
        for row in range(30)
        for column in range(30)
        if (row * 7 + column * 3) % 5
    ]
    drawn = heat(cells, height=0.001, width=0.001, title="Nairobi", gym="Kilimani", language="en", tiles=NONE)
    async with served(drawn) as origin:
        await opened(browser, origin, ".leaflet-overlay-pane canvas")
        painted = await browser.ask(
            "[...document.querySelectorAll('canvas')].map((c) => new Set(new Uint32Array("
            "c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size > 1)"
        )
        assert painted == [True] * 5
        await browser.picture(kept("heat"))
        assert browser.errors == []
        assert browser.strangers(origin) == []


async def test_explored_tiles_are_drawn(browser: Page) -> None:
    """The frame of the square lies around nine tiles, of which the one in the middle is of the cluster."""
    codes = np.sort((9867 + np.arange(3) << 14)[:, None] | (8250 + np.arange(3))[None, :], axis=None)
    square, cluster = largest_square(codes), largest_cluster(codes)
    drawn = explored(
        codes, square=square, cluster=cluster, new=2, sport=None, gym="Kilimani", language="en", tiles=NONE
    )
    async with served(drawn) as origin:
        await opened(browser, origin, ".leaflet-overlay-pane path.square")
        told = await browser.ask(
            """(() => {
              const frame = document.querySelector("path.square").getBoundingClientRect();
              const canvas = document.querySelector(".leaflet-overlay-pane canvas"), at = canvas.getBoundingClientRect();
              const scale = canvas.width / at.width, map = document.querySelector(".map").getBoundingClientRect();
              const colour = (x, y) => [...canvas.getContext("2d").getImageData(
                (frame.x + x * frame.width - at.x) * scale, (frame.y + y * frame.height - at.y) * scale, 1, 1).data];
              return {
                wide: frame.width / frame.height, share: frame.height / map.height, middle: colour(.5, .5),
                corners: [[.17, .17], [.83, .17], [.17, .83], [.83, .83]].map(([x, y]) => colour(x, y)), outside: colour(-.1, .5),
              };
            })()"""
        )
        assert told["wide"] == pytest.approx(1, abs=0.03)
        assert 0.4 < told["share"] <= 1
        red, _, blue, _ = told["middle"]
        assert red > blue
        assert all(corner == told["corners"][0] and corner[2] > corner[0] for corner in told["corners"])
        assert told["outside"][3] == 0
        await browser.picture(kept("explored"))
        assert browser.errors == []
        assert browser.strangers(origin) == []


class Follow:
    """A server of one live activity whose answers are set by a test."""

    def __init__(self) -> None:
        self.now, self.expires = 1_795_000_000_000, 3600
        self.asked: list[int] = []
        self.answer: Shared | None = None
        self.broken = False
        self.moved()

    def route(self) -> Route:
        async def tell(request: Request) -> Response:
            self.asked.append(int(request.query_params["after"]))
            if self.broken:
                return Response(status_code=503)
            if self.answer is None:
                return Response(status_code=404)
            return Response(self.answer.model_dump_json(), media_type="application/json")

        return Route("/shared/token", tell)

    def moved(self, *metres: float, **more: Any) -> None:
        points = [
            SharedPoint(at=self.now - 20_000 + 1000 * place, lat=NAIROBI[0] + each / 111_195, lon=NAIROBI[1])
            for place, each in enumerate(metres)
        ]
        usual: dict[str, Any] = {
            "sport": Sport.RUN, "status": Status.LIVE, "first_name": "Amina", "gym_name": "Kilimani Strength", "title": None,
            "distance_m": 1234.0 if metres else 0.0, "moving_s": 605, "elapsed_s": 700, "speed": 3.0 if metres else None,
            "points": tuple(points), "last_at": points[-1].at if points else None, "now": self.now, "expires_s": self.expires,
        }  # fmt: skip
        self.answer = Shared(**usual | more)


async def said(browser: Page, selector: str, holds: Callable[[str], bool]) -> str:
    """Wait until an element says what is waited for."""
    async with asyncio.timeout(30):
        while not holds(
            text := await browser.ask(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")
        ):
            await asyncio.sleep(0.02)
    return str(text)


def following(seconds: float = 0.05) -> frame.Page:
    return live_page(
        source="/shared/token", title="Evening run", gym="Kilimani Strength", sport=Sport.RUN, language="en",
        expires_s=3600, tiles=NONE, athlete="Amina", seconds=seconds,
    )  # fmt: skip


async def test_somebody_is_followed_until_they_finish(browser: Page) -> None:
    follow = Follow()
    async with served(following(), follow.route()) as origin:
        await browser.go(origin)
        await said(browser, "#distance", lambda text: text == "0 m")
        assert await browser.ask("document.querySelector('#state').textContent") == "Waiting for the first position"
        assert await browser.ask("document.querySelector('#pace').textContent") == "–"
        follow.moved(0, 50, 100)
        await said(browser, "#state", lambda text: text == "Live")
        await said(browser, "#distance", lambda text: text == "1.23 km")
        await browser.shows("path.here")
        assert await browser.ask("document.querySelector('#moving').textContent") == "10:05"
        assert await browser.ask("document.querySelector('#pace').textContent") == "5:33 /km"
        age = await said(browser, "#age", lambda text: text != "")
        old = re.fullmatch(r"Last position: (\d+) seconds ago", age)
        assert old is not None
        assert int(old[1]) >= 18
        last = follow.now - 20_000 + 2000
        async with asyncio.timeout(30):
            while last not in follow.asked:
                await asyncio.sleep(0.02)
        follow.moved(status=Status.PAUSED)
        await said(browser, "#state", lambda text: text == "Paused")
        follow.moved(status=Status.FINISHED)
        await said(browser, "#state", lambda text: text == "Finished")
        await browser.picture(kept("live-finished"))
        count = len(follow.asked)
        await asyncio.sleep(0.3)
        assert len(follow.asked) == count  # who has finished is asked about no more
        assert browser.errors == []
        assert browser.strangers(origin) == []


@pytest.mark.parametrize("by", ["the server", "the clock"])
async def test_a_link_that_ended_shows_no_way_any_more(browser: Page, by: str) -> None:
    follow = Follow()
    if by == "the clock":
        follow.expires = 2  # long before the page would ask again
    follow.moved(0, 50, 100)
    async with served(following(0.05 if by == "the server" else 600), follow.route()) as origin:
        await browser.go(origin)
        await browser.shows("path.here")
        if by == "the server":
            follow.answer = None
        await said(browser, "#state", lambda text: text.startswith("This link has ended"))
        assert await browser.ask("document.querySelectorAll('path.way, path.here').length") == 0
        assert await browser.ask("document.querySelector('#distance').textContent") == "–"
        assert await browser.ask("document.querySelector('#age').textContent") == ""
        await browser.picture(kept("live-ended"))


async def test_a_page_that_nobody_looks_at_asks_for_nothing(browser: Page) -> None:
    follow = Follow()
    await browser._send("Page.addScriptToEvaluateOnNewDocument", source=hidden())
    async with served(following(), follow.route()) as origin:
        await browser.go(origin)
        await said(browser, "#distance", lambda text: text == "0 m")
        await browser.ask("window.look(false)")
        await asyncio.sleep(0.2)  # what was under way
        count = len(follow.asked)
        await asyncio.sleep(0.5)
        assert len(follow.asked) == count
        follow.moved(0, 100)
        await browser.ask("window.look(true)")
        await said(browser, "#distance", lambda text: text == "1.23 km")


async def test_a_lost_connection_is_said_and_taken_up_again(browser: Page) -> None:
    follow = Follow()
    follow.broken = True
    async with served(following(), follow.route()) as origin:
        await browser.go(origin)
        await said(browser, "#state", lambda text: text.startswith("No connection"))
        follow.broken = False
        follow.moved(0, 100)
        await said(browser, "#state", lambda text: text == "Live")


def online(there: bool) -> str:
    """What has a page believe in a network, or in none."""
    return f"Object.defineProperty(navigator, 'onLine', {{get: () => {json.dumps(there)}}})"


def hidden() -> str:
    """What lets a test look at a page and away from it."""
    return (
        "let seen = true; Object.defineProperty(document, 'hidden', {get: () => !seen});"
        "window.look = (now) => { seen = now; document.dispatchEvent(new Event('visibilitychange')); };"
    )
