"""Requests: what cannot be kept is refused, however deep it hides."""

import json
from hashlib import sha256
from typing import Any

import pytest
from pydantic import ValidationError

from pp_core.kernel.operation import Content, Result, Upload
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


class Sent(Result):
    """Something with a file in it."""

    content: Upload


def test_an_upload_is_base64_in_json_and_a_digest_in_the_audit_trail() -> None:
    sent = Sent.model_validate_json('{"content": "AP8B"}')
    assert sent.content == b"\x00\xff\x01" == Sent(content=b"\x00\xff\x01").content
    assert json.loads(sent.model_dump_json(context={"reveal": True})) == {"content": "AP8B"}
    kept = json.loads(sent.model_dump_json())["content"]
    assert kept == {"size": 3, "sha256": sha256(b"\x00\xff\x01").hexdigest()}


@pytest.mark.parametrize("wrong", ["not base64!", "AP8", 5, ["AP8B"], None])
def test_an_upload_of_something_else_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Sent.model_validate({"content": wrong})


def test_bytes_of_an_answer_come_back() -> None:
    class Answer(Result):
        content: Content

    assert Answer.model_validate_json(Answer(content=b"\x00\xff").model_dump_json()).content == b"\x00\xff"
