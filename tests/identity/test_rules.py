"""Rules of logins: spellings that are one login, and passwords that will not do whatever is put around them."""

import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.identity.rules import REASONS, device_name, normalised, read_login, stranger, weaknesses
from pp_core.identity.use_cases.strength import common_passwords
from pp_core.kernel.locale import LANGUAGES, has, text

PERSONAL = ("Amina Wanjiru", "amina.wanjiru@example.com", "+254711000001")


def judge(password: str) -> list[str]:
    return weaknesses(normalised(password), personal=PERSONAL, common=common_passwords())


@pytest.mark.parametrize(
    "password",
    [
        "kahawa-tamu-9-vikombe",
        "mvua za masika 7",
        "correct horse stapler",
        "Tr0ub4dor&3-once",
        "ninapenda kukimbia asubuhi",
        "wanjiru runs up Ngong hills",
        "🏋️🏃🚴🧘🏊🤸⛹️🤾🚣🧗",
    ],
)
def test_a_good_password_will_do(password: str) -> None:
    assert judge(password) == []


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("123456789", "too_short"),
        ("", "too_short"),
        ("a b" * 50, "too_long"),
        ("0000000000", "repeated"),
        ("abcabcabcabc", "repeated"),
        ("kilimani!kilimani!", "repeated"),
        ("abcdefghijkl", "sequence"),
        ("0987654321", "sequence"),
        ("12345678901", "sequence"),
        ("qwertyuiopasdfghjkl", "sequence"),
        ("1234567890abc", "sequence"),
        ("aaaaabbbbb", "sequence"),
        ("Amina Wanjiru", "personal"),
        ("wanjiru2026", "personal"),
        ("0711000001", "personal"),
        ("+254 711 000 001", "personal"),
        ("amina.wanjiru@example.com", "personal"),
        ("Password123", "common"),
        ("P@$$w0rd!!!!", "common"),
        ("1q2w3e4r5t", "common"),
        ("NAIROBI@2026", "common"),
        ("hakuna matata 1", "common"),
        ("progresspulse", "common"),
        ("ｐａｓｓｗｏｒｄ１２３", "common"),
    ],
)
def test_a_bad_one_is_refused_for_its_reason(password: str, reason: str) -> None:
    assert reason in judge(password)


@given(st.text(max_size=200))
def test_every_text_is_judged_by_known_reasons(password: str) -> None:
    reasons = judge(password)
    assert set(reasons) <= set(REASONS)
    assert len(reasons) == len(set(reasons))
    assert ("too_short" in reasons) == (len(normalised(password)) < 10)
    assert ("too_long" in reasons) == (len(normalised(password)) > 128)


@given(st.text(min_size=1, max_size=12), st.integers(2, 10))
def test_whatever_is_said_again_and_again_is_refused(piece: str, times: int) -> None:
    assert judge(piece * times)


@given(st.integers(0, 25), st.integers(10, 26), st.booleans())
def test_every_piece_of_the_alphabet_is_a_sequence(start: int, size: int, backwards: bool) -> None:
    run = string.ascii_lowercase[start : start + size][:: -1 if backwards else 1]
    assert "sequence" in judge(run) or len(run) < 10


@given(
    st.sampled_from(sorted(word for word in common_passwords() if word.isalpha() and len(word) >= 6)),
    st.text("0123456789!@#?. ", max_size=4),
    st.text("0123456789!@#?. ", max_size=4),
)
def test_digits_and_signs_around_a_common_word_do_not_help(word: str, before: str, after: str) -> None:
    assert "common" in judge(f"{before}{word.upper()}{after}")


def test_every_reason_has_its_text() -> None:
    for reason in REASONS:
        assert has(f"identity.password.{reason}")
        for language in LANGUAGES:
            assert text(f"identity.password.{reason}", language, least=10, most=128)


@given(st.integers(0, 99_999_999), st.sampled_from(["+254 7{}", "07{}", "2547{}", " (07){} ", "7{}", "+2547{}"]))
def test_a_phone_is_one_login_in_every_spelling(number: int, spelling: str) -> None:
    digits = f"{number:08d}"
    assert read_login(spelling.format(f"{digits[:2]} {digits[2:5]}-{digits[5:]}")) == f"+2547{digits}"


@given(st.text(max_size=254))
def test_reading_a_login_twice_changes_nothing(name: str) -> None:
    once = read_login(name)
    assert "\x00" not in once
    assert read_login(once) == once


@given(st.text(max_size=50))
def test_a_stranger_is_no_user(name: str) -> None:
    assert stranger(name) == stranger(name)
    assert isinstance(stranger(name), UUID)
    assert stranger(name).version != 7


@given(st.text(max_size=80))
def test_a_device_always_has_a_name(name: str) -> None:
    assert device_name(name).isprintable()
    assert device_name(name)
