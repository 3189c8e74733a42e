"""How the system is over REST, beside the probes for machines."""

from tests.api.conftest import Api, SignedInGym


async def test_the_people_of_a_gym_see_how_it_is(admin: SignedInGym, api: Api) -> None:
    answer = await admin.http.get("/api/v1/health")
    assert answer.status_code == 200
    told = answer.json()
    assert [part["name"] for part in told["parts"]] == ["database", "worker", "sms", "ussd", "telegram"]
    assert told["parts"][0]["state"] == "ok"
    assert (await api.http.get("/api/v1/health")).status_code == 401


async def test_the_probes_are_still_there(api: Api) -> None:
    assert (await api.http.get("/healthz")).json() == {"status": "ok"}
    assert (await api.http.get("/readyz")).json()["database"] == "ok"
