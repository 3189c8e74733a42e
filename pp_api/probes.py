"""Whether we live, whether we can work, and in which figures: `/healthz`, `/readyz`, `/metrics`, `/problems/{code}`."""

from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from pp_core.kernel import locale
from pp_core.kernel.crypto import same
from pp_core.kernel.errors import NotSignedIn, Problem
from pp_core.runtime import health
from pp_core.runtime.wiring import Runtime

from . import errors, metrics
from .front import headers_of
from .metrics import Meters

OLDEST_JOB_SECONDS = 300
"""A due job that waits longer than this says that no worker works."""


def router(runtime: Runtime, meters: Meters) -> APIRouter:
    """The addresses for whoever watches over us."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/healthz")
    async def alive() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @routes.get("/readyz")
    async def ready() -> JSONResponse:
        """The database answers, its schema is ours, and somebody takes the jobs."""
        try:
            seen = await health.look(runtime)
        except Problem:
            return JSONResponse({"status": "not ready", "database": "does not answer"}, 503)
        checks = {
            "database": "ok",
            "schema": "ok" if seen.schema_current else f"is {seen.revision}, should be {seen.revision_wanted}",
            "jobs": "ok" if seen.oldest_seconds <= OLDEST_JOB_SECONDS else f"one waits {seen.oldest_seconds:.0f} s",
        }
        # Waiting jobs are told but do not take this server out of service: requests are answered without a worker.
        serving = checks["schema"] == "ok"
        return JSONResponse({"status": "ok" if serving else "not ready", **checks}, 200 if serving else 503)

    @routes.get("/metrics")
    async def figures(request: Request) -> Response:
        """Prometheus's text, for a direct caller on this machine or the holder of PP_METRICS_TOKEN."""
        if not _may_read(runtime, request):
            raise NotSignedIn
        try:
            seen = await health.look(runtime)
        except Problem:
            seen = None
        return Response(meters.exposition(runtime.database.usage, seen), media_type=metrics.MEDIA_TYPE)

    @routes.get("/problems/{code}")
    async def explain(code: str) -> JSONResponse:
        """What a problem's `type` leads to."""
        problem = Problem.registry.get(code)
        if problem is None:
            raise errors.NoSuchAddress
        return JSONResponse(
            {
                "code": code,
                "status": errors.status_of(problem),
                "kind": problem.kind.value,
                "meaning": " ".join((problem.__doc__ or "").split()),
                "texts": locale.catalogue().get(code, {}),
            }
        )

    return routes


def _may_read(runtime: Runtime, request: Request) -> bool:
    headers = headers_of(request.scope)
    if token := runtime.settings.metrics_token:
        return same(headers.get(b"authorization", b"").decode("latin-1"), f"Bearer {token}")
    if request.client is None or b"x-forwarded-for" in headers or b"forwarded" in headers:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
