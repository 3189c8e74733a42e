"""Signing in to the screen: what the form says, what the cookie is, and that nothing shows without it."""

import re
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr
from websockets.exceptions import InvalidStatus

from pp_core.client.local import LocalClient
from pp_core.client.remote import RemoteClient
from pp_core.identity.operations import GrantPlatform, ListDevices
from pp_core.kernel.policy import Door, Rate, Role
from pp_core.kernel.settings import DEFAULT_RATES
from pp_core.runtime.wiring import Runtime
from pp_tui.serve.guard import Address
from tests.conftest import Gateway, Gym, TestHome, onboard
from tests.staff import PASSWORD, Staff, hire
from tests.tui.serve.conftest import Served, serving

PATHS = [
    "/", "//", "/gym", "/sign-out", "/socket", "/download/abc", "/download/../", "/docs", "/openapi.json", "/favicon.ico",
    "/rpc/identity.sign_in", "/static", "/static/../site.py", "/%2e%2e/etc/passwd", "/sign-in/more", "/Sign-In", "/index.html",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_without_a_cookie_nothing_is_shown(served: Served, path: str, method: str) -> None:
    async with served.browser() as browser:
        answer = await browser.http.request(method, path, headers={"Origin": served.origin})
        shown = answer.status_code == 303 and answer.headers["location"] == "/sign-in" and not answer.content
        assert shown or (path.startswith(("/static", "/sign-in")) and answer.status_code in (303, 404, 405)), answer
        assert "terminal" not in answer.text


@pytest.mark.parametrize(
    "cookie", ["", "pp_screen=", "pp_screen=guess", "pp_screen=%00", "__Host-pp_screen=guess", "a=b; ;;"]
)
async def test_no_socket_without_a_login(served: Served, cookie: str) -> None:
    async with served.browser() as browser:
        if cookie:
            browser.http.headers["cookie"] = cookie
        with pytest.raises(InvalidStatus) as refused:
            async with browser.opened():
                pass
        assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("accepted", "lang", "words", "other"),
    [
        ("en", "en", ["E-mail or phone", "Password", "Sign in"], "/sign-in?lang=sw"),
        ("sw-KE,en;q=0.5", "sw", ["Barua pepe au simu", "Nenosiri", "Ingia"], "/sign-in?lang=en"),
        ("en;q=0.4, sw;q=0.9", "sw", ["Nenosiri"], "/sign-in?lang=en"),
        ("fr, *;q=x, en;q=oops", "en", ["Password"], "/sign-in?lang=sw"),
    ],
)
async def test_the_form_speaks_the_browsers_language(
    served: Served, accepted: str, lang: str, words: list[str], other: str
) -> None:
    async with served.browser() as browser:
        answer = await browser.http.get("/sign-in", headers={"Accept-Language": accepted})
        assert f'<html lang="{lang}">' in answer.text
        assert all(word in answer.text for word in words)
        switched = await browser.http.get(other, headers={"Accept-Language": accepted})
        assert f'<html lang="{lang}">' not in switched.text
        for field in ("identifier", "password"):
            assert f'<label for="{field}">' in answer.text
            assert f'id="{field}"' in answer.text
        assert "<script" not in answer.text


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("en", "The login or the password is wrong."), ("sw", "Jina la kuingia au nenosiri si sahihi.")],
)
async def test_a_wrong_password_is_told(served: Served, reception: Staff, lang: str, sentence: str) -> None:
    async with served.browser() as browser:
        answer = await browser.sign_in(reception.phone, "not the password", lang)
        assert answer.status_code == 403
        assert sentence in answer.text
        assert 'role="alert"' in answer.text
        assert f'value="{reception.phone}"' in answer.text
        assert "not the password" not in answer.text
        assert not browser.http.cookies
        unknown = await browser.sign_in("nobody@example.com", "not the password", lang)
        assert sentence in unknown.text


async def test_a_lock_is_told(served: Served, reception: Staff) -> None:
    async with served.browser() as browser:
        for _ in range(5):
            await browser.sign_in(reception.phone, "not the password")
        assert "Too many wrong passwords" in (await browser.sign_in(reception.phone)).text
        assert "Nenosiri limekosewa mara nyingi" in (await browser.sign_in(reception.phone, lang="sw")).text
        assert not browser.http.cookies


