"""Bodies of requests in the OpenAPI document: JSON, and for files also a form."""

from copy import deepcopy
from typing import Any

from . import uploads
from .examples import example_of
from .routing import Binding

BARE = (
    "The file may also be sent bare, as `application/octet-stream` or any other type but these, with the other fields in the"
    " address: `?name=run.gpx`."
)


def describe(binding: Binding, request: dict[str, Any]) -> dict[str, Any]:
    """The `requestBody` of one address; `request` is the schema of its operation."""
    shown = example_of(binding.operation, only=binding.body_fields)
    content: dict[str, Any] = {uploads.JSON: {"schema": _body(binding, request), "example": shown}}
    if binding.upload is not None:
        content[uploads.FORM] = {"schema": _form(binding, request)}
    return {"required": binding.body_required, "content": content}


def _body(binding: Binding, request: dict[str, Any]) -> dict[str, Any]:
    schema = deepcopy(request)
    schema["properties"] = {name: schema["properties"][name] for name in binding.body_fields}
    required = [name for name in schema.pop("required", []) if name in binding.body_fields]
    if required:
        schema["required"] = required
    schema.pop("description", None)
    return schema


def _form(binding: Binding, request: dict[str, Any]) -> dict[str, Any]:
    """The body as a form: the file as it is, under the name that the parts of forms have here."""
    schema = _body(binding, request)
    description = schema["properties"].pop(binding.upload)["description"]
    file = {"type": "string", "format": "binary", "description": description}
    others = {name: _said(schema["properties"][name]) for name in schema["properties"]}
    schema["properties"] = {uploads.FILE: file, **others}
    # The file brings its name along.
    kept = [name for name in schema["required"] if name not in (binding.upload, uploads.NAME)]
    schema["required"] = [uploads.FILE, *kept]
    return schema


def _said(schema: dict[str, Any]) -> dict[str, Any]:
    """A field where null cannot be said: it is left out."""
    if "anyOf" not in schema:
        return schema
    choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**rest, **(choices[0] if len(choices) == 1 else {"anyOf": choices})}
