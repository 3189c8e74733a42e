"""The records of a FIT file: walked by what they say of their sizes, checked, and written plainly for the SDK.

Garmin's SDK refuses compressed timestamps, which older watches write at every second point, and trips over developer fields
that describe themselves wrongly. So the records of the messages that make a track are written anew: with whole timestamps,
and without developer fields.
"""

from collections.abc import Iterator
from struct import Struct

from .found import Unreadable

FILE_ID, SPORT, SESSION, LAP, RECORD, EVENT = 0, 12, 18, 19, 20, 21
"""Numbers of messages in Garmin's profile."""
_WANTED = frozenset({FILE_ID, SPORT, SESSION, LAP, RECORD, EVENT})
_TIMESTAMP = 253
_UINT32 = 0x86
_NO_TIME = 0xFFFFFFFF
_WITH_CRC, _WITHOUT_CRC = 14, 12
_CRC_BYTES = 2
_COMPRESSED, _DEFINITION, _DEVELOPER = 0x80, 0x40, 0x20
_HEADER = Struct("<BBHI4sH")
_BASE_TYPES = frozenset(range(17))


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC = _crc_table()


def crc_of(content: bytes | memoryview) -> int:
    """CRC-16 with the polynomial 0x8005 reflected, as the protocol has it."""
    crc, table = 0, _CRC
    for byte in content:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc


class _Definition:
    """What the records of one local number look like. `stamped` is the place of the timestamp, None where there is none."""

    def __init__(self, number: int, fields: bytes, *, skipped: int, big: bool, stamped: int | None) -> None:
        self.number, self.fields, self.big, self.stamped = number, fields, big, stamped
        self.size = sum(fields[1::3])
        self.skipped = skipped  # bytes of developer fields behind them

    def written(self, local: int, *, stamp: bool) -> bytes:
        """The definition without developer fields, with a timestamp at the end if `stamp`."""
        count = len(self.fields) // 3 + stamp
        head = bytes((_DEFINITION | local, 0, int(self.big))) + self.number.to_bytes(2, "big" if self.big else "little")
        return head + bytes((count,)) + self.fields + (bytes((_TIMESTAMP, 4, _UINT32)) if stamp else b"")


def plain_files(content: bytes) -> Iterator[bytearray]:
    """Each file of a chain, plain; `Unreadable` where sizes or checksums lie. Zeros behind the last are padding."""
    start = 0
    while start < len(content):
        if start and not any(content[start:]):
            return
        end = _end_of(content, start)
        yield _plain(content, start + content[start], end - _CRC_BYTES)
        start = end


def _end_of(content: bytes, start: int) -> int:
    head = content[start : start + _WITH_CRC]
    if len(head) < _WITHOUT_CRC or head[8:12] != b".FIT" or head[0] not in (_WITH_CRC, _WITHOUT_CRC):
        raise Unreadable("damaged", "header")
    size = int.from_bytes(head[4:8], "little")
    end = start + head[0] + size + _CRC_BYTES
    if size == 0 or end > len(content):
        raise Unreadable("damaged", "cut_short")
    if head[0] == _WITH_CRC and (told := int.from_bytes(head[12:14], "little")) and told != crc_of(head[:12]):
        raise Unreadable("damaged", "checksum")
    whole = memoryview(content)[start:end]
    if crc_of(whole[:-_CRC_BYTES]) != int.from_bytes(whole[-_CRC_BYTES:], "little"):
        raise Unreadable("damaged", "checksum")
    return end


def _plain(content: bytes, place: int, end: int) -> bytearray:
    walk = _Walk()
    while place < end:
        header = content[place]
        if header & _COMPRESSED or not header & _DEFINITION:
            place = walk.record(content, place + 1, end, header)
        else:
            place = walk.define(content, place, end)
    if place != end:
        raise Unreadable("damaged", "sizes")
    head = _HEADER.pack(_WITH_CRC, 0x20, 2100, len(walk.out), b".FIT", 0)
    return bytearray(head) + walk.out + bytes(_CRC_BYTES)


class _Walk:
    """Where the walk through one file is: what the local numbers mean, the last time told, and what was written."""

    def __init__(self) -> None:
        self.out = bytearray()
        self._known: dict[int, _Definition] = {}
        self._told: dict[
            int, tuple[_Definition, bool]
        ] = {}  # what was last written for each local number, stamped or not
        self._time = 0

    def define(self, content: bytes, place: int, end: int) -> int:
        """Learn a definition; the place behind it."""
        header, count = content[place], content[place + 5] if place + 5 < end else 0
        fields = content[place + 6 : place + 6 + 3 * count]
        after = place + 6 + 3 * count
        skipped = 0
        if header & _DEVELOPER:
            developer = content[after] if after < end else 0
            skipped = sum(content[after + 2 : after + 1 + 3 * developer : 3])
            after += 1 + 3 * developer
        if after > end or place + 5 >= end:
            raise Unreadable("damaged", "sizes")
        if any(kind & 0x1F not in _BASE_TYPES for kind in fields[2::3]):
            raise Unreadable("damaged", "content")
        big = content[place + 2] != 0
        number = int.from_bytes(content[place + 3 : place + 5], "big" if big else "little")
        sizes, numbers = fields[1::3], fields[0::3]
        stamped = numbers.find(_TIMESTAMP)
        where = sum(sizes[:stamped]) if stamped >= 0 and sizes[stamped] == 4 else None
        self._known[header & 0x0F] = _Definition(number, fields, skipped=skipped, big=big, stamped=where)
        return after

    def record(self, content: bytes, place: int, end: int, header: int) -> int:
        """Write one record of values if its message is wanted; the place behind it."""
        compressed = bool(header & _COMPRESSED)
        local = header >> 5 & 0x03 if compressed else header & 0x0F
        known = self._known.get(local)
        if known is None:
            raise Unreadable("damaged", "content")
        after = place + known.size
        if after + known.skipped > end:
            raise Unreadable("damaged", "sizes")
        if known.stamped is not None:
            told = int.from_bytes(
                content[place + known.stamped : place + known.stamped + 4], "big" if known.big else "little"
            )
            self._time = self._time if told == _NO_TIME else told
        elif compressed:
            # The low five bits of the time; smaller than the last ones when they began anew.
            self._time += ((header & 0x1F) - self._time) & 0x1F
        if known.number in _WANTED:
            stamp = compressed and known.stamped is None
            self._define_for(local, known, stamp)
            self.out.append(local)
            self.out += content[place:after]
            if stamp:
                self.out += (self._time & 0xFFFFFFFF).to_bytes(4, "big" if known.big else "little")
        return after + known.skipped

    def _define_for(self, local: int, known: _Definition, stamp: bool) -> None:
        if self._told.get(local) != (known, stamp):
            self.out += known.written(local, stamp=stamp)
            self._told[local] = (known, stamp)
