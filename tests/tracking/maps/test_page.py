"""The page of an activity as it is written: small, whole, harmless, and asking nobody but us."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from pp_core.tracking.operations import Linking, Sport
from pp_core.tracking.render import assets
from pp_core.tracking.render.page import Page, page
from pp_core.tracking.render.tiles import provider

from .courses import loop, north, on_plane, told

OSM, NONE = provider("osm"), provider("none")
HOSTILE = (
    "</script><script>alert(1)</script>", '" onload="alert(1)', "{{ 7 * 7 }}", "{% raw %}", "`${alert(1)}`", "<!--",
    "'><img src=x>", "</title></style><b>", "\u2028alert(1)", "javascript:alert(1)", "&lt;b&gt;",
)  # fmt: skip


class Read(HTMLParser):
    """The elements of a page, what they say, and what they would load."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def loads(self) -> list[str]:
        named = [at.get("src") or (at.get("href") if tag == "link" else None) for tag, at in self.elements]
        return [each for each in named if each]

    def said(self, tag: str) -> str:
        return "".join(self.texts.get(tag, []))


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def directives(drawn: Page) -> dict[str, list[str]]:
    return {name: values for name, *values in (each.split() for each in drawn.policy.split(";"))}


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize("kilometres", [12, 42, 160])
def test_a_page_of_ten_thousand_points_is_at_most_30_kb(kilometres: int, language: str) -> None:
    course = loop(10_000, kilometres)
    assert course.length > kilometres * 900
    drawn = page(course, told(course, language=language), OSM)
    assert len(drawn.html.encode()) <= 30 * 1024


def test_the_page_is_the_same_each_time_it_is_drawn() -> None:
    course = loop(500)
    assert page(course, told(course), OSM) == page(course, told(course), OSM)


@pytest.mark.parametrize("linking", list(Linking))
def test_what_people_wrote_is_text_and_nothing_else(linking: Linking) -> None:
    course = north(2500)
    plain = Read(page(course, told(course), NONE, linking).html)
    for hostile in HOSTILE:
        drawn = page(course, told(course, title=hostile, gym=hostile, athlete=hostile), NONE, linking)
        found = Read(drawn.html)
        assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements], hostile
        assert [sorted(at) for _, at in found.elements] == [sorted(at) for _, at in plain.elements], hostile
        assert found.texts["script"] == plain.texts["script"]
        assert found.said("h1") == hostile
        assert found.said("title") == f"{hostile} · {hostile}"
        assert hostile in found.said("p")


def test_a_served_page_loads_leaflet_from_us_alone_and_checks_it() -> None:
    drawn = page(loop(500), told(loop(500)), OSM)
    found = Read(drawn.html)
    assert sorted(found.loads()) == sorted(["data:,", *(each.path for each in assets.leaflet())])
    checked = [at for _, at in found.elements if "integrity" in at]
    assert {at["integrity"] for at in checked} == {each.integrity for each in assets.leaflet()}
    assert drawn.files == ()
    outside = set(re.findall(r"https?://([^/\"'\s\\]+)", drawn.html))
    named = {
        "www.openstreetmap.org",
        "leafletjs.com",
        "www.w3.org",
    }  # links that somebody may follow, and SVG's own name
    assert outside == {"tile.openstreetmap.org", *named}


