"""The OpenAPI document, made from the bindings: what is documented is what is done."""

import json
from collections.abc import Sequence
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from pp_core.kernel.errors import (
    DatabaseUnavailable,
    FeatureMissing,
    FreshSignInNeeded,
    GymSuspended,
    Internal,
    Invalid,
    KeyReused,
    NotFound,
    NotOfThisGym,
    NotSignedIn,
    PermissionMissing,
    Problem,
    SessionEnded,
    TooManyRequests,
    WrongScope,
)
from pp_core.kernel.pagination import CursorUnreadable
from pp_core.kernel.policy import Policy, Rate, Scope
from pp_core.kernel.watching import Change, Topic, Unwatchable

from . import bodies, errors, live
from .examples import answer_example, field_example
from .routing import Binding

PATH = "/openapi.json"
_REF = "#/components/schemas/{model}"
_DESCRIPTION = """\
Runs gyms. Sign in with `POST /api/v1/auth/sign-in` and send the access token as `Authorization: Bearer ...`.

Errors are problem details (RFC 9457) with a stable `code`, in the language of `Accept-Language` (`en`, `sw`). Lists are pages:
ask again with `next` as `cursor` until it is null. A write sent again with the same `Idempotency-Key` acts once and is answered
the same. Times are RFC 3339; days are counted in the gym's time zone; money is in minor units.

What changes can be followed as it happens: see the tag Live. Live points of an activity go by the WebSocket `/ws/tracking`, whose
frames are described in docs/tracking-stream.md."""

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What was wrong, and what would be right (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code", "correlation_id"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "description": "Address that explains the code"},
        "title": {"type": "string", "description": "What sort of problem"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "A sentence for people, in their language"},
        "code": {"type": "string", "description": "Stable code for programs"},
        "correlation_id": {"type": "string", "description": "The request's id; quote it when you report this"},
        "errors": {
            "type": "array",
            "description": "What was wrong field by field",
            "items": {
                "type": "object",
                "required": ["field", "problem"],
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
        "values": {"type": "object", "description": "The values that the sentence was made of"},
    },
}
_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"required": True, "description": "The request's id", "schema": {"type": "string"}},
    "Content-Language": {
        "required": True,
        "description": "Language of the texts",
        "schema": {"type": "string", "enum": ["en", "sw"]},
    },
    "X-RateLimit-Limit": {"description": "Requests that the limit allows", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "Requests that are left", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {"description": "Seconds until the limit is whole again", "schema": {"type": "integer"}},
    "Location": {
        "required": True,
        "description": "Address of what was made",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotent-Replayed": {
        "description": "`true` when this is the answer of an earlier request with the same key",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {"required": True, "description": "Seconds to wait", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"required": True, "description": "How to sign in", "schema": {"type": "string"}},
    "Deprecation": {"required": True, "description": "Deprecated since (RFC 9745)", "schema": {"type": "string"}},
    "Sunset": {"required": True, "description": "May be gone from (RFC 8594)", "schema": {"type": "string"}},
}
_EVERY = ("X-Request-Id", "Content-Language", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_WITH = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def publish(app: FastAPI, bindings: Sequence[Binding], topics: Sequence[type[Topic]]) -> None:
    """Serve the document at `/openapi.json`, made when it is first asked for."""
    written: list[bytes] = []

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(bindings, topics)
        return app.openapi_schema

    async def answer(_: Any) -> Response:
        if not written:
            written.append(json.dumps(app.openapi(), ensure_ascii=False).encode())
        return Response(written[0], media_type="application/json")

    app.openapi = document  # type: ignore[method-assign]
    app.add_route(PATH, answer, methods=["GET"], include_in_schema=False)


def describe(bindings: Sequence[Binding], topics: Sequence[type[Topic]] = ()) -> dict[str, Any]:
    """The whole document (OpenAPI 3.1)."""
    names, schemas = _schemas(bindings)
    paths: dict[str, dict[str, Any]] = {}
    refusals = _Refusals()
    for binding in bindings:
        request = schemas[names[binding.operation, "validation"]]
        described = _operation(binding, request, names)
        described["responses"].update(refusals.of(problems_of(binding), _fixed(binding)))
        paths.setdefault(binding.path, {})[binding.method.lower()] = described
    for topic in topics:
        described = _topic(topic)
        described["responses"].update(refusals.of(_problems_of_topic(topic)))
        paths[live.PATH.format(topic=topic.policy.name)] = {"get": described}
    requests = {names[binding.operation, "validation"] for binding in bindings}
    kept = {name: schema for name, schema in schemas.items() if name not in requests}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Progress Pulse", "version": "1", "description": _DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": {**kept, "Problem": _PROBLEM},
            "responses": refusals.shared,
            "headers": _HEADERS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "tags": [
            {"name": tag}
            for tag in dict.fromkeys([*(binding.tag for binding in bindings), *([_LIVE] if topics else [])])
        ],
    }


Names = dict[tuple[Any, str], str]


def _schemas(bindings: Sequence[Binding]) -> tuple[Names, dict[str, Any]]:
    requests = {binding.operation: None for binding in bindings}
    results = {binding.operation.result: None for binding in bindings if not binding.answers_nothing}
    wanted: list[Any] = [*((each, "validation") for each in requests), *((each, "serialization") for each in results)]
    refs, schema = models_json_schema(wanted, ref_template=_REF)
    names = {key: ref["$ref"].rsplit("/", 1)[1] for key, ref in refs.items()}
    return names, schema["$defs"]  # type: ignore[return-value]


def _operation(binding: Binding, request: dict[str, Any], names: Names) -> dict[str, Any]:
    doc = " ".join((binding.operation.__doc__ or "").split())
    described: dict[str, Any] = {
        "operationId": f"{binding.operation.__name__}{'Own' if binding.without else ''}",
        "tags": [binding.tag],
        "summary": doc.partition(";")[0].partition(",")[0].rstrip(".") if len(doc) > 70 else doc.rstrip("."),
        "description": f"{doc}\n\n{_needs(binding.operation.policy)}",
        "security": [] if binding.operation.policy.scope is Scope.PUBLIC else [{"bearer": []}],
        "parameters": _parameters(binding, request),
        "responses": _responses(binding, names),
    }
    if binding.deprecated is not None:
        described["deprecated"] = True
    if binding.body_fields:
        described["requestBody"] = bodies.describe(binding, request)
    if binding.upload is not None:
        described["description"] += f"\n\n{bodies.BARE}"
    return described


_LIVE = "Live"
_STREAM = """\
A stream of server-sent events. `event: change` carries `{"ids": [...], "began": false}`: the ids of what changed, which you
read as usual. With `began` nothing is missed from here on, and something may have been before: read what you show afresh. The
stream begins with one. `event: problem` carries the problem that ends the stream. A comment comes every fifteen seconds."""


def _topic(topic: type[Topic]) -> dict[str, Any]:
    shown = f"event: change\ndata: {Change(began=True).model_dump_json()}\n\n"
    doc = " ".join((topic.__doc__ or "").split())
    return {
        "operationId": topic.__name__,
        "tags": [_LIVE],
        "summary": doc.partition(";")[0].rstrip("."),
        "description": f"{doc}\n\n{_needs(topic.policy)}",
        "security": [{"bearer": []}],
        "parameters": [],
        "responses": {
            "200": {
                "description": _STREAM,
                "headers": _headers(_EVERY),
                "content": {live.MEDIA_TYPE: {"schema": {"type": "string"}, "example": shown}},
            }
        },
    }


def _needs(policy: Policy) -> str:
    match policy.scope:
        case Scope.PUBLIC:
            return "Needs no sign-in."
        case Scope.USER:
            return "Needs a sign-in."
        case Scope.PLATFORM:
            return "Needs a SUPER_ADMIN."
        case _:
            own = f" (your own: `{policy.own_permission}`)" if policy.own_permission else ""
            return f"Needs the permission `{policy.permission}`{own} in the gym."


def _parameters(binding: Binding, request: dict[str, Any]) -> list[dict[str, Any]]:
    fields = [*((name, "path") for name in binding.path_fields), *((name, "query") for name in binding.query_fields)]
    parameters = [_parameter(binding, request, name, place) for name, place in fields]
    if binding.operation.policy.claims_keys:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "A key of your own for this request: sent again, it acts once and is answered the same",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[!-~]+$"},
                "example": "b1c6a1f4-5f0e-4f57-9a56-0d6b7c1f2a90",
            }
        )
    return parameters


