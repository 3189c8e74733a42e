"""Plans, memberships and visits."""

from pp_api.routing import Routes
from pp_core.memberships.operations import (
    CancelMembership,
    CheckIn,
    CreatePlan,
    FindAtDesk,
    GetVisits,
    ListMemberships,
    ListPlans,
    ListVisits,
    RetirePlan,
    SellMembership,
    ShowDesk,
    ShowDoorCode,
    ShowMemberCard,
)

routes = Routes("Memberships")
routes.get("/plans", ListPlans)
routes.post("/plans", CreatePlan, status=201)
routes.post("/plans/{code}/retire", RetirePlan)
routes.get("/members/{member}/memberships", ListMemberships)
routes.post("/members/{member}/memberships", SellMembership, status=201)
routes.get("/me/memberships", ListMemberships, without=["member"])
routes.post("/memberships/{membership_id}/cancel", CancelMembership)
routes.get("/visits", ListVisits)
routes.post("/visits", CheckIn, status=201)
routes.post("/door-codes", ShowDoorCode)
routes.get("/desk", ShowDesk)
routes.get("/desk/people", FindAtDesk)
routes.get("/desk/visits", GetVisits)
routes.get("/members/{member}/card", ShowMemberCard)
