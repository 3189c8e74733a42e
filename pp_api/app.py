"""The ASGI application: REST, RPC, webhooks and probes on one port."""

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

from pp_core.kernel.errors import Internal, Problem
from pp_core.runtime import catalog
from pp_core.runtime.wiring import Runtime

from . import assets, errors, live, openapi, probes, tracking
from .edge import Edge
from .front import Front, correlation_id_of, language_of
from .metrics import Meters
from .routes import bindings
from .routing import serve
from .rpc import PATH, Rpc
from .webhooks import poller, sms, telegram, trackers, ussd

_EXPOSED = (
    "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "Location",
    "Idempotent-Replayed", "Content-Language", "Deprecation", "Sunset",
)  # fmt: skip


def create(runtime: Runtime) -> FastAPI:
    """The application over an open runtime; whoever opened it closes it after the server has stopped."""
    front, meters = Front(runtime.settings), Meters()
    inbox = telegram.inbox_of(runtime, meters)
    app = FastAPI(
        title="Progress Pulse",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=poller.beside_the_server(inbox),
    )
    bound = bindings()
    serve(app.router.routes.append, runtime, front, bound)
    app.router.routes.append(Route(PATH, Rpc(runtime, front), name=PATH))
    app.router.routes.append(Route(live.PATH, live.Live(runtime, front, meters), name=live.PATH))
    app.router.routes.append(tracking.route(runtime, front, meters, recheck=runtime.recheck_watchers))
    app.router.routes.extend(sms.routes(runtime, front, meters))
    app.router.routes.extend(ussd.routes(runtime, front, meters))
    app.router.routes.extend(telegram.routes(runtime, front, inbox))
    app.router.routes.extend(assets.routes())
    app.router.routes.extend(trackers.routes(runtime, front))
    app.include_router(probes.router(runtime, meters))
    openapi.publish(app, bound, list(catalog.load_topics().values()))

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
