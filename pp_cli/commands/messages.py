"""`pp message`: texts that went out, and those not understood."""

from pp_cli.binding import command, group
from pp_core.notifications.operations import ListMessages, ListUnread, SendMessage

MESSAGE = "created_at recipient status parts text reason"

app = group("See and send texts.")
app.command("list")(command(ListMessages, columns=MESSAGE))
app.command("send")(command(SendMessage, arguments=["member", "text"], words="text", columns=MESSAGE))
app.command("unread")(command(ListUnread, columns="received_at sender text"))
