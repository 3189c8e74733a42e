"""Gyms: the platform's list of them, and the one acted in."""

from pp_api.routing import Routes
from pp_core.tenants.operations import (
    AddBranch,
    ConnectChannel,
    DisconnectChannel,
    GetGym,
    ListBranches,
    ListChannels,
    ListGyms,
    OnboardGym,
    SetGymStatus,
)

routes = Routes("Gyms")
routes.get("/gyms", ListGyms)
routes.post("/gyms", OnboardGym, status=201)
routes.put("/gyms/{gym_id}/status", SetGymStatus)
routes.get("/gym", GetGym)
routes.get("/gym/branches", ListBranches)
routes.post("/gym/branches", AddBranch, status=201)
routes.get("/gym/channels", ListChannels)
routes.post("/gym/channels", ConnectChannel, status=201)
routes.delete("/gym/channels/{channel_id}", DisconnectChannel)
