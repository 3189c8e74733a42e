"""GPX files, and XML that attacks."""

from collections.abc import Iterator

from .corpus import COUNT, LON, Case, Right, Wrong, at, maker, place

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMES = (
    'xmlns="http://www.topografix.com/GPX/1/1"'
    ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"'
    ' xmlns:q9="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"'
)


def point(step: int, *, inner: str = "<ele>1660</ele>", time: str | None = None, tag: str = "trkpt") -> str:
    """One point, `step` seconds into the run; `time` is the element as it stands there."""
    lat, lon = place(step)
    moment = f"<time>{at(step)}</time>" if time is None else time
    return f'<{tag} lat="{lat:.7f}" lon="{lon:.7f}">{inner}{moment}</{tag}>\n'


def points(first: int = 0, count: int = COUNT, **more: str) -> str:
    """Points a second apart."""
    return "".join(point(step, **more) for step in range(first, first + count))


def gpx(inside: str, head: str = HEAD, version: str = "1.1") -> bytes:
    """A file around something."""
    return f'{head}<gpx version="{version}" creator="Tests" {NAMES}>\n{inside}</gpx>\n'.encode()


def track(*segments: str, about: str = "<type>running</type>") -> str:
    """A track of segments."""
    return f"<trk>{about}{''.join(f'<trkseg>{one}</trkseg>' for one in segments)}</trk>\n"


@maker
def good() -> Iterator[Case]:
    """What ordinary devices write."""
    plain = gpx(track(points()))
    yield Case("plain.gpx", plain, Right())
    yield Case("version-1.0.gpx", gpx(track(points(inner="<ele>1660</ele><speed>3.0</speed>")), version="1.0"), Right())
    heart = (
        "<ele>1660</ele><extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>151</gpxtpx:hr><gpxtpx:cad>80</gpxtpx:cad>"
    )
    heart += "</gpxtpx:TrackPointExtension></extensions>"
    yield Case("heart.gpx", gpx(track(points(inner=heart))), Right(heart_rate=151))
    yield Case("heart-any-prefix.gpx", gpx(track(points(inner=heart.replace("gpxtpx", "q9")))), Right(heart_rate=151))
    prefixed = plain.decode().replace("<trk", "<g:trk").replace("</trk", "</g:trk").replace("xmlns=", "xmlns:g=")
    for tag in ("gpx", "time", "ele", "type"):
        prefixed = prefixed.replace(f"<{tag}", f"<g:{tag}").replace(f"</{tag}", f"</g:{tag}")
    yield Case("every-name-prefixed.gpx", prefixed.encode(), Right())
    paused = gpx(track(points(0, 10), points(70, 20)))
    yield Case("pause.gpx", paused, Right(pauses=((9, 70),)))
    yield Case("segments-without-pause.gpx", gpx(track(points(0, 10), points(10, 20))), Right())
    several = gpx(track(points(0, 10)) + track(points(3600, 20), about="<type>cycling</type>"))
    yield Case("two-tracks.gpx", several, Right(points=(10, 20)))
    named = track(points(), about="<name>Karura\n loop \u2013 Nairobi</name><type>trail_running</type>")
    yield Case("title.gpx", gpx(named), Right(title="Karura loop \u2013 Nairobi"))
    yield Case("upper-case-name.GPX.txt", plain, Right())
    yield Case("strava-numbers.gpx", gpx(track(points(), about="<type>9</type>")), Right())
    yield Case("cycling.gpx", gpx(track(points(), about="<type>Road Cycling</type>")), Right(sport="ride"))
    yield Case("e-bike.gpx", gpx(track(points(), about="<type>E-Bike Ride</type>")), Right(sport="other"))
    yield Case("no-type.gpx", gpx(track(points(), about="")), Right(sport=None))
    extended = "<ele>1660</ele><extensions><when><time>1999-01-01T00:00:00Z</time><ele>9</ele></when></extensions>"
    yield Case("extension-with-a-time.gpx", gpx(track(points(inner=extended))), Right())
    cdata = gpx(track(points(inner="<!-- up --><ele><![CDATA[1660]]></ele>"), about="<type>&#114;unning</type>"))
    yield Case("cdata-and-comments.gpx", cdata, Right())
    yield Case("zone.gpx", gpx(track(points()).replace(".000000Z", "+00:00")), Right())
    yield Case("no-zone.gpx", gpx(track(points()).replace(".000000Z", "")), Right())


