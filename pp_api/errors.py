"""Problems as RFC 9457 problem details, in the caller's language."""

import json
from html import escape
from typing import Any, ClassVar

from starlette.responses import Response

from pp_core.kernel import locale
from pp_core.kernel.errors import Kind, Problem

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE_RETRY_SECONDS = 5


class DoorProblem(Problem):
    """A request that HTTP itself has a status for."""

    status: ClassVar[int]


class BodyMalformed(DoorProblem):
    """The body is not JSON."""

    kind = Kind.INVALID
    code = "request.malformed"
    status = 400


class NoSuchAddress(DoorProblem):
    """Nothing is served at this address."""

    kind = Kind.NOT_FOUND
    code = "request.no_such_address"
    status = 404


class AddressRevoked(DoorProblem):
    """There was something at this address; it was taken back for good."""

    kind = Kind.NOT_FOUND
    code = "request.address_revoked"
    status = 410


class PointUnreadable(DoorProblem):
    """What came to a tracker's address is no point: `field` is missing or cannot be read."""

    kind = Kind.INVALID
    code = "request.point_unreadable"
    status = 400


class TooManyPoints(DoorProblem):
    """More came to a tracker's address than may at once; nothing was taken, and it may come again in `retry_after` seconds."""

    kind = Kind.LIMITED
    code = "request.too_many_points"
    status = 503  # not 429: OwnTracks on iOS drops what any 4xx answers (github.com/owntracks/ios/issues/665)


class MethodNotAllowed(DoorProblem):
    """The address exists, but not with this method: `allow` lists those it has."""

    kind = Kind.INVALID
    code = "request.method_not_allowed"
    status = 405


class BodyTooLarge(DoorProblem):
    """The body is larger than `limit` bytes."""

    kind = Kind.INVALID
    code = "request.body_too_large"
    status = 413


class MediaUnsupported(DoorProblem):
    """The body is of another media type than JSON."""

    kind = Kind.INVALID
    code = "request.media_unsupported"
    status = 415


def status_of(problem: Problem | type[Problem]) -> int:
    """The HTTP status of a problem."""
    kind = problem if isinstance(problem, type) else type(problem)
    if issubclass(kind, DoorProblem):
        return kind.status
    match kind.kind:
        case Kind.INVALID:
            return 422
        case Kind.UNAUTHENTICATED:
            return 401
        case Kind.FORBIDDEN | Kind.NOT_ENTITLED:
            return 403
        case Kind.NOT_FOUND:
            return 404
        case Kind.CONFLICT:
            return 409
        case Kind.LIMITED:
            return 429
        case Kind.UNAVAILABLE:
            return 503
        case Kind.INTERNAL:
            return 500


def details(problem: Problem, language: str, correlation_id: str) -> dict[str, Any]:
    """The members of the problem document. `errors` names fields; `values` are what the sentence was made of."""
    values = {key: value for key, value in problem.data.items() if key not in ("fields", "summary", "correlation_id")}
    document: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": locale.text(f"kind.{problem.kind.value}", language),
        "status": status_of(problem),
        "detail": sentence(problem, language, correlation_id),
        "code": problem.code,
        "correlation_id": correlation_id,
    }
    if problem.data.get("fields"):
        document["errors"] = problem.data["fields"]
    if values:
        document["values"] = values
    return document


def sentence(problem: Problem, language: str, correlation_id: str) -> str:
    """What was wrong and what would be right; the problem's documentation where the catalogue has no text."""
    if locale.has(problem.code):
        return locale.text(problem.code, language, **{**problem.data, "correlation_id": correlation_id})
    return " ".join((type(problem).__doc__ or problem.code).split())


def headers_of(problem: Problem) -> dict[str, str]:
    """The headers that HTTP wants beside this problem's status."""
    headers: dict[str, str] = {}
    match status_of(problem):
        case 401:
            headers["WWW-Authenticate"] = 'Bearer realm="progress-pulse"'
        case 405:
            headers["Allow"] = str(problem.data.get("allow", ""))
        case 429:
            headers["Retry-After"] = str(problem.data.get("retry_after", 1))
        case 503:
            headers["Retry-After"] = str(problem.data.get("retry_after", UNAVAILABLE_RETRY_SECONDS))
    return headers


_PAGE = """\
<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body><h1>{title}</h1><p>{said}</p></body></html>
"""


def page(problem: Problem, language: str, correlation_id: str) -> Response:
    """The problem as a page, for whoever opened an address in a browser."""
    title = locale.text(f"kind.{problem.kind.value}", language)
    said = sentence(problem, language, correlation_id)
    return Response(
        _PAGE.format(language=language, title=escape(title), said=escape(said)),
        status_code=status_of(problem),
        media_type="text/html",
        headers={**headers_of(problem), "Content-Language": language},
    )


def response(problem: Problem, language: str, correlation_id: str, headers: dict[str, str] | None = None) -> Response:
    """The problem document as a response."""
    return Response(
        json.dumps(details(problem, language, correlation_id), ensure_ascii=False, default=str).encode(),
        status_code=status_of(problem),
        media_type=MEDIA_TYPE,
        headers={**headers_of(problem), "Content-Language": language, **(headers or {})},
    )
