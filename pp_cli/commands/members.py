"""`pp member`: adding, importing, finding and changing members."""

from pp_cli.binding import command, group
from pp_cli.commands.imports import import_file
from pp_cli.commands.memberships import card
from pp_core.tenants.operations import AddMember, GetMember, ListMembers, SetLanguage, SetPin, UpdateMember

ROW = "code name phone email language joined_on status"
FULL = f"{ROW} roles has_pin has_login consented id"

app = group("Add, import, find and change members.")
app.command("add")(command(AddMember, arguments=["name", "phone"], columns=FULL))
app.command("import")(import_file)
app.command("list")(command(ListMembers, arguments=["search"], columns=ROW))
app.command("show")(command(GetMember, arguments=["member"], columns=FULL))
app.command("card")(card)
app.command("update")(command(UpdateMember, arguments=["member"], columns=FULL))
app.command("set-pin")(command(SetPin, arguments=["member"]))
app.command("language")(command(SetLanguage, arguments=["language"]))
