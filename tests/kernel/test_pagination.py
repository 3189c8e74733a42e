"""Cursors: what this list did not give out is refused, whatever is in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from pp_core.kernel.pagination import CursorUnreadable, decode_cursor, encode_cursor


@pytest.mark.parametrize("values", [(1, 1), (None, None), ("x", ["y"]), ("2026-11-21", {}), (True,), (), ("a\0", "b")])
def test_a_cursor_of_other_values_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(CursorUnreadable):
        decode_cursor(encode_cursor(*values), datetime.fromisoformat, UUID)