def test_its_policy_allows_its_own_script_and_style_and_no_other() -> None:
    drawn = page(loop(500), told(loop(500)), OSM)
    found, allowed = Read(drawn.html), directives(drawn)
    inline = [each for each in found.texts["script"] if each.strip()]
    assert len(inline) == 1
    assert allowed["script-src"] == ["'self'", hash_of(inline[0])]
    assert allowed["style-src"] == ["'self'", hash_of(found.said("style"))]
    assert allowed["img-src"] == ["data:", "https://tile.openstreetmap.org"]
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == ["'none'"]
    assert allowed["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in drawn.policy
    assert not [at for _, at in found.elements if "style" in at or any(name.startswith("on") for name in at)]


def test_without_tiles_nothing_is_allowed_from_elsewhere() -> None:
    drawn = page(loop(500), told(loop(500)), NONE)
    assert directives(drawn)["img-src"] == ["data:"]
    assert "tileLayer" not in drawn.html
    assert set(re.findall(r"https?://([^/\"'\s]+)", drawn.html)) == {"leafletjs.com", "www.w3.org"}


def test_a_page_for_a_folder_names_its_files_and_keeps_its_policy_itself() -> None:
    drawn = page(loop(500), told(loop(500)), NONE, Linking.BESIDE)
    found = Read(drawn.html)
    assert sorted(found.loads()) == sorted(["data:,", *(each.file_name for each in drawn.files)])
    assert [each.name for each in drawn.files] == ["leaflet.css", "leaflet.js"]
    kept = [at["content"] for _, at in found.elements if at.get("http-equiv") == "Content-Security-Policy"]
    assert kept == [drawn.policy]


def test_a_page_with_all_in_it_loads_nothing() -> None:
    drawn = page(loop(500), told(loop(500)), NONE, Linking.INLINE)
    found = Read(drawn.html)
    assert found.loads() == ["data:,"]
    assert drawn.files == ()
    scripts = [each for each in found.texts["script"] if each.strip()]
    assert directives(drawn)["script-src"] == [hash_of(each) for each in scripts]
    assert len(drawn.html.encode()) < 200 * 1024


def test_the_figures_splits_and_marks_are_told() -> None:
    course = north(3500, pace=0.36)
    found = Read(page(course, told(course), NONE).html)
    said = dict(zip(found.texts["dt"], found.texts["dd"], strict=True))
    assert said == {
        "Distance": "3.5 km", "Moving time": "21:00", "Elapsed time": "22:35", "Pace": "6:00 /km", "Climbed": "142 m",
    }  # fmt: skip
    assert found.texts["th"] == ["km", "Pace (/km)", "Up, down", "Heart rate", "1", "2", "3"]
    assert found.texts["td"] == ["6:00", "+3 m", "150"] * 3
    assert "Run · Amina Wanjiru · 21 Nov 2026 · 06:05" in found.texts["p"]
    for mark in ("1 · 6:00", "2 · 6:00", "3 · 6:00", "Start", "Finish"):
        assert f"<div>\n{mark}\n</div>" in found.said("script")


def test_kilometres_of_a_long_way_are_told_together() -> None:
    course = north(103_500, every=50, pace=np.r_[np.full(200, 0.30), np.full(1870, 0.36)])
    found = Read(page(course, told(course), NONE).html)
    rows = found.texts["th"][4:]
    assert rows == [str(5 * (place + 1)) for place in range(20)] + ["103"]
    assert found.texts["td"][:9] == ["5:00", "+15 m", "150"] * 2 + ["6:00", "+15 m", "150"]
    assert found.texts["td"][-3:] == ["6:00", "+9 m", "150"]


def test_the_route_is_where_the_points_are() -> None:
    course = loop(2000)
    script = Read(page(course, told(course), NONE).html).said("script")
    lines = [json.loads(each) for each in re.findall(r"L\.polyline\(\n(\[\[\[.*\]\]\]),\n", script)]
    assert len(lines) == 5
    points = np.array([point for line in lines for part in line for point in part])
    assert points.min(axis=0) == pytest.approx([course.lat.min(), course.lon.min()], abs=3e-5)
    assert points.max(axis=0) == pytest.approx([course.lat.max(), course.lon.max()], abs=3e-5)


def test_the_legend_says_in_words_what_the_colours_say() -> None:
    course = loop(2000)
    found = Read(page(course, told(course), NONE).html)
    entries = found.texts["li"]
    assert len(entries) == 5
    assert entries[0].startswith("slower than ")
    assert all(re.fullmatch(r"\d:\d\d–\d:\d\d /km", each) for each in entries[1:-1])
    assert entries[-1].startswith("faster than ")


def test_a_hidden_pace_is_nowhere_on_the_page() -> None:
    course = loop(2000)
    shown, hidden = (page(course, told(course, shows_pace=shows), NONE).html for shows in (True, False))
    assert "5:" in shown
    assert "/km" in shown
    assert "/km" not in hidden
    assert "<table>" not in hidden
    assert 'class="legend"' not in hidden
    assert "<div>\n1\n</div>" in hidden


def test_swahili_is_swahili() -> None:
    course = north(3500)
    found = Read(page(course, told(course, language="sw"), NONE).html)
    assert found.elements[0] == ("html", {"lang": "sw"})
    assert found.texts["dt"] == ["Umbali", "Muda wa mwendo", "Muda wote", "Mwendo", "Kupanda"]
    assert "Mwanzo" in found.said("script")


def test_who_rides_reads_of_speed() -> None:
    course = north(3500, pace=0.12)
    found = Read(page(course, told(course, sport=Sport.RIDE), NONE).html)
    assert "30 km/h" in found.texts["dd"]
    assert "Speed (km/h)" in found.texts["th"]


def test_an_activity_without_points_has_a_page() -> None:
    nothing = on_plane(np.empty(0), np.empty(0), np.empty(0))
    found = Read(page(nothing, told(nothing), NONE).html)
    assert "polyline" not in found.said("script")
    assert found.texts["dd"] == ["0 m", "0:00", "1:35", "142 m"]


def test_a_colour_that_is_none_is_left_out() -> None:
    course = north(1500)
    assert "--brand: #d1495b" in page(course, told(course, brand="#d1495b"), NONE).html
    hostile = page(course, told(course, brand="red;} </style><script>"), NONE).html
    assert "--brand:" not in hostile
