"""The generic door and the client that uses it, over a real socket."""

import asyncio
import socket
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from pp_core.client.remote import RemoteClient, Tokens
from pp_core.identity.operations import CredentialsWrong, SignIn, SignOut
from pp_core.kernel.call import Anonymous, BearerToken, Operator
from pp_core.kernel.errors import (
    BuildMismatch,
    NotSignedIn,
    ServerUnreachable,
    SessionEnded,
    TooManyRequests,
)
from pp_core.kernel.policy import Rate
from pp_core.notifications.operations import ReceiveText
from pp_core.runtime import catalog
from pp_core.tenants.operations import AddBranch, AddMember, GetGym, GetMember, ListBranches, PersonUnknown
from pp_core.tracking.operations import ImportActivities, ShowOriginalFile
from pp_core.workouts.operations import ListWorkouts, LogWorkout, NothingUnderstood
from tests.api.conftest import PASSWORD, Api, SignedInGym, running_api, serving
from tests.conftest import new_phone
from tests.tracking.formats import corpus_gpx


@pytest.fixture
async def remote(admin: SignedInGym) -> Any:
    tokens = Tokens(admin.tokens["access_token"], admin.tokens["refresh_token"])
    async with RemoteClient.connect(str(admin.http.base_url), tokens) as client:
        yield client


async def test_operations_run_as_they_do_in_process(admin: SignedInGym, remote: RemoteClient) -> None:
    added = await remote.run(AddMember(name="Amina Wanjiru", phone=new_phone()))
    logged = await remote.run(LogWorkout(text="squat 5x5 100", member=added.code))
    page = await remote.run(ListWorkouts(member=added.code))
    assert page.items == [logged.workout]
    assert page == await admin.gym.operator.run(ListWorkouts(member=added.code))
    assert logged.workout.door == "rpc"


async def test_problems_come_back_as_what_they_are(admin: SignedInGym, remote: RemoteClient) -> None:
    with pytest.raises(PersonUnknown):
        await remote.run(GetMember(member="M99999"))
    member = (await admin.gym.add_member()).code
    with pytest.raises(NothingUnderstood) as refused:
        await remote.run(LogWorkout(text="habari za asubuhi", member=member))
    assert refused.value.data["suggestion"]
    with pytest.raises(NotSignedIn):
        await remote.acting(Anonymous()).run(GetGym())
    with pytest.raises(NotSignedIn):
        await remote.acting(BearerToken("a.b.c")).run(GetGym())
    with pytest.raises(TypeError):
        remote.acting(Operator("me"))


async def test_secrets_travel_to_the_server_alone(admin: SignedInGym, remote: RemoteClient) -> None:
    signed = await remote.acting(Anonymous()).run(
        SignIn(identifier=admin.login, password=SecretStr(PASSWORD), gym=admin.gym.slug)
    )
    assert signed.gym is not None
    assert signed.gym.slug == admin.gym.slug
    with pytest.raises(CredentialsWrong):
        await remote.acting(Anonymous()).run(SignIn(identifier=admin.login, password=SecretStr("wrong password")))


async def test_an_expired_token_is_renewed_once_and_kept(admin: SignedInGym) -> None:
    kept: list[Tokens] = []
    stale = Tokens("expired.or.forged", admin.tokens["refresh_token"])
    async with RemoteClient.connect(str(admin.http.base_url), stale, kept=kept.append) as client:
        gyms = await asyncio.gather(*(client.run(GetGym()) for _ in range(5)))
        assert {gym.slug for gym in gyms} == {admin.gym.slug}
        assert kept == [client.tokens]
        assert kept[0].refresh != admin.tokens["refresh_token"]
        await client.run(SignOut())
        with pytest.raises((SessionEnded, NotSignedIn)):
            await client.run(GetGym())
        assert len(kept) == 1


async def test_a_file_larger_than_other_requests_goes_to_the_server(admin: SignedInGym, remote: RemoteClient) -> None:
    file = corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points(), about=" " * 6_000_000))
    report = await remote.run(ImportActivities(content=file, name="run.gpx"))
    (row,) = report.tracks
    assert row.activity_id is not None
    assert (await remote.run(ShowOriginalFile(activity_id=row.activity_id))).content == file


