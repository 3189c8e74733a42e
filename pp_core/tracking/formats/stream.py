"""A finished activity's points at rest: columns of differences, packed as variable-length numbers and compressed.

Exact to: time 1 ms; latitude and longitude 1e-6 degrees (0.11 m of latitude; rounding moves a point by at most 0.08 m);
altitude 0.1 m; speed 0.1 m/s; heart rate 1 beat a minute; accuracy 1 m. What is unknown stays unknown.

Layout: one byte of version (1), then an LZMA stream (raw LZMA2; its settings belong to the version), then four bytes CRC-32
of the plain content (big-endian). The content is the number of points as a varint, one byte naming the columns that are
present, then per column its length in bytes (varint) and its numbers. Time is kept as second differences, the
others as first differences; unknown values have a bit each and no number. Signed numbers are zigzagged and
cut into seven-bit groups, lowest first, as in Protocol Buffers (protobuf.dev/programming-guides/encoding).
"""

import lzma
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from pp_core.tracking.rules.track import NO_HEART_RATE, Floats, Ints, Track

VERSION: Final = 1
POSITION_STEP: Final = 1e-6
MAX_POINTS: Final = 2_000_000

_COMPRESSION: Final = [{"id": lzma.FILTER_LZMA2, "preset": 4, "dict_size": 1 << 20, "lc": 0, "lp": 0, "pb": 0}]
_STEPS: Final = (("altitude", 0.1), ("speed", 0.1), ("accuracy", 1.0))
_HEART_BIT: Final = len(_STEPS)

Bytes = npt.NDArray[np.uint8]


class StreamError(ValueError):
    """These bytes are not a track as this module writes it."""


def encode(track: Track) -> bytes:
    """The track as bytes, to the precision above.

    Raises ValueError where a position is not a number or out of range, or where there are too many points.
    """
    if len(track) > MAX_POINTS:
        raise ValueError(f"{len(track)} points; a stream holds {MAX_POINTS} at most")
    if not (np.abs(track.lat) <= 90).all() or not (np.abs(track.lon) <= 180).all():
        raise ValueError("a position is no number or not on the globe")
    columns = [
        _delta(_delta(track.ts)),
        _delta(_steps(track.lat, POSITION_STEP)),
        _delta(_steps(track.lon, POSITION_STEP)),
    ]
    bodies = [_varints(_zigzag(column)) for column in columns]
    present = 0
    for bit, (name, step) in enumerate(_STEPS):
        values: Floats = getattr(track, name)
        known = np.isfinite(values)
        if known.any():
            present |= 1 << bit
            bodies.append(_optional(known, _steps(values[known], step)))
    beats = track.heart_rate
    if (known := beats != NO_HEART_RATE).any():
        present |= 1 << _HEART_BIT
        bodies.append(_optional(known, beats[known]))
    head = _varints(np.array([len(track)], np.uint64)) + bytes([present])
    content = head + b"".join(_varints(np.array([len(body)], np.uint64)) + body for body in bodies)
    packed = lzma.compress(content, lzma.FORMAT_RAW, filters=_COMPRESSION)
    return bytes([VERSION]) + packed + zlib.crc32(content).to_bytes(4, "big")


def decode(stream: bytes) -> Track:
    """The track of these bytes. Raises `StreamError` where they are cut, changed or of an unknown version."""
    if len(stream) < 6:
        raise StreamError("too short to be a track")
    if stream[0] != VERSION:
        raise StreamError(f"version {stream[0]} is not known here; {VERSION} is")
    content = _unpacked(stream[1:-4])
    if zlib.crc32(content).to_bytes(4, "big") != stream[-4:]:
        raise StreamError("the checksum does not fit")
    try:
        return _read(content)
    except (IndexError, OverflowError) as error:
        raise StreamError("the columns do not fit") from error


def _unpacked(packed: bytes) -> bytes:
    # A bound, so that a forged stream cannot fill the memory: ten bytes a number, seven columns, a bit each for unknown.
    reader = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_COMPRESSION)
    try:
        content = reader.decompress(packed, max_length=MAX_POINTS * 32)
    except lzma.LZMAError as error:
        raise StreamError("it cannot be unpacked") from error
    if not reader.eof or reader.unused_data:
        raise StreamError("it is cut, or something follows it")
    return content


