"""FIT files: of Garmin's encoder, and byte by byte where they lie."""

from collections.abc import Iterator
from struct import pack

from garmin_fit_sdk import Encoder, Profile

from . import fitfile as fit
from .corpus import BEGIN_MS, COUNT, Case, Right, Wrong, maker, place

BEGIN = BEGIN_MS // 1000 - fit.EPOCH_S
WAY = [place(step) for step in range(COUNT)]
GOOD = fit.identity() + fit.records(BEGIN, WAY)
BEATS = 140


def session(local: int, begins: int, sport: int) -> bytes:
    """A session message."""
    fields = fit.SESSION_FIELDS
    return fit.definition(local, fit.SESSION, fields) + fit.data(local, fields, begins, sport, begins + 10)


def event(second: int, kind: int) -> bytes:
    """A timer event; 0 starts, 4 stops."""
    return fit.definition(5, fit.EVENT, fit.EVENT_FIELDS) + fit.data(5, fit.EVENT_FIELDS, BEGIN + second, 0, kind)


def by_garmin() -> bytes:
    """What Garmin's own encoder writes."""
    number = Profile["mesg_num"]
    encoder = Encoder()
    encoder.write_mesg({"mesg_num": number["FILE_ID"], "type": "activity", "manufacturer": "garmin"})
    for step, (lat, lon) in enumerate(WAY):
        encoder.write_mesg(
            {
                "mesg_num": number["RECORD"],
                "timestamp": BEGIN + step,
                "position_lat": fit.semicircles(lat),
                "position_long": fit.semicircles(lon),
                "enhanced_altitude": 1660,
                "enhanced_speed": 3.0,
                "heart_rate": BEATS,
                "distance": 3.3 * step,
            }
        )
    encoder.write_mesg(
        {"mesg_num": number["SESSION"], "timestamp": BEGIN + COUNT, "start_time": BEGIN, "sport": "running"}
    )
    return bytes(encoder.close())


def compressed() -> bytes:
    """Every other point with a timestamp of five bits, over two of their rounds."""
    out = (
        fit.identity()
        + fit.definition(1, fit.RECORD, fit.RECORD_FIELDS)
        + fit.definition(2, fit.RECORD, fit.PLACE_FIELDS)
    )
    for step, (lat, lon) in enumerate([place(each) for each in range(70)]):
        rest = (fit.semicircles(lat), fit.semicircles(lon), (1660 + 500) * 5, 3000, BEATS)
        if step == 0:
            out += fit.data(1, fit.RECORD_FIELDS, BEGIN, *rest)
        else:
            out += bytes((0x80 | 2 << 5 | (BEGIN + step) & 0x1F,)) + fit.values(fit.PLACE_FIELDS, *rest)
    return fit.file(out)


