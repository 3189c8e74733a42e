"""Calories against each method's own formula, worked out by hand."""

import numpy as np
import pytest

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules import energy
from pp_core.tracking.rules.summary import summarise
from tests.tracking.rules.tracks import legs, northward


def test_running_by_speed() -> None:
    """2500 m in 625 s at 70 kg: (0.2 * 2500 + 3.5 * 625 / 60) ml/kg = 536.46; * 70 kg * 5 kcal/l = 187.8 kcal."""
    summary = summarise(northward(*legs((625, 4.0))), Sport.RUN, weight_kg=70)
    assert (summary.kcal, summary.kcal_method) == (188, energy.ACSM)


def test_walking_up_a_hill() -> None:
    """1500 m in 1000 s, 100 m up, at 80 kg: 0.1 * 1500 + 1.8 * 100 + 3.5 * 1000 / 60 = 388.3 ml/kg; 155.3 kcal."""
    seconds, metres = legs((1000, 1.5))
    summary = summarise(northward(seconds, metres, altitude=1700 + seconds / 10), Sport.WALK, weight_kg=80)
    assert (summary.kcal, summary.kcal_method) == (155, energy.ACSM)


@pytest.mark.parametrize(
    ("female", "kcal"),
    [
        # (-55.0969 + 0.6309 * 150 + 0.1988 * 75 + 0.2017 * 35) / 4.184 * 30 = 441.0
        (False, 441),
        # (-20.4022 + 0.4472 * 150 - 0.1263 * 75 + 0.074 * 35) / 4.184 * 30 = 285.3
        (True, 285),
    ],
)
def test_by_heart_rate(female: bool, kcal: int) -> None:
    seconds, metres = legs((1800, 3.0))
    track = northward(seconds, metres, heart_rate=np.full(len(seconds), 150))
    summary = summarise(track, Sport.RUN, weight_kg=75, age=35, female=female)
    assert (summary.kcal, summary.kcal_method) == (kcal, energy.KEYTEL)
    # Where age or sex is not known, only the equations by speed are left; so too where the sensor was mostly silent.
    assert summarise(track, Sport.RUN, weight_kg=75, age=35).kcal_method == energy.ACSM
    some = northward(seconds, metres, heart_rate=np.where(seconds < 1300, 150, 0))
    assert summarise(some, Sport.RUN, weight_kg=75, age=35, female=female).kcal_method == energy.ACSM


@pytest.mark.parametrize(
    ("sport", "speed", "kcal"),
    [
        (Sport.RIDE, 4.0, 280),  # 4.0 MET * 70 kg * 1 h
        (Sport.RIDE, 6.0, 560),  # 8.0
        (Sport.RIDE, 9.5, 1176),  # 16.8
        (Sport.SWIM, 0.8, 406),  # 5.8
        (Sport.ROW, 2.5, 406),  # 5.8
        (Sport.SKATE, 4.0, 525),  # 7.5
    ],
)
def test_other_sports_by_the_compendium(sport: Sport, speed: float, kcal: int) -> None:
    summary = summarise(northward(*legs((3600, speed), every_s=5)), sport, weight_kg=70)
    assert (summary.kcal, summary.kcal_method) == (kcal, energy.COMPENDIUM)


def test_a_sport_without_equations_has_a_figure_for_every_speed() -> None:
    for sport in Sport:
        assert summarise(northward(*legs((60, 3.9))), sport, weight_kg=70).kcal is not None
