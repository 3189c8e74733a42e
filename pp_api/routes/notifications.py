"""Messages that went out, and texts that were not understood."""

from pp_api.routing import Routes
from pp_core.notifications.operations import ListMessages, ListUnread, SendMessage

routes = Routes("Messages")
routes.get("/messages", ListMessages)
routes.post("/messages", SendMessage, status=201)
routes.get("/texts/unread", ListUnread)
