"""`pp track zones|share|shares|unshare|geofence|segments|leaderboard|search|heat|routes`: places outdoors."""

from pp_cli.binding import command, group
from pp_core.tracking.operations import (
    AddPrivacyZone,
    DeleteSegment,
    DrawSegment,
    ListGeofences,
    ListMatchedRoutes,
    ListPrivacyZones,
    ListSegments,
    ListShares,
    NameRoute,
    RemoveGeofence,
    RemovePrivacyZone,
    RevokeShare,
    SearchActivities,
    SetGeofence,
    ShareActivity,
    ShowHeatMap,
    ShowLeaderboard,
    ShowRoute,
)

SHARE = "path expires_at activity_id id"
FENCE = "branch_name lat lon radius_m dwell_s checks_in id"
SEGMENT = "name sport distance_m id"
ROUTE = "name sport distance_m times best_s last_s last_on id"

zones = group("Hide the ground around your door from everybody else.")
zones.command("add")(command(AddPrivacyZone, arguments=["name"], columns="name radius_m id"))
zones.command("list")(command(ListPrivacyZones, columns="name lat lon radius_m id"))
zones.command("remove")(command(RemovePrivacyZone, arguments=["zone_id"]))

geofence = group("Say where the branches are, and check in who stays there.")
geofence.command("set")(command(SetGeofence, columns=FENCE))
geofence.command("list")(command(ListGeofences, columns=FENCE))
geofence.command("remove")(command(RemoveGeofence, arguments=["geofence_id"]))

segments = group("Draw and list stretches of road to race on.")
segments.command("draw")(command(DrawSegment, arguments=["name"], columns=SEGMENT))
segments.command("list")(command(ListSegments, columns=SEGMENT))
segments.command("delete")(command(DeleteSegment, arguments=["segment_id"]))

routes = group("See the ways that somebody goes again and again.")
routes.command("list")(command(ListMatchedRoutes, arguments=["member"], columns=ROUTE))
routes.command("show")(
    command(ShowRoute, arguments=["route_id"], columns="on distance_m moving_s elapsed_s behind_s activity_id")
)
routes.command("name")(command(NameRoute, arguments=["route_id", "name"]))

share = command(ShareActivity, arguments=["activity_id"], columns=SHARE)
shares = command(ListShares, columns="created_at expires_at good activity_id id")
unshare = command(RevokeShare, arguments=["share_id"])
leaderboard = command(ShowLeaderboard, arguments=["segment_id"], columns="rank person_name seconds on activity_id")
search = command(SearchActivities, columns="started_at person_name sport distance_m moving_s title id")
heat = command(ShowHeatMap, columns="lat lon count")
