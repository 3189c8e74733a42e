"""Packed files. What is in them, a few of the corpus do; here it is about the packing."""

import gzip
import zipfile
from collections.abc import Iterator
from io import BytesIO

from .corpus import Case, Right, Wrong, maker
from .corpus_fit import GOOD
from .corpus_gpx import KML, gpx, kml_track, points, track
from .fitfile import file as fit_file

PLAIN = gpx(track(points()))
BIKE = gpx(track(points(5000), about="<type>biking</type>"))


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    """A zip archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def link() -> bytes:
    """An archive with a symbolic link."""
    entry = zipfile.ZipInfo("run.gpx")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return packed((entry, b"/etc/passwd"))


def locked() -> bytes:
    """An archive that says it is encrypted, in its directory and before the file."""
    content = bytearray(packed(("run.gpx", PLAIN)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def bomb() -> bytes:
    """Kilobytes that are two gigabytes when unpacked."""
    buffer = BytesIO()
    zeros = bytes(60 * 1024 * 1024)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a.gpx", zeros)
    one = buffer.getvalue()
    begin = one.index(b"PK\x01\x02")
    # Thirty entries of the directory for the one file: the overlap that makes such bombs small (Fifield 2019).
    directory = one[begin : one.index(b"PK\x05\x06")]
    end = bytearray(one[one.index(b"PK\x05\x06") :])
    end[8:10] = end[10:12] = (30).to_bytes(2, "little")
    end[12:16] = (30 * len(directory)).to_bytes(4, "little")
    return one[:begin] + directory * 30 + bytes(end)


def lying_size() -> bytes:
    """An archive whose directory says that a file is smaller than it is."""
    content = bytearray(packed(("run.gpx", PLAIN)))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


@maker
def archives() -> Iterator[Case]:
    """All of them."""
    yield Case("one.zip", packed(("run.gpx", PLAIN)), Right())
    both = packed(
        ("activities/1.gpx", PLAIN), ("activities/2.gpx", BIKE), ("media/me.jpg", b"\xff\xd8"), ("profile.csv", b"x")
    )
    yield Case("bulk.zip", both, Right(points=(30, 30)))
    fits = packed(("activities/1.fit.gz", gzip.compress(fit_file(GOOD))), ("activities/", b""))
    yield Case("strava.zip", fits, Right(sport=None, heart_rate=140))
    twice = packed(("run.gpx", PLAIN), ("./run.gpx", BIKE))
    yield Case("same-name.zip", twice, Right(points=(30, 30)))
    yield Case("track.kmz", packed(("doc.kml", KML.format(inside=kml_track()).encode())),
               Right(sport=None, heart_rate=144, title="Ngong"))  # fmt: skip
    yield Case("mac.zip", packed(("run.gpx", PLAIN), ("__MACOSX/._run.gpx", b"\0\5")), Right())
    yield Case("run.gpx.gz", gzip.compress(PLAIN), Right())
    yield Case("run.tcx", gzip.compress(PLAIN), Right())
    yield Case("cut.gz", gzip.compress(PLAIN)[:-20], Wrong("tracking.file_damaged", "cut_short"))
    yield Case("broken.gz", b"\x1f\x8b" + b"\x00" * 50, Wrong("tracking.file_damaged", "gzip"))
    yield Case("words.gz", gzip.compress(b"hello"), Wrong("tracking.file_not_track"))
    yield Case("gzip-bomb.gz", gzip.compress(bytes(80 * 1024 * 1024)), Wrong("tracking.file_too_large", "unpacked"))
    yield Case("twice-packed.gz", gzip.compress(gzip.compress(PLAIN)), Wrong("tracking.file_not_track"))
    yield Case("bomb.zip", bomb(), Wrong("tracking.file_hostile", "bomb"))
    for name, inside in (
        ("up", "../../etc/run.gpx"),
        ("root", "/etc/run.gpx"),
        ("drive", "C:\\run.gpx"),
        ("back", "..\\run.gpx"),
    ):
        yield Case(f"slip-{name}.zip", packed((inside, PLAIN)), Wrong("tracking.file_hostile", "path"))
    yield Case("link.zip", link(), Wrong("tracking.file_hostile", "link"))
    yield Case("locked.zip", locked(), Wrong("tracking.file_damaged", "encrypted"))
    yield Case(
        "nested.zip", packed(("inner.zip", packed(("run.gpx", PLAIN)))), Wrong("tracking.file_damaged", "nested")
    )
    yield Case("lying-size.zip", lying_size(), Wrong("tracking.file_damaged", "zip"))
    yield Case("no-tracks.zip", packed(("readme.txt", b"hi")), Wrong("tracking.file_not_track", "archive"))
    yield Case("empty.zip", packed(), Wrong("tracking.file_not_track", "archive"))
    whole = packed(("run.gpx", PLAIN))
    yield Case("cut.zip", whole[:-30], Wrong("tracking.file_damaged", "zip"))
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF
    yield Case("bit-flips.zip", bytes(flipped), Wrong("tracking.file_damaged", "zip"))
    many = packed(*((f"{number}.gpx", b"") for number in range(2_100)))
    yield Case("many-files.zip", many, Wrong("tracking.file_too_large", "files"))
