"""`pp message` through the command line."""

import json

import pytest

from pp_core.notifications.operations import MessagePreview
from tests.cli.conftest import Pp
from tests.conftest import new_phone


@pytest.fixture
def member(pp: Pp, slug: str) -> str:
    """The code of a new member of the chosen gym."""
    added = pp("member", "add", "Amina Wanjiru", new_phone(), "--format", "json")
    assert added.code == 0, added.err
    code: str = added.json["code"]
    return code


def test_a_dry_run_sends_nothing(pp: Pp, member: str) -> None:
    shown = pp("message", "send", member, "“Karibu”", "tena", "💪", "--dry-run", "--format", "json")
    preview = MessagePreview.model_validate(shown.json)
    assert (shown.code, preview.text, preview.parts, preview.costly) == (0, '"Karibu" tena 💪', 1, ["💪"])
    table = pp("message", "send", member, "“Karibu”", "--dry-run")
    assert '“Karibu” -> "Karibu"' in table.out
    listed = pp("message", "list", "--format", "json").json["items"]
    assert [one["purpose"] for one in listed] == ["invitation"]


def test_what_is_sent_is_in_the_costs(pp: Pp, member: str) -> None:
    assert pp("message", "send", member, "a" * 161).code == 0
    report = pp("message", "costs", "--by", "purpose", "--format", "json").json
    [invited, sent] = report["items"]
    assert (invited["of"], sent["of"], sent["messages"], sent["parts"]) == ("invitation", "staff", 1, 2)
    assert report["total"]["messages"] == 2
    table = pp("message", "costs", "--by", "month")
    assert table.out.splitlines()[1].split()[1] == "2"
    assert f"Messages: 2, in {report['total']['parts']} parts" in table.err


def test_the_desk_records_who_wants_nothing(pp: Pp, member: str) -> None:
    assert pp("message", "opt-out", member).code == 0
    assert "Amina Wanjiru" in pp("message", "opt-outs").out
    refused = pp("message", "send", member, "Karibu")
    assert (refused.code, "Amina Wanjiru" in refused.err) == (5, True)


def test_unread_texts_are_listed_and_answered(pp: Pp, member: str) -> None:
    assert json.loads(pp("message", "unread", "--format", "json").out)["items"] == []
    nothing = pp("message", "answer", "019a9f3c-7a10-7c3e-9f52-3b1d6c0a4e21", "Saa", "12")
    assert nothing.code == 3
