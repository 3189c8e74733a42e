"""`pp track zones|geofence|segments|leaderboard|search|heat|share|routes`: places at the terminal."""

from pp_core.tracking.rules.simplify import polyline_encoded

from .conftest import Pp

LINE = polyline_encoded([-1.30, -1.29], [36.8, 36.8])


def test_a_geofence_is_set_moved_and_removed(pp: Pp, slug: str) -> None:
    assert pp("track", "geofence", "set", "--lat=-1.2921", "--lon=36.7831").code == 0
    assert (
        pp("track", "geofence", "set", "--lat=-1.2921", "--lon=36.7831", "--radius-m", "120", "--no-checks-in").code
        == 0
    )
    assert "36.7831" in pp("track", "geofence", "list").out  # three places would be a hundred metres off
    listed = pp("track", "geofence", "list", "--format", "json").json["items"]
    assert [(one["branch_name"], one["radius_m"], one["checks_in"]) for one in listed] == [("Main", 120, False)]
    assert pp("track", "geofence", "remove", listed[0]["id"]).code == 0
    gone = pp("track", "geofence", "remove", listed[0]["id"])
    assert (gone.code, "no such geofence" in gone.err) == (3, True)
    assert pp("track", "geofence", "set", "--lat=-91", "--lon=36").code == 2


def test_a_segment_is_drawn_listed_and_retired(pp: Pp, slug: str) -> None:
    drawn = pp("track", "segments", "draw", "Uhuru climb", "--route", LINE, "--format", "json").json
    assert (drawn["name"], drawn["sport"], drawn["route"]) == ("Uhuru climb", "run", LINE)
    listed = pp("track", "segments", "list")
    assert "Uhuru climb" in listed.out, listed
    board = pp("track", "leaderboard", drawn["id"], "--period", "month", "--format", "json").json
    assert (board["items"], board["people"]) == ([], 0)
    assert pp("track", "segments", "delete", drawn["id"]).code == 0
    assert pp("track", "leaderboard", drawn["id"], "--lang", "sw").code == 3


def test_a_search_says_what_area_it_wants(pp: Pp, slug: str) -> None:
    refused = pp("track", "search", "--lat=-1.29")
    assert (refused.code, "either a place" in refused.err) == (2, True)
    found = pp("track", "search", "--lat=-1.29", "--lon=36.82", "--format", "json")
    assert (found.code, found.json["items"]) == (0, [])
    assert pp("track", "heat", "--format", "json").json["items"] == []


def test_zones_links_and_routes_are_a_persons_own(pp: Pp, slug: str) -> None:
    """An operator is nobody in the gym."""
    for words in (
        ("zones", "list"),
        ("zones", "add", "Home", "--lat=-1.3", "--lon=36.8"),
        ("shares",),
        ("routes", "list"),
    ):
        assert pp("track", *words).code == 3, words
    assert pp("track", "share").code == 5
