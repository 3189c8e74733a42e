"""Any file of tracks: told apart by what it holds, never by its name. `work` is what runs confined; see `ports.Confined`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from . import gpx, kml, markup, tcx
from .found import Found, Unreadable

if TYPE_CHECKING:
    from .archives import Archive

MARKUP = {gpx.ROOT: gpx.reader, tcx.ROOT: tcx.reader, kml.ROOT: kml.reader}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_FIT = b".FIT"
_XML = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
Answer = Callable[..., None]
"""Tells one finding: a description ready for JSON, and the buffers that go with it."""
Piece = Callable[[], AbstractContextManager[None]]
"""Holds one file to limits of its own, and answers for it when it goes past them."""


def read(content: bytes) -> list[Found]:
    """The recordings in one file that is no archive; `Unreadable` for any other."""
    # What is not asked for is not loaded either: most of the time in which a small file is read goes into that.
    if content[8:12] == _FIT:
        from . import fit

        return fit.read(content)
    if not content.lstrip(b" \t\r\n").startswith(_XML):
        raise Unreadable("not_track")
    return markup.read(content, MARKUP)


def work(content: bytes, argument: Mapping[str, Any], answer: Answer, piece: Piece) -> None:
    """Answer each recording of a file or an archive, each as it is found, then how many files were no tracks.

    `argument` has the fields of `Bounds`. Answers are
    `{"file": name}` for each member of an archive and `{"unpacked"}` with its bytes; for each recording `{"points", ...}` with
    its columns, or `{"refused": code, "data": {...}}`; at last `{"others": count}`.
    """
    others = 0
    if content.startswith(_ZIP):
        from .archives import Archive, Bounds

        try:
            archive = Archive(content, Bounds(**argument))
            others = archive.others
            _work_through(archive, answer, piece)
        except Unreadable as refused:
            _refuse(refused, answer)
    else:
        _tell(content, argument, answer)
    answer({"others": others})


def _work_through(archive: "Archive", answer: Answer, piece: Piece) -> None:
    empty = True
    for name, entry in archive.members():
        empty = False
        answer({"file": name})
        with piece():
            try:
                content = archive.content(entry)
            except Unreadable as refused:
                _refuse(refused, answer)
            else:
                answer({"unpacked": True}, content)
                _tell(content, archive.bounds._asdict(), answer)
    if empty:
        raise Unreadable("not_track", "archive")


def _tell(content: bytes, bounds: Mapping[str, Any], answer: Answer) -> None:
    try:
        if content.startswith(_GZIP):
            from .archives import gunzipped

            content = gunzipped(content, bounds["file_mb"])
        recordings = read(content)
    except Unreadable as refused:
        _refuse(refused, answer)
        return
    for found in recordings:
        answer(
            {
                "points": len(found),
                "segments": found.segments,
                "pauses": found.pauses,
                "laps": found.laps,
                "sport": found.sport,
                "title": found.title,
                "creator": found.creator,
                "source_key": found.source_key,
            },
            *found.columns(),
        )


def _refuse(refused: Unreadable, answer: Answer) -> None:
    answer({"refused": refused.code, "data": refused.data})
