"""Messages that went out and what they cost, texts that were not understood, and who wants no messages."""

from pp_api.routing import Routes
from pp_core.notifications.operations import (
    AnswerUnread,
    ListMessages,
    ListOptOuts,
    ListUnread,
    MessageCosts,
    PreviewMessage,
    RecordOptOut,
    SendMessage,
)

routes = Routes("Messages")
routes.get("/messages", ListMessages)
routes.post("/messages", SendMessage, status=201)
routes.post("/messages/preview", PreviewMessage)
routes.get("/messages/costs", MessageCosts)
routes.get("/texts/unread", ListUnread)
routes.post("/texts/unread/{text_id}/answer", AnswerUnread)
routes.get("/opt-outs", ListOptOuts)
routes.post("/opt-outs", RecordOptOut)
