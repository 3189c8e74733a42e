"""The desk over REST: the code of the day, checking in oneself with it, channels, and one's own language."""

import secrets

import httpx

from pp_core.tenants.operations import Member
from tests.api.conftest import SignedInGym


async def check_in(admin: SignedInGym, **body: str) -> httpx.Response:
    return await admin.http.post("/api/v1/visits", json=body)


async def test_the_code_of_the_day(admin: SignedInGym) -> None:
    answer = await admin.http.post("/api/v1/door-codes")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["branch_id"], shown["branch_name"]) == (str(admin.gym.onboarded.branch_id), "Main")
    assert (await admin.http.post("/api/v1/door-codes", json={})).json() == shown
    wrong = await check_in(admin, code="4829" if shown["code"] != "4829" else "4830")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "memberships.code_wrong")
    came = await check_in(admin, code=shown["code"])
    assert (came.status_code, came.json()["visit"]["branch_id"]) == (201, shown["branch_id"])


async def test_channels(admin: SignedInGym) -> None:
    bot = f"gym{secrets.token_hex(4)}bot"
    made = await admin.http.post("/api/v1/gym/channels", json={"kind": "telegram", "address": f"@{bot.upper()}"})
    assert (made.status_code, made.json()["address"]) == (201, bot)
    assert (await admin.http.get("/api/v1/gym/channels")).json() == {"items": [made.json()]}
    refused = await admin.http.post(
        "/api/v1/gym/channels", json={"kind": "ussd", "address": "384"}, headers={"Accept-Language": "sw"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "tenants.service_code_invalid")
    assert "msimbo wa USSD" in refused.json()["detail"]
    address = f"/api/v1/gym/channels/{made.json()['id']}"
    assert [(await admin.http.delete(address)).status_code for _ in range(2)] == [204, 404]


async def test_ones_own_language(admin: SignedInGym) -> None:
    assert (await admin.http.put("/api/v1/me/language", json={"language": "sw"})).status_code == 204
    assert (await admin.http.get("/api/v1/me/member")).json()["language"] == "sw"


async def test_the_screen_at_the_desk(admin: SignedInGym, amina: Member) -> None:
    brian = await admin.gym.add_member("Brian Otieno")
    for member in (amina, brian):
        answer = await admin.http.post("/api/v1/visits", json={"member": member.code, "override_reason": "first visit"})
        assert answer.status_code == 201
    found = await admin.http.get("/api/v1/desk/people", params={"query": "otieno bri"})
    assert [row["code"] for row in found.json()["items"]] == [brian.code]
    shown = (await admin.http.get("/api/v1/desk", params={"limit": 1})).json()
    assert (len(shown["visits"]), shown["visits_today"], shown["members_in"]) == (1, 2, 2)
    card = (await admin.http.get(f"/api/v1/members/{amina.code}/card")).json()
    assert (card["name"], card["membership"]["plan_code"], card["visits_this_month"]) == (amina.name, "MONTHLY", 1)
    listed = (await admin.http.get("/api/v1/visits")).json()["items"]
    asked = [visit["id"] for visit in listed]
    got = await admin.http.get("/api/v1/desk/visits", params={"ids": asked})
    assert got.json()["items"] == listed
    one = await admin.http.get("/api/v1/desk/visits", params={"ids": asked[0]})
    assert one.json()["items"] == listed[:1]
    for query in ("", "?ids=", "?ids=nonsense"):
        assert (await admin.http.get(f"/api/v1/desk/visits{query}")).status_code == 422


async def test_a_screen_is_unlocked_by_pin(admin: SignedInGym) -> None:
    unset = await admin.http.post("/api/v1/me/pin/check", json={"pin": "7391"})
    assert (unset.status_code, unset.json()["code"]) == (409, "tenants.pin_unset")
    assert (await admin.http.put("/api/v1/me/pin", json={"pin": "7391"})).status_code == 204
    assert (await admin.http.post("/api/v1/me/pin/check", json={"pin": "7391"})).status_code == 204
    wrong = await admin.http.post("/api/v1/me/pin/check", json={"pin": "0001"}, headers={"Accept-Language": "sw"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "tenants.pin_wrong")
    assert "Majaribio yaliyobaki: 4" in wrong.json()["detail"]
