"""Files in requests: as a form with a file in it, as the bare bytes with the rest in the address, or in JSON as base64."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.types import Scope

from . import errors
from .front import headers_of

FILE = "file"
"""The part of a form that holds the file."""
NAME = "name"
"""The operation's field for what the file is called."""
FORM = "multipart/form-data"
JSON = "application/json"
_MEGABYTE = 1024 * 1024
_BESIDE = 64 * 1024
_MOST_FIELDS = 32


def largest_body(upload_mb: int) -> int:
    """Bytes of a request with a file of so many megabytes: in base64 four for three, and what stands beside it."""
    return upload_mb * _MEGABYTE * 4 // 3 + _BESIDE


def media_of(scope: Scope) -> str:
    """The media type of the request's body, in lower case and without parameters; empty where none is told."""
    return headers_of(scope).get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


async def fields_of(scope: Scope, body: bytes, field: str) -> dict[str, Any]:
    """The operation's fields as a form or as bare bytes gives them, with the file's bytes in `field`.

    `BodyMalformed` for a form that is none or that has two files. What the address says beside a form counts too.
    """
    given: dict[str, Any] = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if media_of(scope) != FORM:
        if body:
            given[field] = body
        return given
    parser = MultiPartParser(Headers(scope=scope), _once(body), max_files=1, max_fields=_MOST_FIELDS)
    parser.spool_max_size = len(body)  # it is in memory already
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError, LookupError):
        raise errors.BodyMalformed from None
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            given[name] = value
        elif name == FILE:
            given[field] = await value.read()
            given.setdefault(NAME, value.filename)
        else:
            given[f"{name} (as a file)"] = ""
    await form.close()
    return given


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
