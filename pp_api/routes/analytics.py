"""Reports."""

from pp_api.routing import Routes
from pp_core.analytics.operations import GetAttendance

routes = Routes("Reports")
routes.get("/reports/attendance", GetAttendance)
