"""Members and staff of the gym acted in."""

from pp_api.routing import Routes
from pp_core.tenants.operations import (
    AddMember,
    AssignRoles,
    CheckPin,
    GetMember,
    ImportMembers,
    InviteStaff,
    ListMembers,
    ListStaff,
    SetLanguage,
    SetPin,
    UnlockStaff,
    UpdateMember,
)

routes = Routes("People")
routes.get("/members", ListMembers)
routes.post("/members", AddMember, status=201, location="/members/{0.id}")
routes.post("/members/import", ImportMembers)
routes.get("/members/{member}", GetMember)
routes.patch("/members/{member}", UpdateMember)
routes.put("/members/{member}/pin", SetPin)
routes.get("/me/member", GetMember, without=["member"])
routes.put("/me/language", SetLanguage)
routes.put("/me/pin", SetPin, without=["member"])
routes.post("/me/pin/check", CheckPin)
routes.get("/staff", ListStaff)
routes.post("/staff/invitations", InviteStaff, status=201)
routes.put("/staff/{person_id}/roles", AssignRoles)
routes.post("/staff/{person_id}/unlock", UnlockStaff)