async def test_keys_replay_over_the_wire(remote: RemoteClient) -> None:
    first = await remote.run(AddBranch(name="Ngong Road"), key="branch-key-1")
    assert await remote.run(AddBranch(name="Ngong Road"), key="branch-key-1") == first


async def test_another_build_is_told_so(remote: RemoteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    build = catalog.build()
    monkeypatch.setattr("pp_core.client.remote.catalog.build", lambda: "an-older-build")
    with pytest.raises(BuildMismatch) as refused:
        await remote.run(GetGym())
    assert refused.value.data == {"client": "an-older-build", "server": build}


async def test_limits_come_back_with_their_wait(api: Api, admin: SignedInGym) -> None:
    rates = {**api.runtime.settings.rates, Rate.STANDARD: (1, 60)}
    async with (
        running_api(api.runtime.home, rates=rates) as limited,  # type: ignore[arg-type]
        RemoteClient.connect(limited.url, Tokens(admin.tokens["access_token"])) as client,
    ):
        await client.run(GetGym())
        with pytest.raises(TooManyRequests) as refused:
            await client.run(GetGym())
    assert 1 <= refused.value.data["retry_after"] <= 60


async def test_the_door_is_closed_to_what_is_not_for_people(api: Api, admin: SignedInGym) -> None:
    headers = {**admin.bearer, "X-PP-Build": catalog.build()}
    for name in (ReceiveText.policy.name, "no.such.operation"):
        answer = await api.http.post(f"/rpc/{name}", json={}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")
    assert (await api.http.get("/rpc/tenants.get", headers=headers)).status_code == 405
    bad = await api.http.post("/rpc/tenants.get", content=b"{", headers=headers)
    assert bad.status_code in (400, 422)
    without = await api.http.post("/rpc/tenants.get", json={}, headers=admin.bearer)
    assert (without.status_code, without.json()["code"]) == (409, "client.build_mismatch")
    assert "/rpc/{name}" not in (await api.http.get("/openapi.json")).json()["paths"]


class Flaky:
    """A server in front of the real one that drops the connection after the first requests have been done."""

    def __init__(self, app: Any, drops: int) -> None:
        self.app = app
        self.drops = drops
        self.done = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held: list[Any] = []

        async def hold(message: Any) -> None:
            held.append(message)

        await self.app(scope, receive, hold)
        self.done += 1
        if self.done <= self.drops:
            raise ConnectionError("the answer is lost on its way")
        for message in held:
            await send(message)


async def test_a_lost_answer_is_asked_for_again_and_the_write_acts_once(api: Api, admin: SignedInGym) -> None:
    from pp_api.app import create

    flaky = Flaky(create(api.runtime), drops=1)
    async with serving(flaky) as url, RemoteClient.connect(url, Tokens(admin.tokens["access_token"])) as client:
        # A 500 without a problem document is not our server's answer.
        added = await client.run(AddBranch(name="Ngong Road"))
        assert flaky.done == 2
        branches = (await client.run(ListBranches())).items
        assert [branch.id for branch in branches if branch.name == "Ngong Road"] == [added.id]


async def test_a_write_without_keys_is_not_repeated(api: Api, admin: SignedInGym) -> None:
    from pp_api.app import create

    flaky = Flaky(create(api.runtime), drops=5)
    async with serving(flaky) as url, RemoteClient.connect(url, Tokens(admin.tokens["access_token"])) as client:
        with pytest.raises(ServerUnreachable):
            await client.run(SignOut())
        assert flaky.done == 1


async def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with RemoteClient.connect(url, Tokens("x"), timeout=httpx.Timeout(0.5)) as client:
        with pytest.raises(ServerUnreachable) as refused:
            await client.run(GetGym())
    assert refused.value.data["url"] == url


async def test_what_is_no_server_of_ours_is_unreachable() -> None:
    async def stranger(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<h1>Welcome</h1>"})

    async with serving(stranger) as url, RemoteClient.connect(url) as client:
        with pytest.raises(ServerUnreachable):
            await client.run(GetGym())
