"""Texts that say a weight, and texts that only look like it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.wellbeing.formats.weight import BARE, SPOKEN_OF, WITH_UNIT, read_weight
from pp_core.wellbeing.operations import HEAVIEST, LIGHTEST, ParseWeight
from tests.conftest import Gym


@pytest.mark.parametrize(
    ("text", "kilograms", "confidence"),
    [
        ("82.4", "82.4", BARE),
        ("82,4", "82.4", BARE),
        ("82", "82", BARE),
        ("８２．４", "82.4", BARE),
        ("82.45", "82.45", BARE),
        ("im 82", "82", BARE),
        ("82,4 kg", "82.4", WITH_UNIT),
        ("82.4kg", "82.4", WITH_UNIT),
        ("82 KGS.", "82", WITH_UNIT),
        ("kilo 82", "82", WITH_UNIT),
        ("181 lb", "82.1", WITH_UNIT),
        ("181lbs", "82.1", WITH_UNIT),
        ("ratili 181", "82.1", WITH_UNIT),
        ("nina kilo 82 na nusu", "82.5", WITH_UNIT),
        ("82 kg na nusu", "82.5", WITH_UNIT),
        ("82½ kg", "82.5", WITH_UNIT),
        ("82kg leo", "82", WITH_UNIT),
        ("leo asubuhi niko na kilo themanini na mbili", "82", WITH_UNIT),
        ("kilo mia moja na kumi", "110", WITH_UNIT),
        ("eighty two and a half kg", "82.5", WITH_UNIT),
        ("82 point 4 kg", "82.4", WITH_UNIT),
        ("weight 82.4", "82.4", SPOKEN_OF),
        ("Weight: 82.4 kg", "82.4", SPOKEN_OF),
        ("weight=82.4", "82.4", SPOKEN_OF),
        ("weigh-in 82.4", "82.4", SPOKEN_OF),
        ("uzito 82.4", "82.4", SPOKEN_OF),
        ("Uzito wangu ni kilo 82 leo!", "82", SPOKEN_OF),
        ("my weight today is eighty two point four", "82.4", SPOKEN_OF),
        ("I weigh 82 kg this morning", "82", SPOKEN_OF),
        ("body weight 82kg", "82", SPOKEN_OF),
        ("bw 82kg", "82", SPOKEN_OF),
        ("20", "20", BARE),
        ("400kg", "400", WITH_UNIT),
    ],
)
def test_what_says_a_weight(text: str, kilograms: str, confidence: float) -> None:
    read = read_weight(text)
    assert (read.kilograms, read.confidence) == (Decimal(kilograms), confidence)


@pytest.mark.parametrize(
    "text",
    [
        "12", "800", "19.9", "400.1", "900 lb", "082", "0712345678", "82.456", "1,082", "82.4.1", "82-84", "-82", "82 84",
        "82 kg 300", "82 kg 181 lb", "kg", "weight", "uzito wangu", "", "   ", "!", "?", "82?", "weight 82?", "82%", "$82",
        "squat 100", "bench 82kg", "82kg x 5", "5x5 100", "target 75kg", "nataka kilo 75", "nimepoteza kilo 25", "lost 25 kg",
        "jana kilo 82", "yesterday 82kg", "kesho 82", "my friend weighs 82kg", "uzito wako ni 82", "about 82kg",
        "not 82", "82 or 83", "saa 82", "room 82",
        "82 years", "half", "nusu", "a", "82/90", "+82", "~82", "８２/９０",
    ],
)  # fmt: skip
def test_what_says_something_else(text: str) -> None:
    read = read_weight(text)
    assert (read.kilograms, read.confidence) == (None, 0.0)


PIECES = ("82", "82.4", "kg", "kilo", "lb", "na", "nusu", "uzito", "weight", ".", ",", "-", "leo", "a", "mia", "point")


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_no_text_crashes_it_nor_leaves_the_range(text: str) -> None:
    read = read_weight(text)
    assert (read.kilograms is None) == (read.confidence == 0)
    assert read.kilograms is None or LIGHTEST <= read.kilograms <= HEAVIEST


async def test_anybody_may_ask(gym: Gym) -> None:
    amina = await gym.add_member()
    assert (await gym.person(amina).run(ParseWeight(text="uzito 82.4"))).kilograms == Decimal("82.4")
