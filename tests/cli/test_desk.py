"""`pp door-code`, `pp checkin --code` and `pp gym channel`."""

import secrets

from tests.cli.conftest import Pp
from tests.conftest import new_phone


def test_a_member_is_checked_in_with_the_code_of_the_desk(pp: Pp, slug: str) -> None:
    shown = pp("door-code", "--format", "json").json
    assert (len(shown["code"]), shown["branch_name"]) == (4, "Main")
    assert shown["code"] in pp("door-code").out
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    assert pp("membership", "sell", phone, "MONTHLY").code == 0
    wrong = "4829" if shown["code"] != "4829" else "4830"
    refused = pp("checkin", phone, "--code", wrong, "--lang", "sw")
    assert (refused.code, "msimbo wa leo" in refused.err) == (4, True)
    came = pp("checkin", phone, "--code", shown["code"], "--format", "json")
    assert came.json["visit"]["branch_id"] == shown["branch_id"]


def test_channels_are_connected_listed_and_let_go(pp: Pp, slug: str) -> None:
    number = f"{secrets.randbelow(10**6):06d}"
    made = pp("gym", "channel", "connect", "ussd", f"*384*{number}#", "--format", "json").json
    assert made["address"] == f"*384*{number}#"
    assert made["address"] in pp("gym", "channel", "list").out
    refused = pp("gym", "channel", "connect", "ussd", "384")
    assert (refused.code, "*384*77#" in refused.err) == (2, True)
    assert pp("gym", "channel", "disconnect", made["id"]).code == 0
    assert pp("gym", "channel", "list", "--format", "json").json == {"items": []}
    assert pp("gym", "channel", "disconnect", made["id"]).code == 3


def test_the_trail_tells_refusals_from_acts(pp: Pp, slug: str) -> None:
    assert pp("plan", "retire", "NONE").code == 3
    assert pp("plan", "retire", "DAY").code == 0

    def outcomes(*options: str) -> list[str]:
        rows = pp("audit", "--operation", "memberships.", "--format", "json", *options).json["items"]
        return [row["outcome"] for row in rows]

    assert outcomes() == ["done", "memberships.plan_unknown"]
    assert outcomes("--refused") == ["memberships.plan_unknown"]
    assert outcomes("--no-refused", "--door", "cli") == ["done"]


def test_the_desk_finds_and_shows_its_day(pp: Pp, slug: str) -> None:
    for name in ("Brian Otieno", "Gabriela Wanjiru"):
        assert pp("member", "add", name, new_phone()).code == 0
    code = pp("desk", "find", "otieno", "bri", "--format", "json").json["items"][0]["code"]
    assert pp("membership", "sell", code, "MONTHLY").code == 0
    assert pp("checkin", code).code == 0
    found = pp("desk", "find", "bri", "--limit", "1", "--lang", "sw")
    assert ("Brian Otieno" in found.out, "Yuko ndani tangu" in found.out, "One month" in found.out) == (
        True,
        True,
        True,
    )
    assert "Kuna wengine" in found.err
    assert "There are more" not in pp("desk", "find", "bri").err
    today = pp("desk", "today")
    assert "Brian Otieno" in today.out
    assert "Visits today: 1. Came in within the last four hours: 1." in today.err
    card = pp("member", "card", code)
    assert (card.code, "One month" in card.out, "MONTHLY" in card.out) == (0, True, True)
    (visit,) = pp("visits", "--format", "json").json["items"]
    assert pp("desk", "visits", visit["id"], "--format", "json").json["items"] == [visit]
