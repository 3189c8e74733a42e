"""The document: complete, true to its examples, and its lists are pages."""

import re
from typing import Any

import pytest
from jsonschema_rs import validator_for

from pp_api.examples import answer_example, example_of
from pp_api.openapi import describe
from pp_api.routes import bindings
from pp_api.routing import Binding
from pp_core.kernel.pagination import Page
from pp_core.kernel.policy import Scope
from pp_core.runtime import catalog
from pp_core.tenants.operations import AddMember, GymList
from pp_core.workouts.operations import LogWorkout, SetRow
from tests.api.conftest import Api, SignedInGym, fill

BOUND = bindings()
DOCUMENT = describe(BOUND, list(catalog.load_topics().values()))


def named(binding: Binding) -> str:
    return f"{binding.method} {binding.path}"


def test_every_operation_for_people_has_an_address() -> None:
    catalog.load_operations()
    open_to_people = {op for op in catalog.load_operations().values() if op.policy.scope is not Scope.SYSTEM}
    own = {op for op in open_to_people if op.__module__.startswith("pp_core.")}
    assert own - {binding.operation for binding in BOUND} == set()


@pytest.mark.parametrize("binding", BOUND, ids=named)
def test_the_examples_are_what_the_models_read(binding: Binding) -> None:
    described: dict[str, Any] = DOCUMENT["paths"][binding.path][binding.method.lower()]
    given = {
        each["name"]: each.get("example")
        for each in described["parameters"]
        if each["name"] in (*binding.path_fields, *binding.query_fields) and each["required"]
    }
    if binding.body_fields:
        example = described["requestBody"]["content"]["application/json"]["example"]
        assert example or not binding.body_required
        given |= example
    binding.operation.model_validate(given)
    if binding.content is not None:
        assert list(described["responses"][str(binding.code)]["content"]) == list(binding.media)
    elif not binding.answers_nothing:
        shown = described["responses"][str(binding.code)]["content"]["application/json"]["example"]
        assert shown == answer_example(binding.operation.result)
        root = {"$ref": described["responses"][str(binding.code)]["content"]["application/json"]["schema"]["$ref"]}
        validator_for({**root, "components": DOCUMENT["components"]}).validate(shown)


def test_every_field_of_a_request_is_described() -> None:
    for path in DOCUMENT["paths"].values():
        for described in path.values():
            assert described["summary"]
            assert all(parameter["description"] for parameter in described["parameters"])


def test_examples_say_what_has_to_be_said() -> None:
    assert example_of(LogWorkout) == {
        "text": "squat 5x5 100",
        "member": "M00042",
        "performed_at": "2026-11-21T18:30:00Z",
    }
    assert example_of(AddMember)["phone"] == "+254712345678"
    assert answer_example(SetRow)["weight_kg"] == "100"


def test_operation_ids_are_unique_and_references_lead_somewhere() -> None:
    ids = [described["operationId"] for path in DOCUMENT["paths"].values() for described in path.values()]
    assert len(ids) == len(set(ids))
    for kind, name in re.findall(r"'\$ref': '#/components/(\w+)/([^']+)'", str(DOCUMENT)):
        assert name in DOCUMENT["components"][kind], (kind, name)


async def test_the_document_is_served(api: Api) -> None:
    answer = await api.http.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["paths"].keys() == DOCUMENT["paths"].keys()


LISTS = [
    binding for binding in BOUND if issubclass(binding.operation.result, Page) or binding.operation.result is GymList
]


QUERIES = {"/api/v1/activities/search": {"lat": -1.2921, "lon": 36.8219, "radius_m": 5000}}


def test_lists_are_pages_or_short_by_nature() -> None:
    whole = {
        binding.path
        for binding in BOUND
        if binding.method == "GET" and "items" in binding.operation.result.model_fields
    }
    assert whole - {binding.path for binding in LISTS} == {
        "/api/v1/activities/heat",
        "/api/v1/activities/routes",
        "/api/v1/activities/routes/{route_id}",
        "/api/v1/desk/people",
        "/api/v1/desk/visits",
        "/api/v1/geofences",
        "/api/v1/gym/branches",
        "/api/v1/gym/channels",
        "/api/v1/me/devices",
        "/api/v1/me/memberships",
        "/api/v1/me/privacy-zones",
        "/api/v1/me/shares",
        "/api/v1/messages/costs",
        "/api/v1/members/{member}/memberships",
        "/api/v1/plans",
        "/api/v1/records",
        "/api/v1/segments",
        "/api/v1/segments/{segment_id}/leaderboard",
        "/api/v1/trackers",
    }


@pytest.mark.parametrize("binding", LISTS, ids=named)
async def test_every_list_is_paged(admin: SignedInGym, binding: Binding) -> None:
    rows = await fill(admin)
    address = binding.path
    query = QUERIES.get(binding.path, {}) | ({"member": rows.member} if binding.path.endswith("/workouts") else {})
    first = (await admin.http.get(address, params={**query, "limit": 1})).json()
    assert len(first["items"]) == 1
    assert first["next"] is not None, "fill() must make two rows for every list"
    seen, cursor = [first["items"][0]], first["next"]
    while cursor is not None and len(seen) < 5:
        page = (await admin.http.get(address, params={**query, "limit": 1, "cursor": cursor})).json()
        seen += page["items"]
        cursor = page["next"]
    assert len({str(row) for row in seen}) == len(seen)


def test_a_body_asks_for_what_the_address_does_not_give() -> None:
    def body(path: str, method: str) -> dict[str, Any]:
        described: dict[str, Any] = DOCUMENT["paths"][f"/api/v1{path}"][method]["requestBody"]
        return {"needed": described["required"], **described["content"]["application/json"]["schema"]}

    assert body("/workouts", "post")["required"] == ["text"]
    sell = body("/members/{member}/memberships", "post")
    assert (sell["needed"], sell["required"], sell["additionalProperties"]) == (True, ["plan"], False)
    assert "member" not in sell["properties"]
    change = body("/members/{member}", "patch")
    assert (change["needed"], "required" in change) == (False, False)
