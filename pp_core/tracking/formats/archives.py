"""Files within files: zip archives (bulk exports, KMZ) and gzip. Nothing is ever written to a disk."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import PurePosixPath
from stat import S_ISLNK
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile, ZipInfo

from .found import Unreadable

TRACK_SUFFIXES = (".gpx", ".tcx", ".fit", ".kml")
_NESTED = (".zip", ".kmz")
_LITTER = ("__MACOSX", ".DS_Store")
_PACKED = ".gz"
_ENCRYPTED = 0x1
_MEGABYTE = 1024 * 1024


class Bounds(NamedTuple):
    """How much an archive may hold: files, megabytes in one of them and in all of them when unpacked."""

    files: int
    file_mb: int
    all_mb: int


def gunzipped(content: bytes, file_mb: int) -> bytes:
    """What was packed; `Unreadable` when it is broken, or larger than one file may be."""
    limit = file_mb * _MEGABYTE
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(content, limit + 1)
    except zlib.error:
        raise Unreadable("damaged", "gzip") from None
    if len(unpacked) > limit:
        raise Unreadable("too_large", "unpacked", limit=file_mb)
    if not unpacker.eof:
        raise Unreadable("damaged", "cut_short")
    return unpacked


class Archive:
    """A zip archive, examined whole before anything in it is unpacked."""

    def __init__(self, content: bytes, bounds: Bounds) -> None:
        """Read the directory; `Unreadable` for a broken archive, and for one that only an attacker would make."""
        self.bounds = bounds
        try:
            self._zip = ZipFile(BytesIO(content))
            entries = self._zip.infolist()
        except (BadZipFile, NotImplementedError, UnicodeDecodeError, OSError, ValueError):
            raise Unreadable("damaged", "zip") from None
        if len(entries) > bounds.files:
            raise Unreadable("too_large", "files", limit=bounds.files)
        for entry in entries:
            _refuse_hostile(entry)
        if sum(entry.file_size for entry in entries) > bounds.all_mb * _MEGABYTE:
            raise Unreadable("hostile", "bomb", limit=bounds.all_mb)
        self._files = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]

    @property
    def others(self) -> int:
        """Files that are no tracks and no archives: pictures, lists."""
        return sum(not _is_track(entry.filename) and not _is_nested(entry.filename) for entry in self._files)

    def members(self) -> Iterator[tuple[str, ZipInfo]]:
        """Name and entry of whatever may hold tracks, in the order of the archive."""
        return (
            (entry.filename, entry) for entry in self._files if _is_track(entry.filename) or _is_nested(entry.filename)
        )

    def content(self, entry: ZipInfo) -> bytes:
        """One member unpacked; `Unreadable` when it cannot be, or should not."""
        if _is_nested(entry.filename):
            raise Unreadable("damaged", "nested")
        if entry.flag_bits & _ENCRYPTED:
            raise Unreadable("damaged", "encrypted")
        if entry.file_size > self.bounds.file_mb * _MEGABYTE:
            raise Unreadable("too_large", "unpacked", limit=self.bounds.file_mb)
        try:
            # zipfile reads no more than the directory says, and says when the checksum is another.
            return self._zip.read(entry)
        except (BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error):
            raise Unreadable("damaged", "zip") from None


def _refuse_hostile(entry: ZipInfo) -> None:
    # `orig_filename`: ZipFile has already turned what it did not like in the other.
    path = PurePosixPath(entry.orig_filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise Unreadable("hostile", "path")
    if "\0" in entry.orig_filename:
        raise Unreadable("hostile", "path")
    if S_ISLNK(entry.external_attr >> 16):
        raise Unreadable("hostile", "link")


def _is_track(name: str) -> bool:
    return name.lower().removesuffix(_PACKED).endswith(TRACK_SUFFIXES)


def _is_nested(name: str) -> bool:
    return name.lower().endswith(_NESTED)


def _is_litter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part in _LITTER or part.startswith("._") for part in parts)
