"""A finished activity's stream comes back as it was, to the precision told, or says what is wrong."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_core.tracking.formats import stream
from pp_core.tracking.rules.track import Track
from tests.tracking import outdoors

unknown = st.just(float("nan"))


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    """Any track: gaps and jitter in time, positions anywhere, columns known, unknown or partly known."""
    ts = sorted(draw(st.sets(st.integers(0, 4_000_000_000_000), max_size=30)))

    def column(known: st.SearchStrategy[float]) -> list[float]:
        kind = draw(st.sampled_from([known, unknown, known | unknown]))
        return draw(st.lists(kind, min_size=len(ts), max_size=len(ts)))

    return Track.of(
        ts,
        draw(st.lists(st.floats(-90, 90), min_size=len(ts), max_size=len(ts))),
        draw(st.lists(st.floats(-180, 180), min_size=len(ts), max_size=len(ts))),
        altitude=column(st.floats(-500, 9000)),
        speed=column(st.floats(0, 60)),
        accuracy=column(st.floats(0, 5000)),
        heart_rate=draw(st.lists(st.integers(0, 250), min_size=len(ts), max_size=len(ts))),
    )


@given(tracks())
def test_what_is_written_is_read(track: Track) -> None:
    back = stream.decode(stream.encode(track))
    assert back.ts.tolist() == track.ts.tolist()
    assert back.heart_rate.tolist() == track.heart_rate.tolist()
    for name, half_a_step in (
        ("lat", 5.1e-7),
        ("lon", 5.1e-7),
        ("altitude", 0.051),
        ("speed", 0.051),
        ("accuracy", 0.51),
    ):
        ours, theirs = getattr(back, name), getattr(track, name)
        assert (np.isnan(ours) == np.isnan(theirs)).all()
        assert (np.abs(ours - theirs)[np.isfinite(theirs)] <= half_a_step).all()


@given(tracks())
def test_what_was_read_is_written_the_same_again(track: Track) -> None:
    once = stream.encode(track)
    assert stream.encode(stream.decode(once)) == once


def test_no_point_and_one_point() -> None:
    assert len(stream.decode(stream.encode(Track.empty()))) == 0
    one = stream.decode(stream.encode(Track.of([1_700_000_000_123], [-1.283333], [36.816667], heart_rate=[141])))
    assert (one.ts.tolist(), one.lat.tolist(), one.lon.tolist()) == ([1_700_000_000_123], [-1.283333], [36.816667])
    assert one.heart_rate.tolist() == [141]
    assert np.isnan(one.altitude).all()


@pytest.mark.parametrize("column", ["altitude", "speed", "accuracy", "heart_rate"])
def test_a_column_of_which_nothing_is_known_costs_nothing(column: str) -> None:
    count = 500
    ts, place = list(range(0, 1000 * count, 1000)), np.linspace(0, 0.01, count)
    bare = len(stream.encode(Track.of(ts, place, place)))
    nothing = {"heart_rate": [0] * count} if column == "heart_rate" else {column: [float("nan")] * count}
    assert len(stream.encode(Track.of(ts, place, place, **nothing))) == bare
    values = np.random.default_rng(7).integers(1, 200, count)
    assert len(stream.encode(Track.of(ts, place, place, **{column: values}))) > bare + 300


@pytest.mark.parametrize(("lat", "lon"), [(float("nan"), 0), (0, float("inf")), (90.5, 0), (0, -181)])
def test_a_position_nowhere_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="position"):
        stream.encode(Track.of([0], [lat], [lon]))


def a_stream() -> bytes:
    rng = np.random.default_rng(3)
    steps = rng.normal(0, 1e-5, (2, 200)).cumsum(axis=1)
    return stream.encode(Track.of(list(range(0, 200_000, 1000)), -1.28 + steps[0], 36.82 + steps[1]))


def test_the_first_byte_is_the_version() -> None:
    written = a_stream()
    assert written[0] == stream.VERSION == 1
    with pytest.raises(stream.StreamError, match="version 2"):
        stream.decode(b"\x02" + written[1:])


@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    written = bytearray(a_stream())
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(stream.StreamError):
        stream.decode(bytes(written))


@given(st.integers(0, len(a_stream()) - 1))
def test_a_cut_stream_is_noticed(length: int) -> None:
    with pytest.raises(stream.StreamError):
        stream.decode(a_stream()[:length])


@given(st.binary(max_size=300))
def test_foreign_bytes_are_no_track(foreign: bytes) -> None:
    with pytest.raises(stream.StreamError):
        stream.decode(b"\x01" + foreign)


@given(st.binary(max_size=60))
def test_a_forged_content_with_a_right_checksum_is_a_track_or_refused(content: bytes) -> None:
    packed = stream.lzma.compress(content, stream.lzma.FORMAT_RAW, filters=stream._COMPRESSION)
    try:
        track = stream.decode(b"\x01" + packed + zlib.crc32(content).to_bytes(4, "big"))
    except stream.StreamError:
        return
    assert len(track.lat) == len(track) == len(track.heart_rate)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("every_s", [1, 5])
def test_a_point_costs_ten_bytes_at_most(seed: int, every_s: float) -> None:
    """All columns, the noise of a street, and a receiver whose clock jitters by a quarter of a second."""
    rng = np.random.default_rng(seed)
    seconds = outdoors.moments(rng, 3600, every_s, jitter_ms=250, gaps=3)
    plane = outdoors.along_streets(outdoors.streets(rng, 11_000), 3 * seconds)
    track = outdoors.received(rng, plane, seconds, 8, 0.01)
    assert np.isfinite(track.altitude).all()
    assert np.isfinite(track.speed).all()
    assert (track.heart_rate > 0).all()
    size = len(stream.encode(track))
    assert size <= 10 * len(track), f"{size / len(track):.2f} bytes a point"
