"""The outermost middleware: request id, security headers, metrics and the access log. Plain ASGI, for speed."""

import logging
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from pp_core.kernel.errors import Internal
from pp_core.kernel.logging import logger

from . import errors
from .front import OPERATION, ROUTE, Front, correlation_id_of, language_of
from .metrics import Meters

_log = logger("pp_api.access")
_level = logging.getLogger("pp_api.access")

_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
_OWN = frozenset({b"content-security-policy", b"cache-control"})
"""What a page or a file of ours may say for itself: which sources it is made of, and how long it is good."""
_HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Edge:
    """Wraps the application. What it could not foresee becomes a 500 problem here and is logged with its trace."""

    def __init__(self, app: ASGIApp, *, front: Front, meters: Meters) -> None:
        self._app = app
        self._front = front
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = correlation_id_of(scope)
        added = [(b"x-request-id", correlation_id.encode()), *_SECURITY]
        if self._front.secure(scope):
            added.append(_HSTS)
        status = 0

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                own = {name for name, _ in given} & _OWN
                message["headers"] = [*given, *(header for header in added if header[0] not in own)]
            await send(message)

        started = perf_counter()
        self._meters.in_flight.inc()
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            _log.exception("unexpected error", correlation_id=correlation_id)
            if status:
                raise  # the answer has begun: only breaking the connection says that it is not whole
            refused = Internal(correlation_id=correlation_id)
            await errors.response(refused, language_of(scope), correlation_id)(scope, receive, send_with_headers)
        finally:
            self._meters.in_flight.dec()
            self._account(scope, status, perf_counter() - started, correlation_id)

    def _account(self, scope: Scope, status: int, seconds: float, correlation_id: str) -> None:
        # The template, never the path: a path may hold somebody's phone.
        route = str(scope.get(ROUTE) or getattr(scope.get("route"), "path", "unmatched"))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._meters.observe(method, route, status, seconds)
        if _level.isEnabledFor(logging.INFO):
            _log.info(
                "request",
                method=method,
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
                operation=scope.get(OPERATION),
                correlation_id=correlation_id,
            )