@maker
def good() -> Iterator[Case]:
    """What watches write."""
    yield Case("garmin.fit", by_garmin(), Right(heart_rate=BEATS))
    yield Case("plain.fit", fit.file(GOOD), Right(sport=None, heart_rate=BEATS))
    yield Case("short-header.fit", fit.file(GOOD, header=12), Right(sport=None, heart_rate=BEATS))
    yield Case(
        "big-endian.fit",
        fit.file(fit.identity(), fit.records(BEGIN, WAY, big=True)),
        Right(sport=None, heart_rate=BEATS),
    )
    yield Case("compressed-timestamps.fit", compressed(), Right(points=(70,), sport=None, heart_rate=BEATS))
    yield Case("session.fit", fit.file(GOOD, session(3, BEGIN, 2)), Right(sport="ride", heart_rate=BEATS))
    sessions = fit.file(GOOD, session(3, BEGIN, 1), session(4, BEGIN + 10, 2))
    yield Case("two-sessions.fit", sessions, Right(points=(10, 20), heart_rate=BEATS))
    timed = fit.file(GOOD, event(0, 0), event(9, 4), event(15, 0), event(29, 4))
    yield Case("pause.fit", timed, Right(sport=None, heart_rate=BEATS, pauses=((9, 15),)))
    laps = fit.definition(6, fit.LAP, fit.LAP_FIELDS)
    laps += fit.data(6, fit.LAP_FIELDS, BEGIN, BEGIN + 10) + fit.data(6, fit.LAP_FIELDS, BEGIN + 10, BEGIN + 20)
    yield Case("laps.fit", fit.file(GOOD, laps), Right(sport=None, heart_rate=BEATS, laps=2))
    later = fit.file(fit.identity(), fit.records(BEGIN + 100, [place(100 + step) for step in range(COUNT)]))
    yield Case("chained.fit", fit.file(GOOD) + later, Right(points=(2 * COUNT,), sport=None, heart_rate=BEATS))
    yield Case("padded.fit", fit.file(GOOD) + bytes(512), Right(sport=None, heart_rate=BEATS))
    yield Case("named-otherwise.bin", fit.file(GOOD), Right(sport=None, heart_rate=BEATS))
    reused = fit.identity() + fit.records(BEGIN, WAY[:10], local=0) + fit.records(BEGIN + 10, WAY[10:], local=0)
    yield Case("local-number-again.fit", fit.file(reused), Right(sport=None, heart_rate=BEATS))


@maker
def odd() -> Iterator[Case]:
    """What trips readers of FIT over."""
    right = Right(sport=None, heart_rate=BEATS)
    # A developer field that nothing describes, and one that says it is described with a base type that does not exist.
    undescribed = fit.definition(1, fit.RECORD, fit.RECORD_FIELDS, developer=bytes((9, 4, 7)))
    for step, (lat, lon) in enumerate(WAY):
        rest = (fit.semicircles(lat), fit.semicircles(lon), (1660 + 500) * 5, 3000, BEATS)
        undescribed += fit.data(1, fit.RECORD_FIELDS, BEGIN + step, *rest) + b"\xde\xad\xbe\xef"
    yield Case("developer-fields.fit", fit.file(fit.identity(), undescribed), right)
    described = pack("<BBBHB", 0x44, 0, 0, 206, 3) + bytes((0, 1, 2, 1, 1, 2, 2, 1, 2)) + bytes((4, 7, 9, 0xFE))
    yield Case("developer-lie.fit", fit.file(fit.identity(), described, undescribed), right)
    unknown = fit.definition(7, 0xFF00, ((0, fit.UINT8),)) + fit.data(7, ((0, fit.UINT8),), 1)
    yield Case("unknown-message.fit", fit.file(fit.identity(), unknown, fit.records(BEGIN, WAY)), right)
    nowhere = fit.definition(1, fit.RECORD, fit.RECORD_FIELDS)
    nowhere += b"".join(
        fit.data(1, fit.RECORD_FIELDS, BEGIN + 100 + step, 0x7FFFFFFF, 0x7FFFFFFF, 0xFFFF, 0xFFFF, 0xFF)
        for step in range(5)
    )
    skipped = Right(sport=None, heart_rate=BEATS, skipped=(("no_position", 5),))
    yield Case("lost-signal.fit", fit.file(GOOD, nowhere), skipped)
    indoors = fit.file(fit.identity(), nowhere)
    yield Case("indoors.fit", indoors, Wrong("tracking.file_without_positions"))
    clockless = fit.file(fit.identity(), fit.records(1000, WAY))
    yield Case("clock-not-set.fit", clockless, Wrong("tracking.file_without_times"))
    # A position that says it is three numbers is none.
    triple = pack("<BBBHB", 0x41, 0, 0, fit.RECORD, 3) + bytes(
        (253, 4, fit.UINT32, 0, 12, fit.SINT32, 1, 4, fit.SINT32)
    )
    triple += b"".join(bytes((1,)) + pack("<Iiiii", BEGIN + step, 1, 2, 3, 4) for step in range(9))
    yield Case("position-of-three.fit", fit.file(fit.identity(), triple), Wrong("tracking.file_without_positions"))
    ragged = (
        pack("<BBBHB", 0x41, 0, 0, fit.RECORD, 2)
        + bytes((253, 4, fit.UINT32, 0, 3, fit.SINT32))
        + bytes((1,))
        + bytes(7)
    )
    yield Case("ragged-field.fit", fit.file(fit.identity(), ragged), Wrong("tracking.file_without_positions"))
    empty = fit.definition(1, fit.RECORD, ()) + bytes((1,)) * 50
    yield Case("records-of-nothing.fit", fit.file(fit.identity(), empty), Wrong("tracking.file_without_positions"))


