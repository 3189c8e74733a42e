"""The audit trail."""

from pp_api.routing import Routes
from pp_core.audit.operations import ListAudit

routes = Routes("Audit")
routes.get("/audit", ListAudit)
