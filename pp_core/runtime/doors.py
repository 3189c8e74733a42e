"""The server doors that `pp up` composes, by import string: none of them imports another, and the core imports none."""

API = "pp_api.app:create"
"""The ASGI application, as a factory `(runtime) -> app`."""

REACTIONS: dict[str, str] = {
    "notifications.text.received": "pp_bots.texts:answer",
}
"""What doors do when something happened: routing key to `async (client, payload)`."""

SIMULATORS: dict[str, str] = {"sms": "pp_bots.simulator.africastalking", "phone": "pp_bots.simulator.phone"}
"""What plays the outside world for `pp sim`."""
