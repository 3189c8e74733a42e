"""What a file says of itself: who made it, and which recording it is."""

from pp_core.tracking.formats import reading

from . import corpus_fit, corpus_gpx, corpus_tcx, fitfile
from .corpus import at


def test_who_made_it() -> None:
    made = (corpus_fit.by_garmin(), corpus_tcx.tcx(corpus_tcx.activity(corpus_tcx.lap(corpus_tcx.track()))))
    assert [reading.read(content)[0].creator for content in made] == ["Garmin", "Watch"]
    assert reading.read(corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points())))[0].creator == "Tests"


def test_which_recording_it_is() -> None:
    sessions = fitfile.file(
        corpus_fit.GOOD,
        corpus_fit.session(3, corpus_fit.BEGIN, 1),
        corpus_fit.session(4, corpus_fit.BEGIN + 10, 2),
    )
    keys = [one.source_key for one in reading.read(sessions)]
    assert keys == ["fit:3141592:1160000000:0", "fit:3141592:1160000000:1"]
    nameless = fitfile.file(fitfile.identity(serial=0), fitfile.records(corpus_fit.BEGIN, corpus_fit.WAY))
    assert reading.read(nameless)[0].source_key is None
    (run,) = reading.read(corpus_tcx.tcx(corpus_tcx.activity(corpus_tcx.lap(corpus_tcx.track()))))
    assert run.source_key == f"tcx:{at(0)}"
    assert reading.read(corpus_gpx.gpx(corpus_gpx.track(corpus_gpx.points())))[0].source_key is None
