"""Requests: what cannot be kept is refused, however deep it hides."""

from typing import Any

import pytest
from pydantic import ValidationError

from pp_core.workouts.operations import LogWorkout


def test_a_deep_request_is_refused_like_any_other() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValidationError):
        LogWorkout.model_validate({"text": deep})


def test_nul_is_refused() -> None:
    with pytest.raises(ValidationError, match="NUL"):
        LogWorkout(text="squat\0 5x5")
