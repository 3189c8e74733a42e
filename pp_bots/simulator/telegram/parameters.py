"""What a bot sends with a call: one view of query string, JSON, form and multipart, and the error it may be answered.

Source: Bot API, "Making requests". Values of a form are texts, and what is not a text is JSON in them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request


class ApiError(Exception):
    """A call that the Bot API refuses, as it says so: HTTP status, `description`, and seconds to wait for 429."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """Write it as the body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def refusal(reason: str) -> ApiError:
    """A 400 of the Bot API."""
    return ApiError(400, f"Bad Request: {reason}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values and files of one call."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    @classmethod
    async def of(cls, request: Request) -> "Parameters":
        """Read a request; raises ApiError for a body that is not what its content type says."""
        values: dict[str, Any] = dict(request.query_params)
        files: dict[str, Upload] = {}
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            values.update(json_values(await request.body()))
        elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            async with request.form(max_part_size=10 * 1024 * 1024) as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        mime = value.content_type or "application/octet-stream"
                        files[name] = Upload(value.filename or name, mime, await value.read())
                    else:
                        values[name] = value
        return cls(values, files)

    def has(self, name: str) -> bool:
        """Tell whether there is anything under `name`."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text; what is missing is empty."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; raises ApiError for anything else."""
        if not self.has(name):
            return default
        try:
            return int(self.text(name))
        except ValueError:
            raise refusal(f"can't parse integer parameter {name}") from None

    def flag(self, name: str) -> bool:
        """A yes or no; anything but `true`, `yes` and `1` is no."""
        return self.text(name).strip().lower() in ("true", "yes", "1")

    def parsed(self, name: str, what: str) -> Any:
        """What was sent as JSON, None when missing; raises ApiError that names `what`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise refusal(f"can't parse {what} JSON object") from None


def json_values(body: bytes) -> dict[str, Any]:
    """Read the body of a JSON call; raises ApiError when it is none."""
    if not body.strip():
        return {}
    try:
        values = json.loads(body)
    except ValueError:
        raise refusal("can't parse request JSON object") from None
    if not isinstance(values, dict):
        raise refusal("JSON object expected as the request body")
    return values
