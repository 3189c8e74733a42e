"""SMS part counting and respelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.kernel.gsm7 import Encoding, SmsParts, is_gsm7, parts, split, to_gsm7

BASIC = st.text(alphabet="@£$ èéÇ\nØΔ_ΩßÉabcXYZ019?ñüà", max_size=700)
GSM7 = st.text(alphabet="ab {}[]\\^~|€1", max_size=700)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
WIDE = st.text(alphabet="a💪ñ–", max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SmsParts(Encoding.GSM7, 0, 1)),
        ("squat 5x5 100", SmsParts(Encoding.GSM7, 13, 1)),
        ("a" * 160, SmsParts(Encoding.GSM7, 160, 1)),
        ("a" * 161, SmsParts(Encoding.GSM7, 161, 2)),
        ("a" * 306, SmsParts(Encoding.GSM7, 306, 2)),
        ("a" * 307, SmsParts(Encoding.GSM7, 307, 3)),
        ("€", SmsParts(Encoding.GSM7, 2, 1)),
        ("€" * 80, SmsParts(Encoding.GSM7, 160, 1)),
        ("a" * 159 + "€", SmsParts(Encoding.GSM7, 161, 2)),
        ("é" * 160, SmsParts(Encoding.GSM7, 160, 1)),
        ("á", SmsParts(Encoding.UCS2, 1, 1)),
        ("á" * 70, SmsParts(Encoding.UCS2, 70, 1)),
        ("á" * 71, SmsParts(Encoding.UCS2, 71, 2)),
        ("á" * 134, SmsParts(Encoding.UCS2, 134, 2)),
        ("á" * 135, SmsParts(Encoding.UCS2, 135, 3)),
        ("💪" * 35, SmsParts(Encoding.UCS2, 70, 1)),
    ],
)
def test_counts(text: str, expected: SmsParts) -> None:
    assert parts(text) == expected


def test_a_joined_part_never_splits_an_escape_pair() -> None:
    # 152 septets, then a pair that would straddle septets 153 and 154: it moves, and one septet is wasted.
    text = "a" * 152 + "€" + "b" * 152
    assert split(text) == ["a" * 152, "€" + "b" * 151, "b"]
    assert parts(text) == SmsParts(Encoding.GSM7, 306, 3)


def test_a_joined_part_never_splits_a_surrogate_pair() -> None:
    text = "á" * 66 + "💪" + "á" * 66
    assert split(text) == ["á" * 66, "💪" + "á" * 65, "á"]
    assert parts(text) == SmsParts(Encoding.UCS2, 134, 3)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Squat” – it’s 5×5…", '"Squat" - it\'s 5x5...'),
        ("KES\u00a01\u202f500", "KES 1 500"),
        ("Wanjikũ Mũkami", "Wanjiku Mukami"),
        ("e\u0301te\u0301", "été"),
        ("José, Zoë, François", "José, Zoe, Francois"),
        ("2½ kg", "2 1/2 kg"),
        ("½ kg", "1/2 kg"),
        ("5x5", "5x5"),
        ("x\u200by\u2060z\ufeff", "xyz"),
        ("ok\ufe0f", "ok"),
        ("a\tb", "a b"),
        ("€5 {ok}", "€5 {ok}"),
        ("Hongera 💪🏽 – poa", "Hongera 💪🏽 - poa"),
        ("ﬁt ™", "fit TM"),
    ],
)
def test_respells_what_has_a_plain_equivalent(text: str, plain: str) -> None:
    assert to_gsm7(text) == plain


def test_full_width_digits_stay_one_number() -> None:
    assert to_gsm7("１００") == "100"


@given(st.one_of(BASIC, GSM7, ANY, WIDE))
def test_parts_hold_the_whole_text_and_fit(text: str) -> None:
    pieces = split(text)
    count = parts(text)
    assert "".join(pieces) == text
    assert len(pieces) == count.parts
    single, joined = (160, 153) if count.encoding is Encoding.GSM7 else (70, 67)
    room = single if count.parts == 1 else joined
    for piece in pieces:
        if count.encoding is Encoding.GSM7:
            units = sum(2 if char in "\f^{}\\[~]|€" else 1 for char in piece)
        else:
            units = len(piece.encode("utf-16-be")) // 2
        assert units <= room
    assert (count.units <= single) == (count.parts == 1)
    # No cut wastes more than half a pair.
    assert count.parts <= max(1, -(-count.units // (joined - 1)))


@given(st.one_of(BASIC, GSM7))
def test_a_text_of_the_alphabet_is_left_alone(text: str) -> None:
    assert is_gsm7(text)
    assert to_gsm7(text) == text


@given(st.one_of(ANY, WIDE))
def test_respelling_is_idempotent_and_never_costs_the_cheap_alphabet(text: str) -> None:
    plain = to_gsm7(text)
    assert to_gsm7(plain) == plain
    if is_gsm7(text):
        assert is_gsm7(plain)


@given(st.text(alphabet="áéíóúâêîôûãõñçÁÉÍÓÚĩũ’“”–—…\u00a0 abc", max_size=200))
def test_common_writing_ends_in_the_cheap_alphabet(text: str) -> None:
    assert is_gsm7(to_gsm7(text))