def _read(content: bytes) -> Track:
    reader = _Reader(content)
    count, present = reader.number(), reader.byte()
    if count > MAX_POINTS or present >> (_HEART_BIT + 1):
        raise StreamError("the head does not fit")
    ts = np.cumsum(np.cumsum(reader.column(count)))
    lat, lon = (np.cumsum(reader.column(count)) * POSITION_STEP for _ in range(2))
    optional: dict[str, Floats] = {}
    for bit, (name, step) in enumerate(_STEPS):
        column = np.full(count, np.nan)
        if present >> bit & 1:
            known, values = reader.optional(count)
            column[known] = values * step
        optional[name] = column
    beats = np.full(count, NO_HEART_RATE, np.int64)
    if present >> _HEART_BIT & 1:
        known, values = reader.optional(count)
        beats[known] = values
    if reader.left:
        raise StreamError("something follows the last column")
    return Track(
        ts, np.round(lat, 6), np.round(lon, 6), **{k: np.round(v, 1) for k, v in optional.items()}, heart_rate=beats
    )


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = np.frombuffer(content, np.uint8)
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def byte(self) -> int:
        self._at += 1
        return int(self._content[self._at - 1])

    def number(self) -> int:
        value, shift = 0, 0
        while (byte := self.byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift > 56:
                raise StreamError("a number is too long")
        return value | byte << shift

    def column(self, count: int) -> Ints:
        return _unzigzag(_unvarints(self._take(self.number()), count))

    def optional(self, count: int) -> tuple[npt.NDArray[np.bool_], Ints]:
        body = self._take(self.number())
        size = (count + 7) // 8
        if len(body) < size:
            raise StreamError("a column is too short")
        known = np.unpackbits(body[:size], count=count).astype(bool)
        return known, np.cumsum(_unzigzag(_unvarints(body[size:], int(known.sum()))))

    def _take(self, size: int) -> Bytes:
        if size > self.left:
            raise StreamError("a column is cut")
        self._at += size
        return self._content[self._at - size : self._at]


def _steps(values: Floats, step: float) -> Ints:
    return np.rint(values * round(1 / step)).astype(np.int64)


def _delta(values: Ints) -> Ints:
    return np.diff(values, prepend=np.int64(0))


def _optional(known: npt.NDArray[np.bool_], values: Ints) -> bytes:
    return np.packbits(known).tobytes() + _varints(_zigzag(_delta(values)))


def _zigzag(values: Ints) -> npt.NDArray[np.uint64]:
    return ((values << 1) ^ (values >> 63)).astype(np.uint64)


def _unzigzag(values: npt.NDArray[np.uint64]) -> Ints:
    return (values >> np.uint64(1)).astype(np.int64) ^ -(values & np.uint64(1)).astype(np.int64)


def _varints(values: npt.NDArray[np.uint64]) -> bytes:
    groups = np.ones(len(values), np.int64)
    for size in range(1, 10):
        groups += values >= np.uint64(1 << 7 * size)
    first = np.cumsum(groups) - groups
    out = np.empty(int(groups.sum()), np.uint8)
    for group in range(int(groups.max(initial=0))):
        which = groups > group
        bits = (values[which] >> np.uint64(7 * group)) & np.uint64(0x7F)
        out[first[which] + group] = bits | ((groups[which] > group + 1).astype(np.uint64) << np.uint64(7))
    return out.tobytes()


def _unvarints(body: Bytes, count: int) -> npt.NDArray[np.uint64]:
    last = np.flatnonzero(body < 0x80)
    if len(last) != count or (len(body) and body[-1] >= 0x80):
        raise StreamError("a column holds another number of values")
    first = np.concatenate([[0], last[:-1] + 1]) if count else last
    groups = last - first + 1
    if groups.max(initial=0) > 10:
        raise StreamError("a number is too long")
    values = np.zeros(count, np.uint64)
    for group in range(int(groups.max(initial=0))):
        which = groups > group
        values[which] |= (body[first[which] + group].astype(np.uint64) & np.uint64(0x7F)) << np.uint64(7 * group)
    return values
