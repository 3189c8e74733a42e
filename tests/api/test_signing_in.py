"""Signing in and out over a real socket."""

from tests.api.conftest import PASSWORD, Api, SignedInGym


async def test_a_session_lives_from_sign_in_to_sign_out(api: Api, admin: SignedInGym) -> None:
    me = await admin.http.get("/api/v1/me")
    assert me.status_code == 200
    assert [gym["slug"] for gym in me.json()["gyms"]] == [admin.gym.slug]
    devices = await admin.http.get("/api/v1/me/devices")
    assert [device["current"] for device in devices.json()["items"]] == [True]

    renewed = await api.http.post("/api/v1/auth/refresh", json={"refresh_token": admin.tokens["refresh_token"]})
    assert renewed.status_code == 200
    bearer = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
    assert (await api.http.get("/api/v1/gym", headers=bearer)).json()["slug"] == admin.gym.slug

    out = await api.http.post("/api/v1/auth/sign-out", headers=bearer)
    assert (out.status_code, out.content) == (204, b"")
    ended = await api.http.get("/api/v1/gym", headers=bearer)
    assert (ended.status_code, ended.json()["code"]) == (401, "auth.session_ended")
    assert ended.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_wrong_password_is_refused_without_saying_which(api: Api, admin: SignedInGym) -> None:
    wrong = await api.http.post("/api/v1/auth/sign-in", json={"identifier": admin.login, "password": "wrong password"})
    unknown = await api.http.post(
        "/api/v1/auth/sign-in", json={"identifier": "+254700000000", "password": "wrong password"}
    )
    for answer in (wrong, unknown):
        assert (answer.status_code, answer.json()["code"]) == (401, "identity.credentials_wrong")


async def test_the_anonymous_are_refused_before_their_body_is_read(api: Api) -> None:
    answer = await api.http.post("/api/v1/members", content=b"{ no json")
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.not_signed_in")
    forged = await api.http.get("/api/v1/members", headers={"Authorization": "Bearer a.b.c"})
    assert (forged.status_code, forged.json()["code"]) == (401, "auth.not_signed_in")


async def test_the_gym_of_the_address_must_be_the_tokens(api: Api, admin: SignedInGym) -> None:
    from tests.api.conftest import running_api

    async with running_api(api.runtime.home, base_domain="pulse.example") as named:  # type: ignore[arg-type]
        own = await named.http.get("/api/v1/gym", headers={**admin.bearer, "Host": f"{admin.gym.slug}.pulse.example"})
        assert own.status_code == 200
        other = await named.http.get("/api/v1/gym", headers={**admin.bearer, "Host": "westlands.pulse.example:8080"})
        assert (other.status_code, other.json()["code"]) == (403, "auth.not_of_this_gym")
        none = await named.http.get("/api/v1/gym", headers=admin.bearer)
        assert none.status_code == 200


async def test_a_token_in_a_cookie_or_address_counts_for_nothing(api: Api, admin: SignedInGym) -> None:
    token = admin.tokens["access_token"]
    by_cookie = await api.http.get("/api/v1/gym", headers={"Cookie": f"access_token={token}"})
    assert by_cookie.status_code == 401
    assert (await api.http.get(f"/api/v1/gym?access_token={token}")).status_code == 401
    assert PASSWORD not in (await admin.http.get("/api/v1/audit")).text