def _parameter(binding: Binding, request: dict[str, Any], name: str, place: str) -> dict[str, Any]:
    schema = deepcopy(request["properties"][name])
    description = schema.pop("description", "")
    schema.pop("title", None)
    required = place == "path" or binding.operation.model_fields[name].is_required()
    if schema.get("default", "") is None:
        schema.pop("default")
    if "anyOf" in schema:  # an address cannot say null
        choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
        schema.pop("anyOf")
        schema.update(choices[0] if len(choices) == 1 else {"anyOf": choices})
    if place == "path" and schema.get("type") == "string" and "format" not in schema:
        schema.setdefault("minLength", 1)
    parameter = {"name": name, "in": place, "required": required, "description": description, "schema": schema}
    example = field_example(binding.operation, name)
    return parameter if example is None else {**parameter, "example": example}


def _responses(binding: Binding, names: Names) -> dict[str, Any]:
    headers = [*_EVERY]
    if binding.location is not None:
        headers.append("Location")
    if binding.operation.policy.claims_keys:
        headers.append("Idempotent-Replayed")
    success: dict[str, Any] = {
        "description": HTTPStatus(binding.code).phrase,
        "headers": _headers([*headers, *_fixed(binding)]),
    }
    if binding.content is not None:
        success["description"] = " ".join((binding.operation.result.__doc__ or "").split())
        success["content"] = {media: {} for media in binding.media}
    elif not binding.answers_nothing:
        result = binding.operation.result
        success["description"] = " ".join((result.__doc__ or "").split()) or success["description"]
        success["content"] = {
            "application/json": {
                "schema": {"$ref": _REF.format(model=names[result, "serialization"])},
                "example": answer_example(result),
            }
        }
    return {str(binding.code): success}