@maker
def encodings() -> Iterator[Case]:
    """The ways in which characters are written."""
    plain = gpx(track(points())).decode()
    yield Case("bom.gpx", b"\xef\xbb\xbf" + plain.encode(), Right())
    yield Case("utf-16.gpx", plain.replace("UTF-8", "UTF-16").encode("utf-16"), Right())
    yield Case("utf-16-be-bom.gpx", b"\xfe\xff" + plain.replace("UTF-8", "UTF-16").encode("utf-16-be"), Right())
    latin = (
        gpx(track(points(), about="<name>Caf\xe9</name><type>running</type>")).decode().replace("UTF-8", "ISO-8859-1")
    )
    yield Case("latin-1.gpx", latin.encode("latin-1"), Right(title="Caf\xe9"))
    yield Case("blanks-first.gpx", b"\r\n   " + plain.encode(), Right())
    yield Case("no-declaration.gpx", plain.replace(HEAD, "").encode(), Right())
    unmarked = gpx(track(points(), about="<name>Caf\xe9</name>")).decode().encode("latin-1")
    yield Case("latin-1-called-utf-8.gpx", unmarked, Wrong("tracking.file_damaged", "markup"))
    unknown = plain.replace("UTF-8", "klingon").encode()
    yield Case("unknown-encoding.gpx", unknown, Wrong("tracking.file_damaged", "encoding"))
    yield Case(
        "utf-8-called-utf-16.gpx", plain.replace("UTF-8", "UTF-16").encode(), Wrong("tracking.file_damaged", "encoding")
    )


@maker
def odd() -> Iterator[Case]:
    """What broken devices and careless programs write."""
    lines = points().splitlines(keepends=True)
    yield Case("backwards.gpx", gpx(track("".join(reversed(lines)))), Right())
    yield Case("repeated.gpx", gpx(track(points() + points())), Right(skipped=(("repeated", COUNT),)))
    bare = points(0, 20) + points(20, 10, time="")
    yield Case("some-without-time.gpx", gpx(track(bare)), Right(points=(20,), skipped=(("no_time", 10),)))
    unset = points(0, 20) + points(20, 10, time="<time>1970-01-01T00:00:00Z</time>")
    yield Case("clock-not-set.gpx", gpx(track(unset)), Right(points=(20,), skipped=(("no_time", 10),)))
    year_one = points(0, 20) + points(20, 10, time="<time>0001-01-01T00:00:00Z</time>")
    yield Case("year-one.gpx", gpx(track(year_one)), Right(points=(20,), skipped=(("no_time", 10),)))
    nonsense = points(0, 20) + points(20, 10, time="<time>yesterday</time>")
    yield Case("time-in-words.gpx", gpx(track(nonsense)), Right(points=(20,), skipped=(("no_time", 10),)))
    far = f'<trkpt lat="91" lon="0"><time>{at(50)}</time></trkpt><trkpt lat="0" lon="-180.1"><time>{at(51)}</time></trkpt>'
    yield Case("off-the-globe.gpx", gpx(track(points() + far)), Right(skipped=(("out_of_range", 2),)))
    infinite = f'<trkpt lat="NaN" lon="{LON}"><time>{at(50)}</time></trkpt><trkpt lat="inf" lon="0"><time>{at(51)}</time></trkpt>'
    skipped = (("no_position", 1), ("out_of_range", 1))
    yield Case("not-a-number.gpx", gpx(track(points() + infinite)), Right(skipped=skipped))
    lost = f'<trkpt lat="0" lon="0"><time>{at(50)}</time></trkpt><trkpt lon="36"><time>{at(51)}</time></trkpt>'
    yield Case("no-fix.gpx", gpx(track(points() + lost)), Right(skipped=(("no_position", 2),)))
    yield Case("no-elevation.gpx", gpx(track(points(inner=""))), Right(altitude=None))
    yield Case("elevation-in-words.gpx", gpx(track(points(inner="<ele>high</ele>"))), Right(altitude=None))
    yield Case("elevation-of-the-moon.gpx", gpx(track(points(inner="<ele>384400000</ele>"))), Right(altitude=None))
    dead = "<ele>1660</ele><extensions><gpxtpx:hr>9999</gpxtpx:hr></extensions>"
    yield Case("impossible-heart.gpx", gpx(track(points(inner=dead))), Right())
    yield Case("empty-segments.gpx", gpx(track("", points(), "")), Right())
    yield Case("waypoints-too.gpx", gpx(points(0, 5, tag="wpt") + track(points())), Right())
    commas = gpx(track(points()).replace(".000000Z", ",5Z"))
    yield Case("comma-in-seconds.gpx", commas, Right())


