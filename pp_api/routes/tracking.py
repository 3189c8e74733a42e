"""Activities outdoors, their points and records."""

from base64 import b64decode
from urllib.parse import quote

from pp_api.routing import Content, Routes
from pp_core.tracking.operations.activities import (
    DeleteActivity,
    EditActivity,
    ListActivities,
    ListActivityRecords,
    PauseActivity,
    ResumeActivity,
    ShowActivity,
    ShowBoard,
    StartActivity,
    StopActivity,
)
from pp_core.tracking.operations.athletes import SetAthlete, ShowAthlete
from pp_core.tracking.operations.files import (
    FILE_TYPES,
    ORIGINAL_TYPES,
    ActivityAsFile,
    ExportActivity,
    ImportActivities,
    ShowOriginalFile,
)
from pp_core.tracking.operations.maps import DrawLivePage, DrawMap, DrawThumbnail, MapPage, Thumbnail
from pp_core.tracking.operations.points import OpenTrack, UploadPoints
from pp_core.tracking.operations.profiles import ShowProfile
from pp_core.tracking.operations.review import ListFlags, ReviewFlag, ShowFlag
from pp_core.tracking.operations.tiles import DrawExploredTiles, ShowExploredTiles
from pp_core.tracking.operations.trackers import LinkTracker, ListTrackers, RevokeTracker
from pp_core.tracking.operations.typed import LogActivity, ParseActivity, RetypeActivity


def _page(drawn: MapPage) -> Content:
    policy = (b"content-security-policy", drawn.policy.encode())
    return Content("text/html; charset=utf-8", drawn.html.encode(), (policy,))


def _picture(drawn: Thumbnail) -> Content:
    body = drawn.content.encode() if drawn.media == "image/svg+xml" else b64decode(drawn.content)
    return Content(drawn.media, body)


def _file(file: ActivityAsFile) -> Content:
    named = f"attachment; filename=\"{ascii_name(file.name)}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return Content(file.media_type, file.content, ((b"content-disposition", named.encode()),))


def ascii_name(name: str) -> str:
    """A file's name for those who read no other (RFC 6266)."""
    return "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)


routes = Routes("Tracking")
routes.get("/me/athlete", ShowAthlete)
routes.put("/me/athlete", SetAthlete)
routes.get("/activities", ListActivities)
routes.post("/activities/start", StartActivity, status=201, location="/activities/{0.id}")
routes.post("/activities/pause", PauseActivity)
routes.post("/activities/resume", ResumeActivity)
routes.post("/activities/stop", StopActivity)
routes.get("/activities/live", ShowBoard)
routes.get("/activities/records", ListActivityRecords)
routes.get("/activities/track", OpenTrack)
routes.post("/activities/points", UploadPoints)
routes.get("/activities/flags", ListFlags)
routes.get("/activities/flags/{flag_id}", ShowFlag)
routes.post("/activities/flags/{flag_id}/review", ReviewFlag)
routes.post("/activities/import", ImportActivities)
routes.post("/activities", LogActivity, status=201, location="/activities/{0.activity_id}")
routes.post("/activities/parse", ParseActivity)
routes.post("/activities/retype", RetypeActivity)
routes.get("/activities/{activity_id}", ShowActivity)
routes.get("/activities/{activity_id}/profile", ShowProfile)
routes.get("/activities/{activity_id}/export", ExportActivity, content=_file, media=tuple(FILE_TYPES.values()))
routes.get("/activities/{activity_id}/file", ShowOriginalFile, content=_file, media=tuple(ORIGINAL_TYPES.values()))
routes.get("/live/{token}", DrawLivePage, prefix="", content=_page, media=("text/html",))
routes.get("/activities/{activity_id}/map", DrawMap, content=_page, media=("text/html",))
routes.get(
    "/activities/{activity_id}/thumbnail.{format}",
    DrawThumbnail,
    content=_picture,
    media=("image/svg+xml", "image/png"),
)
routes.get("/me/tiles", ShowExploredTiles)
routes.get("/me/tiles/map", DrawExploredTiles, content=_page, media=("text/html",))
routes.patch("/activities/{activity_id}", EditActivity)
routes.delete("/activities/{activity_id}", DeleteActivity)
routes.get("/trackers", ListTrackers)
routes.post("/trackers", LinkTracker, status=201)
routes.delete("/trackers/{tracker_id}", RevokeTracker)
