"""Places outdoors: privacy zones, shared links, geofences, segments, routes and maps of many."""

from pp_api.routing import Routes
from pp_core.tracking.operations.geofences import ListGeofences, RemoveGeofence, SetGeofence
from pp_core.tracking.operations.privacy import AddPrivacyZone, ListPrivacyZones, RemovePrivacyZone
from pp_core.tracking.operations.routes import ListMatchedRoutes, NameRoute, ShowRoute
from pp_core.tracking.operations.search import SearchActivities, ShowHeatMap
from pp_core.tracking.operations.segments import DeleteSegment, DrawSegment, ListSegments, ShowLeaderboard
from pp_core.tracking.operations.shares import ListShares, RevokeShare, ShareActivity, ShowShared

routes = Routes("Places")
routes.get("/me/privacy-zones", ListPrivacyZones)
routes.post("/me/privacy-zones", AddPrivacyZone, status=201)
routes.delete("/me/privacy-zones/{zone_id}", RemovePrivacyZone)
routes.get("/me/shares", ListShares)
routes.post("/activities/share", ShareActivity, status=201)
routes.delete("/me/shares/{share_id}", RevokeShare)
routes.get("/shared/{token}", ShowShared)
routes.get("/geofences", ListGeofences)
routes.put("/geofences", SetGeofence)
routes.delete("/geofences/{geofence_id}", RemoveGeofence)
routes.get("/segments", ListSegments)
routes.post("/segments", DrawSegment, status=201)
routes.delete("/segments/{segment_id}", DeleteSegment)
routes.get("/segments/{segment_id}/leaderboard", ShowLeaderboard)
routes.get("/activities/search", SearchActivities)
routes.get("/activities/heat", ShowHeatMap)
routes.get("/activities/routes", ListMatchedRoutes)
routes.get("/activities/routes/{route_id}", ShowRoute)
routes.patch("/activities/routes/{route_id}", NameRoute)
