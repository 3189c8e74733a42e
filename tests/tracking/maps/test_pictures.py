"""Thumbnails, profiles, heat maps, tiles, and figures in words."""

import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from pp_core.tracking.operations import Sport
from pp_core.tracking.render import figures, thumbnail
from pp_core.tracking.render.elevation import HEIGHT, WIDTH, profile
from pp_core.tracking.render.heat import Cell, heat, limits_of
from pp_core.tracking.render.live_page import live_page
from pp_core.tracking.render.tiles import linked, provider

from .courses import loop, north, on_plane

SVG = "{http://www.w3.org/2000/svg}"
Pixels = list[list[tuple[int, ...]]]


def pixels(png: bytes) -> Pixels:
    """The rows of an RGBA picture of eight bits a channel (PNG, second edition)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (8, 6)
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    raw, rows, before = zlib.decompress(data), [], bytearray(4 * width)
    for row in range(height):
        kind, line = raw[row * (4 * width + 1)], bytearray(raw[row * (4 * width + 1) + 1 : (row + 1) * (4 * width + 1)])
        for place in range(4 * width):
            left = line[place - 4] if place >= 4 else 0
            up, corner = before[place], before[place - 4] if place >= 4 else 0
            guess = left + up - corner
            paeth = min((abs(guess - one), order, one) for order, one in enumerate((left, up, corner)))[2]
            line[place] = (line[place] + (0, left, up, (left + up) // 2, paeth)[kind]) % 256
        rows.append([tuple(line[4 * each : 4 * each + 4]) for each in range(width)])
        before = line
    return rows


def test_a_thumbnail_is_small_and_says_nothing() -> None:
    drawn = thumbnail.svg(loop(), Sport.RUN)
    assert len(drawn) <= 2300
    root = ElementTree.fromstring(drawn)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "defs", "g", "path", "use", "circle"}
    named = {each.get("id") for each in root.iter() if each.get("id")}
    used = {(each.get("href") or "")[1:] for each in root.iter(f"{SVG}use")}
    assert used == named


def test_two_thumbnails_on_one_page_do_not_share_names() -> None:
    one, other = (ElementTree.fromstring(thumbnail.svg(course, Sport.RUN)) for course in (loop(500), north(3000)))
    names = [{each.get("id") for each in root.iter() if each.get("id")} for root in (one, other)]
    assert not names[0] & names[1]


def test_the_png_shows_the_way_start_and_end() -> None:
    east = np.r_[np.zeros(101), np.arange(10, 1001, 10.0)]  # a kilometre north, then one east
    up = np.r_[np.arange(0, 1001, 10.0), np.full(100, 1000.0)]
    rows = pixels(thumbnail.png(on_plane(east, up), Sport.RUN, size=240))
    assert (len(rows), len(rows[0])) == (240, 240)
    back, start, finish = rows[120][180], rows[224][16], rows[16][224]
    assert back == (0xF4, 0xF6, 0xF5, 255)
    assert start == (0x0B, 0x6E, 0x4F, 255)
    assert finish == (0xA3, 0x14, 0x0C, 255)
    colour = tuple(int(thumbnail.COLOURS[0][place : place + 2], 16) for place in (1, 3, 5))
    assert rows[120][16] == rows[16][120] == (*colour, 255)


def test_the_png_is_as_large_as_asked_for() -> None:
    assert struct.unpack(">II", thumbnail.png(north(1000), Sport.RUN, size=512)[16:24]) == (512, 512)


def test_a_thumbnail_of_nothing_is_empty() -> None:
    drawn = thumbnail.svg(on_plane(np.empty(0), np.empty(0), np.empty(0)), Sport.RUN)
    assert ElementTree.fromstring(drawn).find(f".//{SVG}circle") is None
    here = thumbnail.svg(on_plane(np.zeros(3), np.zeros(3)), Sport.RUN)
    assert "nan" not in here


def test_a_profile_rises_where_the_way_does() -> None:
    way = np.arange(0, 1001, 10.0)
    drawn = profile(on_plane(np.zeros(101), way, altitude=1700 + way / 10))
    assert drawn is not None
    assert (drawn.low, drawn.high) == (1700, 1800)
    path = ElementTree.fromstring(drawn.svg)[0].get("d")
    assert path is not None
    points = [tuple(float(one) for one in each.split(",")) for each in path[1:].partition("V")[0].split("L")]
    heights = [y for _, y in points[1:-1]]
    assert heights == sorted(heights, reverse=True)  # a picture counts from its top
    assert points[1][0] == 0
    assert points[-2][0] == WIDTH
    assert 0 < min(heights) < 10
    assert HEIGHT - 10 < max(heights) < HEIGHT
    assert len(drawn.svg) < 2000


def test_a_flat_way_looks_flat() -> None:
    way = np.arange(0, 1001, 10.0)
    noise = np.where(np.arange(101) % 2, 0.5, -0.5)
    drawn = profile(on_plane(np.zeros(101), way, altitude=1700 + noise))
    assert drawn is not None
    heights = [float(each.split(",")[1]) for each in drawn.svg.partition('d="M')[2].partition("V")[0].split("L")]
    assert max(heights) - min(heights) < HEIGHT / 20


@pytest.mark.parametrize("known", [[], [0]])
def test_there_is_no_profile_of_unknown_heights(known: list[int]) -> None:
    altitude = np.full(201, np.nan)
    altitude[known] = 1700
    assert profile(on_plane(np.zeros(201), np.arange(201) * 5.0, altitude=altitude)) is None
    assert profile(on_plane(np.zeros(3), np.zeros(3), altitude=np.full(3, 1700.0))) is None


@pytest.mark.parametrize(
    ("sport", "pace", "said"),
    [
        (Sport.RUN, 0.332, "5:32 /km"),
        (Sport.RUN, 0.35999, "6:00 /km"),
        (Sport.HIKE, 3.7, "1:01:40 /km"),
        (Sport.SWIM, 1.05, "1:45 /100 m"),
        (Sport.ROW, 0.25, "2:05 /500 m"),
        (Sport.RIDE, 0.1469, "24.5 km/h"),
    ],
)
def test_paces_are_said_as_the_sport_says_them(sport: Sport, pace: float, said: str) -> None:
    assert figures.pace(pace, sport) == said
    assert f"{figures.bare_pace(pace, sport)} {figures.unit(sport)}" == said


def test_limits_are_round_figures() -> None:
    assert figures.pace(figures.rounded(0.3334, Sport.RUN), Sport.RUN) == "5:35 /km"
    assert figures.pace(figures.rounded(0.1469, Sport.RIDE), Sport.RIDE) == "24.5 km/h"
    assert figures.rounded(0.0001, Sport.RUN) == 0.005


def test_durations_and_distances() -> None:
    assert [figures.duration(each) for each in (9, 59.6, 1710, 3723)] == ["0:09", "1:00", "28:30", "1:02:03"]
    assert [figures.distance(each) for each in (0, 850.4, 5230, 42_195)] == ["0 m", "850 m", "5.23 km", "42.2 km"]


def test_heat_is_classed_by_how_many_came_through() -> None:
    assert limits_of(1, 1) == [1]
    assert limits_of(1, 2) == [1, 2]
    assert limits_of(3, 243) == [3, 8, 18, 43, 102]
    cells = [
        Cell(-1.30 + row * 0.001, 36.80 + column * 0.002, 1 + row * column) for row in range(4) for column in range(4)
    ]
    drawn = heat(cells, height=0.001, width=0.002, title="Ways", gym="Kilimani", language="en", tiles=provider("none"))
    assert "[2,3,3,2,3,3]]" in drawn.html  # those of seven and ten are of the last class, by row and column
    assert "</svg>7–10</li>" in drawn.html
    assert "10 activities in the busiest square" in drawn.html
    assert "unsafe" not in drawn.policy
    nothing = heat([], height=0.001, width=0.002, title="Ways", gym="Kilimani", language="sw", tiles=provider("none"))
    assert "Hakuna cha kuonyesha bado." in nothing.html


def test_a_live_page_asks_our_own_server_alone() -> None:
    usual = {"title": "Evening", "gym": "Kilimani", "sport": Sport.RUN, "language": "en", "expires_s": 60}
    drawn = live_page(source="/live/abc/points", tiles=provider("none"), **usual)  # type: ignore[arg-type]
    assert "connect-src 'self'" in drawn.policy
    for elsewhere in ("https://evil.example/x", "//evil.example/x", "live"):
        with pytest.raises(ValueError, match="no path"):
            live_page(source=elsewhere, tiles=provider("none"), **usual)  # type: ignore[arg-type]


def test_a_provider_says_from_where_its_tiles_come() -> None:
    assert provider("none").origin is None
    assert provider("osm").origin == "https://tile.openstreetmap.org"
    many = provider("https://{s}.tiles.example:8443/{z}/{x}/{y}{r}.png", "Maps <b> https://tiles.example/terms.", 17)
    assert (many.origin, many.max_zoom) == ("https://*.tiles.example:8443", 17)
    assert many.attribution == 'Maps &lt;b&gt; <a href="https://tiles.example/terms">tiles.example</a>.'


def test_what_is_no_address_stays_text() -> None:
    assert linked('"><script>') == "&quot;&gt;&lt;script&gt;"
    assert linked("javascript:alert(1)") == "javascript:alert(1)"
