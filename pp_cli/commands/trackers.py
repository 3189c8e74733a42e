"""`pp track link`, `links`, `unlink` and `log`: addresses for tracker apps, and runs that nobody recorded."""

from pp_cli import output
from pp_cli.binding import command
from pp_cli.session import narrate
from pp_core.tracking.operations import LinkTracker, ListTrackers, LogActivity, RevokeTracker, TrackerLinked

LINKS = "app label sport auto_start points outside rejected rejection last_seen_at revoked_at id"


def _linked(result: TrackerLinked) -> None:
    output.show_record(result, "setting")
    for number, step in enumerate(result.steps, start=1):
        narrate(f"{number}. {step}")


link = command(LinkTracker, arguments=["app"], present=_linked)
links = command(ListTrackers, arguments=["member"], columns=LINKS)
unlink = command(RevokeTracker, arguments=["tracker_id"])
log = command(LogActivity, arguments=["text"], words="text", columns="canonical records activity_id")
