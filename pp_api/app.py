"""The ASGI application: REST, RPC, webhooks and probes on one port."""

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

from pp_core.kernel.errors import Internal, Problem
from pp_core.runtime.wiring import Runtime

from . import errors, openapi, probes
from .edge import Edge
from .front import Front, correlation_id_of, language_of
from .metrics import Meters
from .routes import bindings
from .routing import serve
from .rpc import PATH, Rpc
from .webhooks import sms

_EXPOSED = (
    "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "Location",
    "Idempotent-Replayed", "Content-Language", "Deprecation", "Sunset",
)  # fmt: skip


def create(runtime: Runtime) -> FastAPI:
    """The application over an open runtime; whoever opened it closes it after the server has stopped."""
    front, meters = Front(runtime.settings), Meters()
    app = FastAPI(title="Progress Pulse", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    bound = bindings()
    serve(app.router.routes.append, runtime, front, bound)
    app.router.routes.append(Route(PATH, Rpc(runtime, front), name=PATH))
    app.router.routes.extend(sms.routes(runtime, front, meters))
    app.include_router(probes.router(runtime, meters))
    openapi.publish(app, bound)

    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _problem)
    if runtime.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(runtime.settings.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Accept-Language", "Idempotency-Key", "X-Request-Id"],
            expose_headers=list(_EXPOSED),
            max_age=600,
        )
    app.add_middleware(Edge, front=front, meters=meters)
    return app


async def _problem(request: Request, error: Exception) -> Response:
    scope = request.scope
    problem: Problem
    match error:
        case Problem():
            problem = error
        case HTTPException(status_code=404):
            problem = errors.NoSuchAddress()
        case HTTPException(status_code=405):
            allow = (error.headers or {}).get("Allow", "")
            problem = errors.MethodNotAllowed(method=scope["method"], allow=allow)
        case _:
            problem = Internal()
    return errors.response(problem, language_of(scope), correlation_id_of(scope))