@maker
def refused() -> Iterator[Case]:
    """What is no activity."""
    yield Case("no-times.gpx", gpx(track(points(time=""))), Wrong("tracking.file_without_times"))
    route = f"<rte>{points(tag='rtept')}</rte>"
    yield Case("route.gpx", gpx(route), Wrong("tracking.file_without_times", "route"))
    yield Case("waypoints.gpx", gpx(points(tag="wpt")), Wrong("tracking.file_without_positions"))
    yield Case("empty.gpx", gpx(""), Wrong("tracking.file_without_positions"))
    yield Case("one-point.gpx", gpx(track(points(0, 1))), Wrong("tracking.file_without_positions"))
    off = points().replace('lat="-1', 'lat="-100')
    yield Case("all-off-the-globe.gpx", gpx(track(off)), Wrong("tracking.file_damaged", "out_of_range"))
    whole = gpx(track(points()))
    yield Case("cut.gpx", whole[: len(whole) // 2], Wrong("tracking.file_damaged", "cut_short"))
    yield Case("cut-in-a-tag.gpx", whole[:-4], Wrong("tracking.file_damaged", "cut_short"))
    yield Case("crossed.gpx", whole.replace(b"</trkseg>", b"</trk>"), Wrong("tracking.file_damaged", "markup"))
    yield Case("two-roots.gpx", whole + whole.partition(b"\n")[2], Wrong("tracking.file_damaged", "markup"))
    yield Case(
        "nbsp.gpx", gpx(track(points(), about="<name>a&nbsp;b</name>")), Wrong("tracking.file_damaged", "markup")
    )
    yield Case("nul.gpx", whole.replace(b"running", b"run\0ing"), Wrong("tracking.file_damaged", "markup"))
    yield Case("other-xml.gpx", b"<?xml version='1.0'?><invoice/>", Wrong("tracking.file_not_track"))
    yield Case(
        "sign-in-page.gpx", b"<!DOCTYPE html><html><body>Sign in</body></html>", Wrong("tracking.file_not_track")
    )
    yield Case("words.gpx", b"I ran five kilometres.", Wrong("tracking.file_not_track"))
    yield Case("json.gpx", b'{"type": "FeatureCollection", "features": []}', Wrong("tracking.file_not_track"))
    yield Case("picture.gpx", b"\x89PNG\r\n\x1a\n" + bytes(100), Wrong("tracking.file_not_track"))
    yield Case("zeros.gpx", bytes(4096), Wrong("tracking.file_not_track"))
    yield Case("line.kml", KML.format(inside="<LineString><coordinates>36,-1 36,-2</coordinates></LineString>").encode(),
               Wrong("tracking.file_without_times", "route"))  # fmt: skip


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Placemark>
<name>Ngong</name>{inside}</Placemark></Document></kml>"""


def kml_track(first: int = 0, count: int = COUNT) -> str:
    """A track as Google's KML has it."""
    when = "".join(f"<when>{at(step)}</when>" for step in range(first, first + count))
    where = "".join(
        "<gx:coord>{1:.7f} {0:.7f} 1660</gx:coord>".format(*place(step)) for step in range(first, first + count)
    )
    hearts = "".join("<gx:value>144</gx:value>" for _ in range(count))
    beats = f'<SchemaData><gx:SimpleArrayData name="heartrate">{hearts}</gx:SimpleArrayData></SchemaData>'
    return f"<gx:Track>{when}{where}<ExtendedData>{beats}</ExtendedData></gx:Track>"


@maker
def kml() -> Iterator[Case]:
    """KML with times."""
    right = Right(sport=None, heart_rate=144, title="Ngong")
    yield Case("track.kml", KML.format(inside=kml_track()).encode(), right)
    multi = f"<gx:MultiTrack>{kml_track(0, 10)}{kml_track(100, 20)}</gx:MultiTrack>"
    paused = Right(sport=None, heart_rate=144, title="Ngong", pauses=((9, 100),))
    yield Case("multi-track.kml", KML.format(inside=multi).encode(), paused)
    fewer = KML.format(inside=kml_track().replace(f"<when>{at(COUNT - 1)}</when>", "")).encode()
    short = Right(points=(COUNT - 1,), sport=None, heart_rate=144, title="Ngong", skipped=(("no_time", 1),))
    yield Case("fewer-times-than-places.kml", fewer, short)


@maker
def hostile() -> Iterator[Case]:
    """XML that attacks its reader (OWASP, XML External Entity Prevention)."""
    wrong = Wrong("tracking.file_hostile", "doctype")
    body = gpx(track(points(), about="<name>&x9;</name>"), head="").decode()
    laughs = '<!ENTITY x0 "ha">' + "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    yield Case("billion-laughs.gpx", f'<?xml version="1.0"?><!DOCTYPE gpx [{laughs}]>{body}'.encode(), wrong)
    long = f'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x9 "{"a" * 100_000}">]>'
    yield Case("quadratic.gpx", (long + body.replace("&x9;", "&x9;" * 10_000)).encode(), wrong)
    for name, target in (("file", "file:///etc/passwd"), ("http", "http://127.0.0.1:9/x"), ("expect", "expect://id")):
        entity = f'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x9 SYSTEM "{target}">]>{body}'
        yield Case(f"external-{name}.gpx", entity.encode(), wrong)
    yield Case("external-dtd.gpx", f'<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/gpx.dtd">{body}'.encode(), wrong)
    parameter = f'<!DOCTYPE gpx [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>{body}'
    yield Case("parameter-entity.gpx", parameter.encode(), wrong)
    sixteen = f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE gpx [{laughs}]>{body}'.encode("utf-16")
    yield Case("laughs-in-utf-16.gpx", sixteen, wrong)
    yield Case("empty-doctype.gpx", f"<!DOCTYPE gpx>{body.replace('&x9;', '')}".encode(), wrong)
    deep = b"<gpx>" + b"<a>" * 500_000
    yield Case("deep.gpx", deep, Wrong("tracking.file_hostile", "too_deep"))
    inside = gpx(track(points(0, 1, inner="<x>" * 500 + "</x>" * 500)))
    yield Case("deep-in-a-point.gpx", inside, Wrong("tracking.file_hostile", "too_deep"))
    many = "".join(f' a{n}="{n}"' for n in range(50_000))
    yield Case("many-attributes.gpx", gpx(track(points()).replace("<trkseg>", f"<trkseg{many}>")), Right())
    yield Case("long-name.gpx", gpx(track(points(), about=f"<name>{'x' * 2_000_000}</name><type>running</type>")),
               Right(title="x" * 200))  # fmt: skip
