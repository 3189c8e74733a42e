"""Signing in and out, and one's own login."""

from pp_api.routing import Routes
from pp_core.identity.operations import (
    ChangePassword,
    GetProfile,
    GrantPlatform,
    ListDevices,
    RefreshSession,
    RequestPasswordReset,
    RequestVerification,
    ResetPassword,
    RevokeDevice,
    SignIn,
    SignOut,
    SignOutEverywhere,
    UpdateProfile,
    VerifyContact,
)
from pp_core.tenants.operations import AcceptInvitation

routes = Routes("Sign-in")
routes.post("/auth/sign-in", SignIn)
routes.post("/auth/refresh", RefreshSession)
routes.post("/auth/sign-out", SignOut)
routes.post("/auth/sign-out-everywhere", SignOutEverywhere)
routes.post("/auth/invitations/accept", AcceptInvitation)
routes.post("/auth/password-resets", RequestPasswordReset)
routes.post("/auth/password-resets/confirm", ResetPassword)
routes.post("/platform/administrators", GrantPlatform)
routes.get("/me", GetProfile)
routes.patch("/me", UpdateProfile)
routes.put("/me/password", ChangePassword)
routes.get("/me/devices", ListDevices)
routes.delete("/me/devices/{session_id}", RevokeDevice)
routes.post("/me/verifications", RequestVerification)
routes.post("/me/verifications/confirm", VerifyContact)
