"""Every refusal is a problem document, in the caller's language, with the headers that its status wants."""

import asyncio

import httpx
import pytest

from pp_api import errors
from pp_api.front import read_body
from pp_core.kernel import locale
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.policy import Rate
from tests.api.conftest import Api, SignedInGym, running_api

MEMBERS = ["type", "title", "status", "detail", "code", "correlation_id"]


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Its status and code, once its form was checked."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert list(document)[:6] == MEMBERS
    assert document["status"] == answer.status_code
    assert document["correlation_id"] == answer.headers["X-Request-Id"]
    return answer.status_code, document["code"]


async def test_an_unknown_member_in_both_languages(admin: SignedInGym) -> None:
    english = await admin.http.get("/api/v1/members/M99999")
    swahili = await admin.http.get("/api/v1/members/M99999", headers={"Accept-Language": "fr, sw-KE;q=0.9, en;q=0.4"})
    assert problem(english) == problem(swahili) == (404, "tenants.person_unknown")
    assert (english.headers["Content-Language"], swahili.headers["Content-Language"]) == ("en", "sw")
    assert english.json()["detail"] == locale.text("tenants.person_unknown", "en", **english.json().get("values", {}))
    assert english.json()["detail"] != swahili.json()["detail"]
    assert swahili.json()["title"] == "Haipatikani"


async def test_each_wrong_field_is_named_and_its_value_is_not_repeated(api: Api, admin: SignedInGym) -> None:
    answer = await admin.http.post("/api/v1/members", json={"name": "A", "phone": "12", "shoe_size": 43})
    assert problem(answer) == (422, "request.invalid")
    found = {each["field"]: each["problem"] for each in answer.json()["errors"]}
    assert set(found) == {"name", "phone", "shoe_size"}
    assert found["name"] == "is too short: at least 2 characters"
    swahili = await admin.http.post("/api/v1/workouts", json={}, headers={"Accept-Language": "sw"})
    assert swahili.json()["errors"] == [{"field": "text", "problem": "inahitajika"}]
    secret = await api.http.post("/api/v1/auth/sign-in", json={"identifier": "x", "password": ["hunter2"]})
    assert problem(secret) == (422, "request.invalid")
    assert "hunter2" not in secret.text


@pytest.mark.parametrize(
    ("body", "media", "expected"),
    [
        (b'{"text": ', "application/json", (400, "request.malformed")),
        (b'{"text": "\\ud800"}', "application/json", (400, "request.malformed")),
        (b"text=squat", "application/x-www-form-urlencoded", (415, "request.media_unsupported")),
        (b'["squat"]', "application/json; charset=utf-8", (422, "request.invalid")),
        (b'{"text": "squat\\u0000"}', "application/json", (422, "request.invalid")),
        (b'{"text": "' + b"x" * 1024 * 1024 + b'"}', "application/json", (413, "request.body_too_large")),
        (b"", "application/json", (422, "request.invalid")),
    ],
)
async def test_a_body_that_is_none(admin: SignedInGym, body: bytes, media: str, expected: tuple[int, str]) -> None:
    answer = await admin.http.post("/api/v1/workouts", content=body, headers={"Content-Type": media})
    assert problem(answer) == expected


async def test_a_body_without_a_length_is_capped_too(admin: SignedInGym) -> None:
    async def endless() -> object:
        for _ in range(40):
            yield b" " * 65536

    answer = await admin.http.post("/api/v1/workouts", content=endless(), headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
    assert problem(answer) == (413, "request.body_too_large")


async def test_what_the_address_names_may_not_come_in_the_body_as_well(admin: SignedInGym) -> None:
    member = await admin.gym.add_member()
    answer = await admin.http.patch(f"/api/v1/members/{member.code}", json={"member": "M00001", "name": "Amina W"})
    assert problem(answer) == (422, "request.invalid")
    answer = await admin.http.get("/api/v1/me/member?member=M00001")
    assert problem(answer) == (422, "request.invalid")


async def test_addresses_and_methods_that_are_not_there(api: Api) -> None:
    assert problem(await api.http.get("/api/v1/nothing")) == (404, "request.no_such_address")
    assert problem(await api.http.get("/")) == (404, "request.no_such_address")
    wrong = await api.http.put("/api/v1/members")
    assert problem(wrong) == (405, "request.method_not_allowed")
    assert wrong.headers["Allow"] == "GET, HEAD, POST"
    assert problem(await api.http.post("/healthz")) == (405, "request.method_not_allowed")


async def test_queries_are_read_strictly(admin: SignedInGym) -> None:
    for query in (
        "limit=many",
        "limit=100000000000000000000000",
        "limit=0",
        "serach=amina",
        "cursor=%00",
        "search=%00",
    ):
        answer = await admin.http.get(f"/api/v1/members?{query}")
        assert problem(answer)[0] == 422, query
    assert problem(await admin.http.get("/api/v1/members?cursor=bm90IGEgY3Vyc29y")) == (
        422,
        "request.cursor_unreadable",
    )
    assert problem(await admin.http.get("/api/v1/reports/attendance?last=9999-12-31")) == (422, "request.invalid")
    assert (await admin.http.get("/api/v1/members?search=%ff%fe")).status_code == 200


async def test_a_used_up_limit_says_when_to_come_back(api: Api, admin: SignedInGym) -> None:
    rates = {**api.runtime.settings.rates, Rate.STANDARD: (2, 60)}
    async with running_api(api.runtime.home, rates=rates) as limited:  # type: ignore[arg-type]
        answers = [await limited.http.get("/api/v1/gym", headers=admin.bearer) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"2"}
    assert problem(answers[2]) == (429, "request.too_many")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert 1 <= int(answers[2].headers["X-RateLimit-Reset"]) <= 60


async def test_an_unforeseen_error_tells_nothing(api: Api, admin: SignedInGym, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr(type(api.runtime.pulse), "run", broken)
    answer = await admin.http.get("/api/v1/gym", headers={"X-Request-Id": "a-request-of-mine"})
    assert problem(answer) == (500, "internal")
    assert "SELECT" not in answer.text
    assert "a-request-of-mine" in answer.json()["detail"]


async def test_each_code_is_explained_where_its_type_leads(api: Api, admin: SignedInGym) -> None:
    refused = await admin.http.get("/api/v1/members/M99999")
    explained = (await api.http.get(refused.json()["type"])).json()
    assert explained["status"] == 404
    assert set(explained["texts"]) == {"en", "sw"}
    assert problem(await api.http.get("/problems/no.such.code")) == (404, "request.no_such_address")


def test_every_kind_has_a_status_and_a_title() -> None:
    for kind in Kind:
        made = type(f"Some{kind.name}", (Problem,), {"kind": kind, "__doc__": "For this test."})
        assert errors.status_of(made) in (401, 403, 404, 409, 422, 429, 500, 503)
        assert {locale.text(f"kind.{kind.value}", language) for language in locale.LANGUAGES}


async def test_no_more_than_the_limit_is_ever_held() -> None:
    asked = 0

    async def endless() -> dict[str, object]:
        nonlocal asked
        asked += 1
        assert asked < 50, "the body is held without end"
        return {"type": "http.request", "body": b" " * 1000, "more_body": True}

    with pytest.raises(errors.BodyTooLarge):
        await asyncio.wait_for(read_body({"type": "http", "headers": []}, endless, 10_000), 5)
    assert asked <= 11
