"""`pp track`."""

from pp_cli.binding import group
from pp_cli.commands import places
from pp_cli.commands.activities import (
    board,
    delete,
    edit,
    flags,
    list_activities,
    pause,
    records,
    resume,
    review,
    show_activity,
    start,
    stop,
)
from pp_cli.commands.files import export, import_files, original
from pp_cli.commands.maps import draw
from pp_cli.commands.tiles import tiles
from pp_cli.commands.trackers import link, links, log, unlink

track = group("Record, read, judge and draw activities outdoors.")
track.command("list")(list_activities)
track.command("show")(show_activity)
track.command("board")(board)
track.command("records")(records)
track.command("start")(start)
track.command("pause")(pause)
track.command("resume")(resume)
track.command("stop")(stop)
track.command("edit")(edit)
track.command("delete")(delete)
track.command("flags")(flags)
track.command("review")(review)
track.command("import")(import_files)
track.command("export")(export)
track.command("original")(original)
track.command("map")(draw)
track.command("tiles")(tiles)
track.command("log")(log)
track.command("link")(link)
track.command("links")(links)
track.command("unlink")(unlink)
track.command("share")(places.share)
track.command("shares")(places.shares)
track.command("unshare")(places.unshare)
track.command("search")(places.search)
track.command("heat")(places.heat)
track.command("leaderboard")(places.leaderboard)
track.add_typer(places.zones, name="zones")
track.add_typer(places.geofence, name="geofence")
track.add_typer(places.segments, name="segments")
track.add_typer(places.routes, name="routes")
