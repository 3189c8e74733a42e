"""Free text to a flow: keywords, what may follow them, how sure that is, near misses, and text as people type it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_bots.dialogue.flow import Talk
from pp_bots.dialogue.router import bare, grammar, keyword, near_miss, plain
from pp_bots.flows import flows

from .walking import World

MEMBER = World("member", "sms").talk()
STAFF = World("staff", "sms").talk()
STRANGER = World("stranger", "sms").talk()
FLOWS = list(flows().values())


def found(text: str, talk: Talk = MEMBER) -> tuple[str, str, float] | None:
    known = keyword(text, FLOWS, talk)
    return None if known is None else (known.flow.name, known.said, known.confidence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("checkin", ("check_in", "", 1.0)),
        ("Check-In!", ("check_in", "", 1.0)),
        ("  CHECK\N{NO-BREAK SPACE}IN  ", ("check_in", "", 1.0)),
        ("\N{LEFT DOUBLE QUOTATION MARK}menu\N{RIGHT DOUBLE QUOTATION MARK}", ("menu", "", 1.0)),
        ("'Msaada'", ("help", "", 1.0)),
        ("/help", ("help", "", 1.0)),
        ("/help@kilimanibot", ("help", "", 1.0)),
        ("/checkin 4821", ("check_in", "4821", 1.0)),
        ("/checkin@kilimanibot 4821", ("check_in", "4821", 1.0)),
        ("INGIA 4821", ("check_in", "4821", 0.9)),
        ("checkin:4821", ("check_in", "4821", 0.9)),
        ("log - Squat 5x5 100", ("log_workout", "Squat 5x5 100", 0.9)),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER P}\N{FULLWIDTH LATIN CAPITAL LETTER R}", ("records", "", 1.0)),
        ("menu\N{ZERO WIDTH SPACE}", ("menu", "", 1.0)),
        ("squat 5x5", None),
        ("", None),
        ("menus", None),
        ("helping hands", None),
    ],
)
def test_keywords(text: str, expected: tuple[str, str, float] | None) -> None:
    assert found(text) == expected


def test_full_width_digits_and_emoji_are_kept_as_what_they_mean() -> None:
    assert found("ingia \N{FULLWIDTH DIGIT FOUR}821") == ("check_in", "4821", 0.9)
    assert found("ingia 4821 \N{FLEXED BICEPS}") == ("check_in", "4821", 0.9)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_every_keyword_finds_its_flow_however_it_is_typed(flow: object) -> None:
    assert hasattr(flow, "words")
    for word in flow.words:
        for text in (word, word.upper(), word.title() + ".", f" {word}!"):
            talk = STAFF if flow.members else STRANGER
            assert found(text, talk) == (flow.name, "", 1.0), text


@pytest.mark.parametrize("word", flows()["stop"].words)
@pytest.mark.parametrize("talk", [MEMBER, STRANGER], ids=["member", "stranger"])
def test_an_opt_out_word_counts_alone_only(word: str, talk: Talk) -> None:
    assert found(f"{word}.", talk) == ("stop", "", 1.0)
    for text in (f"{word} squat 5x5 100", f"who will {word} this", f"{word} it"):
        known = found(text, talk)
        assert known is None or known[0] != "stop" or text in flows()["stop"].words, text


def test_a_sentence_that_begins_with_a_keyword_is_less_sure_the_longer_it_is() -> None:
    sure = [found("membership" + " word" * words) for words in range(1, 8)]
    confidences = [one[2] for one in sure if one is not None]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > 0.6
    assert confidences[-1] < 0.4


def test_who_may_not_do_it_does_not_find_it() -> None:
    assert found("join", MEMBER) is None
    assert found("join", STRANGER) == ("join", "", 1.0)
    assert found("records", STRANGER) is None
    assert found("member", MEMBER) is None
    assert found("member", STAFF) == ("member", "", 1.0)


@pytest.mark.parametrize(
    ("text", "flow"),
    [
        ("membreship", "membership"),
        ("recrods", "records"),
        ("uanachma", "membership"),
        ("chekin", "check_in"),
        ("lanuage", "language"),
        ("squat", None),
        ("ok", None),
        ("habari za asubuhi", None),
        ("m" * 30, None),
    ],
)
def test_near_misses_are_never_sure(text: str, flow: str | None) -> None:
    guess = near_miss(text, FLOWS, MEMBER)
    assert (None if guess is None else guess.flow.name) == flow
    if guess is not None:
        assert not guess.is_sure
        assert not replace(guess, flow=flows()["records"]).is_sure


@pytest.mark.parametrize(
    ("text", "said"), [("no, 3x8", "3x8"), ("HAPANA 3x8 60", "3x8 60"), ("la\N{EN DASH} 60", "60"), ("No.", "")]
)
def test_the_grammar_of_corrections(text: str, said: str) -> None:
    read = grammar(text, FLOWS, MEMBER)
    assert read is not None
    assert (read.flow.name, read.said) == ("correct", said)
    assert read.is_sure


def test_a_denial_without_a_number_is_not_acted_upon() -> None:
    read = grammar("no problem", FLOWS, MEMBER)
    assert read is None or read.flow.name != "correct"


@given(st.text(max_size=80))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    read = plain(text)
    assert plain(read) == read
    assert "\n" not in read
    assert bare(bare(text)) == bare(text)
    for talk in (MEMBER, STAFF, STRANGER):
        for known in (keyword(text, FLOWS, talk), grammar(text, FLOWS, talk), near_miss(text, FLOWS, talk)):
            assert known is None or 0 <= known.confidence <= 1
            assert known is None or known.flow.may(talk)
