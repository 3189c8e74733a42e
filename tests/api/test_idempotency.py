"""A write sent again under its key acts once and is answered the same."""

import asyncio

from pp_core.workouts.operations import Workout, WorkoutLogged
from tests.api.conftest import SignedInGym

KEY = {"Idempotency-Key": "7d9b2c1e-visit-of-amina"}


async def test_the_same_request_again(admin: SignedInGym) -> None:
    member = (await admin.gym.add_member()).code
    body = {"text": "squat 5x5 100", "member": member}
    first = await admin.http.post("/api/v1/workouts", json=body, headers=KEY)
    again = await admin.http.post("/api/v1/workouts", json=body, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    found = await admin.http.get(first.headers["Location"])
    assert Workout.model_validate(found.json()) == WorkoutLogged.model_validate(first.json()).workout
    assert len((await admin.http.get("/api/v1/workouts", params={"member": member})).json()["items"]) == 1


async def test_ten_at_once_act_once(admin: SignedInGym) -> None:
    member = (await admin.gym.add_member()).code
    body = {"text": "plank 3x60s", "member": member}
    answers = await asyncio.gather(*(admin.http.post("/api/v1/workouts", json=body, headers=KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len([answer for answer in answers if "Idempotent-Replayed" not in answer.headers]) == 1


async def test_the_key_of_another_request_is_refused(admin: SignedInGym) -> None:
    await admin.http.post("/api/v1/gym/branches", json={"name": "Ngong Road"}, headers=KEY)
    other = await admin.http.post("/api/v1/gym/branches", json={"name": "Thika Road"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.key_reused")


async def test_a_key_that_is_none_is_refused(admin: SignedInGym) -> None:
    for key in ("x" * 201, "kéy"):
        answer = await admin.http.post(
            "/api/v1/gym/branches", json={"name": "Ngong Road"}, headers={"Idempotency-Key": key.encode()}
        )
        assert answer.status_code == 422, key
        assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_what_has_nothing_to_say_is_replayed_too(admin: SignedInGym) -> None:
    logged = await admin.http.post(
        "/api/v1/workouts", json={"text": "squat 5x5 100", "member": (await admin.gym.add_member()).code}
    )
    address = logged.headers["Location"]
    first, again = [await admin.http.delete(address, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.status_code) == (204, 204)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await admin.http.get(address)).status_code == 404