class _Refusals:
    """The answers that are problems; each set of problems of one status is described once and referred to."""

    def __init__(self) -> None:
        self.shared: dict[str, Any] = {}
        self._names: dict[tuple[Any, ...], str] = {}

    def of(self, problems: Sequence[type[Problem]], fixed: Sequence[str] = ()) -> dict[str, Any]:
        """The responses of one address, by status, with the headers that all its answers carry."""
        by_status: dict[int, list[type[Problem]]] = {}
        for problem in problems:
            by_status.setdefault(errors.status_of(problem), []).append(problem)
        return {str(status): self._refer(fixed, status, by_status[status]) for status in sorted(by_status)}

    def _refer(self, fixed: Sequence[str], status: int, problems: list[type[Problem]]) -> dict[str, str]:
        key = (status, tuple(problems), tuple(fixed))
        name = self._names.get(key)
        if name is None:
            words = "".join(part.title() for part in problems[0].code.replace(".", "_").split("_"))
            name = self._names[key] = f"{status}-{words}-{len(self.shared) + 1}"
            self.shared[name] = {
                "description": " ".join(f"`{each.code}`: {_meaning(each)}" for each in problems),
                "headers": _headers([*_EVERY, *_WITH.get(status, ()), *fixed]),
                "content": {
                    errors.MEDIA_TYPE: {
                        "schema": {"$ref": _REF.format(model="Problem")},
                        "examples": {each.code: {"value": _problem_example(each)} for each in problems},
                    }
                },
            }
        return {"$ref": f"#/components/responses/{name}"}


def _meaning(problem: type[Problem]) -> str:
    return " ".join((problem.__doc__ or "").split())


def _problem_example(problem: type[Problem]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if problem is Invalid:
        given = {"fields": [{"field": "text", "problem": "is needed"}], "summary": "text: is needed"}
    return errors.details(problem(**given), "en", "019a9f3c7a107c3e9f523b1d6c0a4e21")


def _headers(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _fixed(binding: Binding) -> list[str]:
    return [name for name, day in (("Deprecation", binding.deprecated), ("Sunset", binding.sunset)) if day is not None]


def problems_of(binding: Binding) -> list[type[Problem]]:
    """Everything that can be wrong with a request here: the operation's own problems, the pipeline's and HTTP's."""
    policy, fields = binding.operation.policy, binding.operation.model_fields
    found: list[type[Problem]] = [*binding.operation.errors, Internal]
    if binding.body_fields:
        found += [errors.BodyMalformed, errors.BodyTooLarge, errors.MediaUnsupported]
    if fields or policy.claims_keys:
        found.append(Invalid)
    if "cursor" in fields:
        found.append(CursorUnreadable)
    if binding.path_fields:
        found.append(errors.NoSuchAddress)
    return list(dict.fromkeys([*found, *_pipelines(policy)]))


def _problems_of_topic(topic: type[Topic]) -> list[type[Problem]]:
    return [Internal, errors.NoSuchAddress, *_pipelines(topic.policy), Unwatchable]


def _pipelines(policy: Policy) -> list[type[Problem]]:
    """What the pipeline refuses before a handler is asked."""
    found: list[type[Problem]] = []
    if policy.scope is not Scope.PUBLIC:
        found += [NotSignedIn, SessionEnded]
    if policy.scope is Scope.TENANT:
        found += [PermissionMissing, NotOfThisGym, WrongScope, NotFound]
        if not policy.reads_only:
            found.append(GymSuspended)
    if policy.scope is Scope.PLATFORM:
        found.append(WrongScope)
    if policy.feature is not None:
        found.append(FeatureMissing)
    if policy.fresh:
        found.append(FreshSignInNeeded)
    if policy.claims_keys:
        found.append(KeyReused)
    if policy.rate is not Rate.INTERNAL:
        found.append(TooManyRequests)
    if policy.database:
        found.append(DatabaseUnavailable)
    return found
