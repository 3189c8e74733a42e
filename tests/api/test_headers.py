"""What surrounds every answer: ids, languages, security, CORS, deprecation, and whose address is believed."""

from datetime import date

import httpx
import pytest
from starlette.routing import Route

from pp_api.app import create
from pp_api.front import Front, language_of
from pp_api.routing import Routes, serve
from pp_core.audit.operations import ListAudit
from pp_core.kernel.settings import SettingError, Settings
from pp_core.tenants.operations import GetGym
from tests.api.conftest import Api, SignedInGym, running_api, serving


async def test_the_callers_request_id_is_kept_when_it_is_sane(api: Api) -> None:
    kept = await api.http.get("/healthz", headers={"X-Request-Id": "order-20261121-0007"})
    assert kept.headers["X-Request-Id"] == "order-20261121-0007"
    for odd in ("short", "x" * 200, "with spaces in it", 'a"quoted"thing'):
        made = await api.http.get("/healthz", headers={"X-Request-Id": odd})
        assert made.headers["X-Request-Id"] != odd
        assert len(made.headers["X-Request-Id"]) == 32


async def test_the_id_is_in_the_audit_trail(admin: SignedInGym) -> None:
    await admin.http.post("/api/v1/gym/branches", json={"name": "Ngong Road"}, headers={"X-Request-Id": "branch-0001"})
    rows = await admin.gym.operator.run(ListAudit(operation="tenants.add_branch"))
    assert [(row.correlation_id, row.door, row.ip) for row in rows.items] == [("branch-0001", "rest", "127.0.0.1")]


async def test_security_headers_are_on_answers_and_refusals(api: Api, admin: SignedInGym) -> None:
    for answer in (await admin.http.get("/api/v1/gym"), await api.http.get("/api/v1/gym"), await api.http.get("/x")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in answer.headers
        assert "Set-Cookie" not in answer.headers


async def test_hsts_only_where_a_trusted_proxy_speaks_tls(api: Api) -> None:
    tls = {"X-Forwarded-Proto": "https"}
    assert "Strict-Transport-Security" not in (await api.http.get("/healthz", headers=tls)).headers
    async with running_api(api.runtime.home, trusted_proxies=("127.0.0.0/8",)) as behind:  # type: ignore[arg-type]
        assert "Strict-Transport-Security" in (await behind.http.get("/healthz", headers=tls)).headers
        assert "Strict-Transport-Security" not in (await behind.http.get("/healthz")).headers


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        ((), "10.0.0.1", "1.2.3.4", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "1.2.3.4", "1.2.3.4"),
        (("10.0.0.0/8",), "10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (("10.0.0.0/8",), "10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
        (("10.0.0.0/8",), "10.0.0.1", "", "10.0.0.1"),
        (("10.0.0.0/8",), "41.90.1.1", "1.2.3.4", "41.90.1.1"),
        (("::1",), "::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_address_is_the_one_the_outermost_trusted_proxy_saw(
    proxies: tuple[str, ...], peer: str, forwarded: str, expected: str
) -> None:
    scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    assert Front(Settings(trusted_proxies=proxies)).ip(scope) == expected


def test_a_proxy_that_is_no_network_is_refused_at_the_start() -> None:
    with pytest.raises(SettingError, match="PP_TRUSTED_PROXIES"):
        Settings.from_environment({"PP_TRUSTED_PROXIES": "10.0.0.0/8, localhost"})


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("sw", "sw"),
        ("sw-KE, en;q=0.8", "sw"),
        ("en;q=0.8, sw;q=0.9", "sw"),
        ("fr", "en"),
        ("sw;q=0", "en"),
        ("sw;q=no", "en"),
        ("", "en"),
        ("EN-gb,SW;q=0.1", "en"),
    ],
)
def test_the_language_that_is_liked_best(accepted: str, language: str) -> None:
    assert language_of({"type": "http", "headers": [(b"accept-language", accepted.encode())]}) == language


async def test_only_listed_origins_may_read(api: Api) -> None:
    async with running_api(api.runtime.home, cors_origins=("https://app.example",)) as shared:  # type: ignore[arg-type]
        asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
        preflight = await shared.http.options(
            "/api/v1/workouts", headers={**asked, "Access-Control-Request-Headers": "authorization, idempotency-key"}
        )
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example"
        answer = await shared.http.get("/api/v1/gym", headers={"Origin": "https://app.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert "X-RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        other = await shared.http.get("/api/v1/gym", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
    assert (
        "Access-Control-Allow-Origin"
        not in (await api.http.get("/api/v1/gym", headers={"Origin": "https://app.example"})).headers
    )


async def test_a_deprecated_address_says_so_and_until_when(api: Api, admin: SignedInGym) -> None:
    old = Routes("Old")
    old.get("/old/gym", GetGym, deprecated=date(2026, 11, 1), sunset=date(2027, 5, 1))
    app = create(api.runtime)
    serve(app.router.routes.append, api.runtime, Front(api.runtime.settings), old.bindings)
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as http:
        for answer in (await http.get("/api/v1/old/gym", headers=admin.bearer), await http.get("/api/v1/old/gym")):
            assert answer.headers["Deprecation"] == "@1793491200"
            assert answer.headers["Sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
        assert "Deprecation" not in (await http.get("/api/v1/gym", headers=admin.bearer)).headers


def test_an_address_is_bound_once(api: Api) -> None:
    twice = Routes("Twice")
    twice.get("/gym", GetGym)
    twice.get("/gym", GetGym)
    kept: list[Route] = []
    with pytest.raises(TypeError, match="twice"):
        serve(kept.append, api.runtime, Front(api.runtime.settings), twice.bindings)


async def test_a_head_is_a_get_without_its_body(admin: SignedInGym) -> None:
    got, head = await admin.http.get("/api/v1/gym"), await admin.http.head("/api/v1/gym")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
