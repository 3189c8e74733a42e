"""Correcting workouts and recording weights over REST."""

from uuid import uuid4

from tests.api.conftest import SignedInGym


async def test_a_workout_is_corrected_by_name_or_as_the_last_one(admin: SignedInGym) -> None:
    logged = (await admin.http.post("/api/v1/workouts", json={"text": "squat 5x5 100"})).json()["workout"]
    last = await admin.http.post("/api/v1/workouts/correct", json={"text": "3x8"})
    assert (last.status_code, last.json()["workout"]["id"]) == (200, logged["id"])
    assert last.json()["workout"]["canonical"] == "Squat 3x8 100kg"
    key = {"Idempotency-Key": "correct-once"}
    address = f"/api/v1/workouts/{logged['id']}"
    named = await admin.http.patch(address, json={"text": "bench 3x8 60", "whole": True}, headers=key)
    assert named.json()["workout"]["canonical"] == "Bench Press 3x8 60kg"
    again = await admin.http.patch(address, json={"text": "bench 3x8 60", "whole": True}, headers=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (named.json(), "true")
    assert (await admin.http.get(address)).json() == named.json()["workout"]


async def test_what_cannot_be_corrected_says_what_to_do(admin: SignedInGym) -> None:
    swahili = {"Accept-Language": "sw"}
    nothing = await admin.http.post("/api/v1/workouts/correct", json={"text": "3x8"}, headers=swahili)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "workouts.nothing_to_correct")
    assert "saa 24" in nothing.json()["detail"]
    unknown = await admin.http.patch(f"/api/v1/workouts/{uuid4()}", json={"text": "3x8"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "workouts.workout_unknown")
    await admin.http.post("/api/v1/workouts", json={"text": "bench 60x10, 70x8, 80x6"})
    unsure = await admin.http.post("/api/v1/workouts/correct", json={"text": "90"})
    assert (unsure.status_code, unsure.json()["code"]) == (422, "workouts.correction_not_sure")
    assert "Bench Press 1x10 90kg" in unsure.json()["detail"]


async def test_weights(admin: SignedInGym) -> None:
    first = await admin.http.post("/api/v1/weights", json={"kilograms": 82.4})
    assert (first.status_code, first.json()["change_kg"]) == (201, None)
    second = await admin.http.post("/api/v1/weights", json={"kilograms": "81.9"})
    assert (second.json()["change_kg"], second.json()["previous"]) == (
        "-0.5",
        first.json()["weight"],
    )
    listed = (await admin.http.get("/api/v1/weights")).json()["items"]
    assert [row["kilograms"] for row in listed] == ["81.9", "82.4"]
    address = f"/api/v1/weights/{listed[0]['id']}"
    assert [(await admin.http.delete(address)).status_code for _ in range(2)] == [204, 404]
    refused = await admin.http.post("/api/v1/weights", json={"kilograms": "12"})
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    read = await admin.http.post("/api/v1/weights/parse", json={"text": "nina kilo 82 na nusu"})
    assert read.json() == {"kilograms": "82.5", "confidence": 0.8}
