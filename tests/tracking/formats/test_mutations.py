"""Files with random damage: a reader gives recordings or a refusal, and nothing else ever."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pp_core.tracking.formats import reading
from pp_core.tracking.formats.archives import Archive, Bounds
from pp_core.tracking.formats.found import Unreadable
from pp_core.tracking.formats.records import crc_of

from . import corpus_archives, fitfile
from .corpus import Right, cases
from .corpus_fit import GOOD

SOUND = {case.name: case.content for case in cases() if isinstance(case.expected, Right) and len(case.content) < 20_000}
XML = st.sampled_from([content for name, content in SOUND.items() if name.endswith((".gpx", ".tcx", ".kml"))])
FIT = st.sampled_from([content for name, content in SOUND.items() if name.endswith(".fit")])
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6), st.integers(0, 6)), max_size=8)


def edited(content: bytes, edits: list[tuple[float, bytes, int]]) -> bytes:
    """Each edit at its share of the file: so many bytes taken out, and others put in."""
    for share, put, taken in edits:
        place = int(share * len(content))
        content = content[:place] + put + content[place + taken :]
    return content


def attempt(content: bytes) -> None:
    """Read it, or have it refused."""
    with suppress(Unreadable):
        found = reading.read(content)
        assert all(len({len(column) for column in one.columns()}) == 1 for one in found)


@given(XML, EDITS)
@settings(max_examples=300)
def test_xml(content: bytes, edits: list[tuple[float, bytes, int]]) -> None:
    """Of any of the three formats."""
    attempt(edited(content, edits))


@given(FIT, EDITS)
@settings(max_examples=200)
def test_fit(content: bytes, edits: list[tuple[float, bytes, int]]) -> None:
    """With sizes and checksums that are right again, so that what is inside is reached."""
    inside = edited(content[14:-2], edits)
    attempt(fitfile.file(inside))


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_fit_of_noise(noise: bytes) -> None:
    """Definitions and records that nobody wrote."""
    attempt(fitfile.file(fitfile.identity(), noise))
    attempt(fitfile.file(GOOD, noise))


@given(EDITS)
@settings(max_examples=200)
def test_archives(edits: list[tuple[float, bytes, int]]) -> None:
    """Their directory and what they hold."""
    content = edited(corpus_archives.packed(("a.gpx", corpus_archives.PLAIN), ("b/c.fit.gz", b"x" * 50)), edits)
    try:
        archive = Archive(content, Bounds(files=10, file_mb=1, all_mb=2))
    except Unreadable:
        return
    for _, entry in archive.members():
        with suppress(Unreadable):
            assert len(archive.content(entry)) <= 1024 * 1024


@given(st.binary(max_size=300))
def test_checksum(content: bytes) -> None:
    """As the protocol's own slow way counts it."""
    assert crc_of(content) == fitfile.crc_of(content)