async def test_sign_ins_are_limited_by_the_core(home: TestHome, gateway: Gateway) -> None:
    settings = replace(home.settings, rates=dict(DEFAULT_RATES))
    async with (
        Runtime(settings, home, sms=gateway) as runtime,
        serving(LocalClient(runtime.pulse, Door.TUI)) as served,
        served.browser() as browser,
    ):
        for _ in range(DEFAULT_RATES[Rate.AUTH][0]):
            assert (await browser.sign_in("somebody@example.com", "not the password")).status_code == 403
        answer = await browser.sign_in("somebody@example.com", "not the password")
        assert answer.status_code == 429
        assert "Too many requests" in answer.text
        assert int(answer.headers["retry-after"]) > 0


async def test_a_server_that_does_not_answer_is_told(reception: Staff) -> None:
    async with (
        RemoteClient.connect("http://127.0.0.1:9") as remote,
        serving(remote) as served,
        served.browser() as browser,
    ):
        answer = await browser.sign_in(reception.phone, lang="sw")
        assert answer.status_code == 503
        assert "Seva ya gym haijibu" in answer.text
        assert "127.0.0.1:9" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"identifier=a@example.com",
        b"identifier=&password=",
        b"password=x",
        b"\xff\xfe=%",
        b"identifier=a&password=b",
    ],
)
async def test_a_form_that_lacks_something_is_answered(served: Served, body: bytes) -> None:
    async with served.browser() as browser:
        form = {"Origin": served.origin, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.http.post("/sign-in", content=body, headers=form)
        assert answer.status_code == 422
        assert "Fill in your e-mail or phone, and your password." in answer.text
        for odd, status in ((b"x" * 9000, 413), (b"a=b&" * 999, 400)):
            assert (await browser.http.post("/sign-in", content=odd, headers=form)).status_code == status


async def test_what_was_typed_comes_back_as_text(served: Served) -> None:
    async with served.browser() as browser:
        answer = await browser.sign_in('"><script>alert(1)</script>', "not the password")
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text


async def test_the_cookie_is_the_browsers_alone(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as one, served.signed_in(reception) as other:
        assert one.cookies != other.cookies
    async with served.browser() as browser:
        cookie = (await browser.sign_in(reception.phone)).headers["set-cookie"]
    assert re.fullmatch(r"pp_screen=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", cookie)


@pytest.mark.parametrize(
    ("address", "headers", "secure"),
    [
        (Address(trusted_proxies=("127.0.0.0/8",)), {"X-Forwarded-Proto": "https"}, True),
        (Address(trusted_proxies=("127.0.0.0/8",)), {"X-Forwarded-Proto": "http"}, False),
        (Address(trusted_proxies=("10.0.0.0/8",)), {"X-Forwarded-Proto": "https"}, False),
        (Address(), {"X-Forwarded-Proto": "https"}, False),
        (Address("https://desk.example"), {}, True),
    ],
)
async def test_behind_tls_the_cookie_is_for_tls_alone(
    nobody: LocalClient, reception: Staff, address: Address, headers: dict[str, str], secure: bool
) -> None:
    async with serving(nobody, address=address) as served, served.browser() as browser:
        browser.http.headers.update(headers)
        origin = address.url or (served.origin.replace("http:", "https:") if secure else served.origin)
        answer = await browser.post("/sign-in", origin, identifier=reception.phone, password=PASSWORD)
        cookie = answer.headers["set-cookie"]
        assert ("Secure" in cookie) == secure
        assert cookie.startswith("__Host-pp_screen=" if secure else "pp_screen=")
        browser.http.headers["cookie"] = cookie.partition(";")[0]
        assert (await browser.http.get("/")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "http://localhost"])
async def test_what_another_site_sends_is_refused(served: Served, reception: Staff, origin: str) -> None:
    async with served.signed_in(reception) as browser:
        headers = {"Origin": origin} if origin else {}
        login = {"identifier": reception.phone, "password": PASSWORD}
        for path, fields in [("/sign-in", login), ("/sign-out", {}), ("/gym", {"gym": reception.gym.slug})]:
            answer = await browser.http.post(path, data=fields, headers=headers)
            assert answer.status_code == 403
            assert "page of another address" in answer.text
            assert "set-cookie" not in answer.headers
        browser.http.headers["cookie"] = browser.cookies
        assert (await browser.http.get("/")).status_code == 200
        with pytest.raises(InvalidStatus) as refused:
            async with browser.opened(origin=origin):
                pass
        assert refused.value.response.status_code == 403


async def test_a_login_of_several_gyms_chooses(gym: Gym, runtime: Runtime, nobody: LocalClient, served: Served) -> None:
    here = await hire(gym, Role.RECEPTION)
    there = await onboard(runtime, "Westlands & Sons")
    await hire(there, Role.RECEPTION, name="Njeri Mwangi", phone=here.phone)
    async with served.browser() as browser:
        answer = await browser.sign_in(here.phone, lang="sw")
        assert answer.headers["location"] == "/gym"
        assert (await browser.http.get("/")).headers["location"] == "/gym"
        asked = (await browser.http.get("/gym")).text
        assert "Skrini hii ni ya gym gani?" in asked
        assert "Westlands &amp; Sons" in asked
        async with browser.opened() as none:
            assert await none.code() == 4001
        elsewhere = await onboard(runtime, "Not theirs")
        assert (await browser.post("/gym", gym=elsewhere.slug)).headers["location"] == "/"
        assert (await browser.http.get("/")).headers["location"] == "/gym"
        assert (await browser.post("/gym", gym=there.slug)).headers["location"] == "/"
        assert (await browser.http.get("/")).status_code == 200
        async with browser.opened() as screen:
            await screen.until(f"<at {there.slug} in sw")


async def test_whoever_signed_in_is_spoken_to_in_one_language(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception, "sw") as browser:
        for path in ("/", "/nowhere", "/nowhere?lang=en"):
            answer = await browser.http.get(path, headers={"Accept-Language": "en"})
            assert '<html lang="sw">' in answer.text


async def test_a_login_of_no_gym_is_told(served: Served, gym: Gym) -> None:

    await gym.operator.run(GrantPlatform(identifier="platform@example.com", password=SecretStr(PASSWORD)))
    async with served.browser() as browser:
        answer = await browser.sign_in("platform@example.com")
        assert answer.status_code == 403
        assert "belongs to no gym" in answer.text
        assert not browser.http.cookies


async def test_signing_in_again_ends_what_was_before(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser:
        before = browser.cookies
        async with browser.opened() as screen:
            await screen.until("for Njeri Mwangi")
            await browser.sign_in(reception.phone)
            assert browser.cookies != before
            assert await screen.code() == 4001
        async with served.browser() as old:
            answer = await old.http.get("/", headers={"cookie": before})
            assert answer.headers["location"] == "/sign-in"


async def test_nobody_there_for_long_is_signed_out(nobody: LocalClient, reception: Staff) -> None:
    seconds = [0.0]
    async with (
        serving(nobody, now=lambda: seconds[0], idle_seconds=3600) as served,
        served.signed_in(reception) as browser,
        browser.opened() as screen,
    ):
        await screen.until("for Njeri Mwangi")
        seconds[0] = 3000
        await screen.type("a")
        await screen.until("key a")
        seconds[0] = 6000
        served.app.state.logins.sweep()
        assert (await browser.http.get("/")).status_code == 200
        seconds[0] = 9700
        served.app.state.logins.sweep()
        assert await screen.code() == 4001
        assert (await browser.http.get("/")).headers["location"] == "/sign-in"


async def test_signing_out_ends_the_session_at_the_core(served: Served, reception: Staff) -> None:
    watching = reception.holding(await reception.sign_in())

    async def devices() -> list[str]:
        return [row.device for row in (await watching.run(ListDevices())).items]

    async with served.signed_in(reception) as browser:
        assert "screen in a browser" in await devices()
        answer = await browser.post("/sign-out")
        assert answer.headers["location"] == "/sign-in?lang=en"
        assert not browser.http.cookies
        await served.app.state.logins.end_all()
        assert "screen in a browser" not in await devices()


async def test_every_answer_tells_browsers_to_stay_here(served: Served, reception: Staff) -> None:
    async with served.signed_in(reception) as browser:
        answers: list[httpx.Response] = [
            await browser.http.get(path) for path in ("/", "/sign-in", "/nowhere", "/static/screen.js", "/static/none")
        ]
        answers.append(await browser.post("/gym", "https://evil.example"))
        answers.append(await browser.http.put("/", headers={"Origin": served.origin}))
    assert [answer.status_code for answer in answers] == [200, 303, 404, 200, 404, 403, 405]
    for answer in answers:
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["connect-src"] == policy["font-src"] == policy["form-action"] == "'self'"
        assert "allow-popups" not in policy["sandbox"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == ("no-cache" if answer.url.path == "/static/screen.js" else "no-store")
        assert "server" not in answer.headers
