"""How the system is, for the people of a gym; `/healthz` and `/readyz` are for machines."""

from pp_api.routing import Routes
from pp_core.health.operations import ShowHealth

routes = Routes("Health")
routes.get("/health", ShowHealth)
