"""Keyset pages: the answer of every list, stable while rows come and go."""

import base64
import json
from typing import Any, Generic, TypeVar

from pydantic import Field

from .errors import Kind, Problem
from .operation import Result

T = TypeVar("T")
DEFAULT_SIZE = 20
LARGEST_SIZE = 200


class CursorUnreadable(Problem):
    """The cursor was not given out by this list."""

    kind = Kind.INVALID
    code = "request.cursor_unreadable"


class Page(Result, Generic[T]):
    """One page; ask again with `next` as the cursor until it is null."""

    items: list[T] = Field(description="The rows of this page")
    next: str | None = Field(default=None, description="Cursor of the next page; null on the last one")


def encode_cursor(*values: Any) -> str:
    """The sort key of a page's last row, opaque to callers."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *types: Any) -> tuple[Any, ...]:
    """The values behind `cursor`, each passed through its reader in `types`; all None without a cursor."""
    if cursor is None:
        return (None,) * len(types)
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        # What no row can hold was not given out by us: NUL, half a surrogate pair.
        if "\0" in json.dumps(values, ensure_ascii=False).encode().decode().replace("\\u0000", "\0"):
            raise CursorUnreadable
        if not isinstance(values, list) or len(values) != len(types):
            raise CursorUnreadable
        return tuple(read(value) for read, value in zip(types, values, strict=True))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CursorUnreadable from error
