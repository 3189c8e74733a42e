"""Every file of the corpus gives a right activity or a clear problem, read as the product reads it: in a confined process."""

import numpy as np
import pytest

from pp_core.adapters.confined import ConfinedPrograms
from pp_core.kernel import locale
from pp_core.kernel.errors import Problem
from pp_core.kernel.settings import FileSettings
from pp_core.tracking.use_cases.unpacking import ReadFile, read

from .corpus import BEGIN_MS, LAT, LON, STEP, Case, Right, cases

CASES = cases()


@pytest.fixture(scope="module")
def confined() -> ConfinedPrograms:
    """Readers within the limits that the product has by itself."""
    return ConfinedPrograms(FileSettings())


def test_corpus_is_large() -> None:
    """The issue asks for sixty of GPX, FIT and TCX."""
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.name.rpartition(".")[2] for case in CASES} >= {"gpx", "fit", "tcx", "kml", "kmz", "zip", "gz"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_right_or_clear(case: Case, confined: ConfinedPrograms) -> None:
    """The points that went in, or the problem with its reason and a sentence in both languages."""
    files = await read(confined, case.content, case.name)
    problems = [problem for file in files for problem in file.refused]
    if isinstance(case.expected, Right):
        assert not problems
        _check(case.expected, files)
        return
    assert not any(file.tracks for file in files)
    (problem,) = problems
    assert (problem.code, problem.data.get("reason")) == (case.expected.code, case.expected.reason)
    for language in locale.LANGUAGES:
        told = (await read(confined, case.content, case.name, language))[0].refused[0]
        assert _sentence(told, language).endswith(".")


def _sentence(problem: Problem, language: str) -> str:
    said = locale.text(problem.code, language, **problem.data)
    assert "{" not in said
    return said


def _check(right: Right, files: list[ReadFile]) -> None:
    tracks = [track for file in files for track in file.tracks]
    assert tuple(len(one.track) for one in tracks) == right.points
    for one in tracks:
        # Each point is where it was at its second.
        seconds = np.floor((one.track.ts - BEGIN_MS) / 1000)
        assert np.allclose(one.track.lat, LAT + STEP * seconds, atol=2e-7)
        assert np.allclose(one.track.lon, LON, atol=2e-7)
        assert (one.track.heart_rate == right.heart_rate).all()
        if right.altitude is None:
            assert np.isnan(one.track.altitude).all()
        else:
            assert np.allclose(one.track.altitude, right.altitude)
    first = tracks[0]
    assert first.sport == right.sport
    assert first.title == right.title
    assert len(first.laps) == right.laps
    assert first.skipped == dict(right.skipped)
    begin = int(first.track.ts[0])
    assert begin - BEGIN_MS < 1000
    assert [tuple((moment - begin) // 1000 for moment in pause) for pause in first.pauses] == list(right.pauses)