@maker
def refused() -> Iterator[Case]:
    """Lies of headers, definitions and checksums."""
    whole = fit.file(GOOD)

    def damaged(reason: str) -> Wrong:
        return Wrong("tracking.file_damaged", reason)

    yield Case("cut.fit", whole[: len(whole) // 2], damaged("cut_short"))
    yield Case("cut-by-one.fit", whole[:-1], damaged("cut_short"))
    yield Case("header-only.fit", whole[:14], damaged("cut_short"))
    yield Case("half-a-header.fit", whole[:13], damaged("cut_short"))
    yield Case("size-too-large.fit", fit.file(GOOD, size=0xFFFFFFFF), damaged("cut_short"))
    yield Case("size-zero.fit", fit.file(GOOD, size=0), damaged("cut_short"))
    yield Case("size-too-small.fit", fit.file(GOOD, size=40), damaged("checksum"))
    yield Case("checksum.fit", fit.file(GOOD, crc=0x1234), damaged("checksum"))
    yield Case("header-checksum.fit", whole[:12] + b"\x01\x02" + whole[14:], damaged("checksum"))
    flipped = bytearray(whole)
    flipped[100] ^= 0xFF
    yield Case("bit-flips.fit", bytes(flipped), damaged("checksum"))
    yield Case("header-of-99.fit", bytes((99,)) + whole[1:], damaged("header"))
    yield Case("trailing.fit", whole + b"\x01" * 40, damaged("header"))
    yield Case("not-marked.fit", fit.file(GOOD, mark=b".FAT"), Wrong("tracking.file_not_track"))
    cut_definition = bytes((0x41, 0, 0, 20, 0, 200)) + bytes(9)
    yield Case("definition-past-the-end.fit", fit.file(GOOD, cut_definition), damaged("sizes"))
    cut_developer = bytes((0x61, 0, 0, 20, 0, 0, 200))
    yield Case("developer-past-the-end.fit", fit.file(GOOD, cut_developer), damaged("sizes"))
    yield Case("half-a-definition.fit", fit.file(GOOD, b"\x41\x00"), damaged("sizes"))
    yield Case("half-a-record.fit", fit.file(GOOD, b"\x01\x00\x00"), damaged("sizes"))
    yield Case("never-defined.fit", fit.file(fit.identity(), b"\x09\x00\x00"), damaged("content"))
    yield Case("compressed-never-defined.fit", fit.file(fit.identity(), b"\xe1\x00\x00"), damaged("content"))
    base_type = bytes((0x41, 0, 0, 20, 0, 1, 253, 4, 0x1F))
    yield Case("no-such-base-type.fit", fit.file(fit.identity(), base_type), damaged("content"))
    yield Case("settings.fit", fit.file(fit.identity(kind=2)), Wrong("tracking.file_not_track", "fit_kind"))
    course = fit.file(fit.identity(kind=6), fit.records(BEGIN, WAY))
    yield Case("course.fit", course, Wrong("tracking.file_without_times", "route"))
    yield Case("empty.fit", fit.file(fit.identity()), Wrong("tracking.file_without_positions"))
