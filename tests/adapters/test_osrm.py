"""The match service over a socket: what is asked, and what each answer becomes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pp_core.adapters.osrm import MOST_BYTES, OsrmMatcher
from pp_core.kernel.ports import MatchError, Matching
from tests.osrm import Osrm, matched, polyline6, refused, running_osrm, street, told

PLACES = [(-1.29, 36.82), (-1.2895, 36.82004), (-1.289, 36.82)]
QUESTION: dict[str, Any] = {"places": PLACES, "seconds": [0, 18, 37], "radiuses": [5.0, 10.0, 7.6]}


@pytest.fixture
async def osrm() -> AsyncIterator[Osrm]:
    async with running_osrm() as server:
        yield server


@pytest.fixture
async def matcher(osrm: Osrm) -> AsyncIterator[OsrmMatcher]:
    matcher = OsrmMatcher(osrm.address + "/", 100)
    yield matcher
    await matcher.close()


async def test_a_way_is_asked_for_as_osrm_reads_it(osrm: Osrm, matcher: OsrmMatcher) -> None:
    osrm.answer = street(36.8201, confidence=0.75)
    found = await matcher.match("foot", **QUESTION)
    assert found == (Matching(0, 2, polyline6([(lat, 36.8201) for lat, _ in PLACES]), 0.75),)
    (asked,) = osrm.asked
    assert (asked.means, asked.places) == ("foot", PLACES)
    assert asked.options == {
        "timestamps": "0;18;37",
        "radiuses": "5;10;8",
        "geometries": "polyline6",
        "overview": "full",
        "tidy": "true",
    }


async def test_an_address_may_name_the_profile(osrm: Osrm) -> None:
    matcher = OsrmMatcher(osrm.address + "/routed-{profile}", 100)
    await matcher.match("bike", **QUESTION)
    await matcher.close()
    assert osrm.asked[0].means == "bike"


async def test_a_trace_that_splits_is_several_parts(osrm: Osrm, matcher: OsrmMatcher) -> None:
    """Points that fit nowhere, and points that were tidied away, are null."""
    places = [(-1.29 + place / 10_000, 36.82) for place in range(7)]
    answer = matched(places, 36.82)
    answer["matchings"].append({**answer["matchings"][0], "confidence": 0.2, "geometry": polyline6(places[4:])})
    answer["tracepoints"] = [
        None if index is None else {"matchings_index": index, "waypoint_index": 0, "location": [36.82, -1.29]}
        for index in (0, None, 0, None, 1, 1, 1)
    ]
    osrm.answer = lambda _: told(answer)
    found = await matcher.match("foot", places=places, seconds=[*range(7)], radiuses=[5.0] * 7)
    assert [(one.first, one.last, one.confidence) for one in found] == [(0, 2, 0.9), (4, 6, 0.2)]


@pytest.mark.parametrize("code", ["NoMatch", "NoSegment"])
async def test_where_there_is_no_street_nothing_is_found(osrm: Osrm, matcher: OsrmMatcher, code: str) -> None:
    osrm.answer = refused(code)
    assert await matcher.match("foot", **QUESTION) == ()


@pytest.mark.parametrize(("code", "said"), [("TooBig", "PP_MAP_MATCHING_POINTS"), ("InvalidQuery", "InvalidQuery")])
async def test_what_the_server_does_not_take_is_final(osrm: Osrm, matcher: OsrmMatcher, code: str, said: str) -> None:
    osrm.answer = refused(code)
    with pytest.raises(MatchError, match=said) as caught:
        await matcher.match("foot", **QUESTION)
    assert caught.value.final


def _changed(**more: Any) -> Any:
    return {**matched(PLACES, 36.82), **more}


NONSENSE: dict[str, Any] = {
    "no_json": b"<html>nginx</html>",
    "cut": json.dumps(matched(PLACES, 36.82)).encode()[:-5],
    "deep": b"[" * 100_000,
    "a_list": [1, 2],
    "no_code": {"matchings": []},
    "another_code": _changed(code=["Ok"]),
    "no_tracepoints": _changed(tracepoints=None),
    "fewer_tracepoints": _changed(tracepoints=[None]),
    "a_word_for_a_point": _changed(tracepoints=["a", "b", "c"]),
    "an_index_of_nothing": _changed(tracepoints=[{"matchings_index": 7}, None, None]),
    "an_index_before_the_first": _changed(tracepoints=[{"matchings_index": -1}, None, None]),
    "an_index_that_is_true": _changed(tracepoints=[{"matchings_index": True}, None, None]),
    "matchings_of_words": _changed(matchings=["street"]),
    "no_line": _changed(matchings=[{"confidence": 0.9}]),
    "a_line_of_geojson": _changed(matchings=[{"confidence": 0.9, "geometry": {"type": "LineString"}}]),
    "no_confidence": _changed(matchings=[{"geometry": "??"}]),
    "more_confidence_than_there_is": _changed(matchings=[{"geometry": "??", "confidence": 10**400}]),
    "too_much": b" " * (MOST_BYTES + 1),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_is_final_and_tells_no_place(osrm: Osrm, matcher: OsrmMatcher, answer: Any) -> None:
    osrm.answer = lambda _: (200, answer) if isinstance(answer, bytes) else told(answer)
    with pytest.raises(MatchError) as caught:
        await matcher.match("foot", **QUESTION)
    assert caught.value.final
    assert "36.8" not in str(caught.value)
    osrm.answer = street(36.82)
    assert await matcher.match("foot", **QUESTION), "a server that answers is asked again"


async def test_nobody_is_sent_on_to_another_server(osrm: Osrm, matcher: OsrmMatcher) -> None:
    osrm.answer = lambda _: (302, b"")
    with pytest.raises(MatchError, match="302") as caught:
        await matcher.match("foot", **QUESTION)
    assert caught.value.final


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_server_is_for_later_and_left_alone_for_a_while(
    osrm: Osrm, matcher: OsrmMatcher, status: int
) -> None:
    osrm.answer = lambda _: (status, b"")
    for said in (str(status), "a short while ago"):
        with pytest.raises(MatchError, match=said) as caught:
            await matcher.match("foot", **QUESTION)
        assert not caught.value.final
    assert len(osrm.asked) == 1


async def test_a_silent_server_is_waited_for_so_long_and_asked_again_after_its_rest(osrm: Osrm) -> None:
    matcher = OsrmMatcher(osrm.address, 100, seconds=0.2, rest=0.0)
    osrm.silent = True
    with pytest.raises(MatchError, match="does not answer") as caught:
        await matcher.match("foot", **QUESTION)
    assert (caught.value.final, len(osrm.asked)) == (False, 1)
    assert "36.8" not in str(caught.value)
    osrm.silent, osrm.answer = False, street(36.82)
    assert len(await matcher.match("foot", **QUESTION)) == 1
    await matcher.close()


async def test_a_dead_server_is_for_later() -> None:
    async with running_osrm() as gone:
        matcher = OsrmMatcher(gone.address, 100)
    with pytest.raises(MatchError, match="does not answer: ConnectError") as caught:
        await matcher.match("foot", **QUESTION)
    assert not caught.value.final
    await matcher.close()
