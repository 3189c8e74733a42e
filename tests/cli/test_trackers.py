"""`pp track link`, `links` and `unlink`."""

from tests.cli.conftest import Pp
from tests.conftest import new_phone


def test_an_address_is_made_listed_and_taken_back(pp: Pp, slug: str) -> None:
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    made = pp("track", "link", "traccar", "--member", phone, "--label", "My Tecno", "--format", "json").json
    assert made["setting"] == made["address"]
    assert "/t/" in made["address"]
    assert made["address"] in " ".join(made["steps"])
    (listed,) = pp("track", "links", phone, "--format", "json").json["items"]
    assert (listed["app"], listed["label"], listed["points"], listed["revoked_at"]) == ("traccar", "My Tecno", 0, None)
    assert pp("track", "unlink", listed["id"]).code == 0
    (gone,) = pp("track", "links", phone, "--format", "json").json["items"]
    assert gone["revoked_at"] is not None


def test_the_steps_are_told_beside_the_address(pp: Pp, slug: str) -> None:
    phone = new_phone()
    assert pp("member", "add", "Amina Wanjiru", phone).code == 0
    ran = pp("track", "link", "owntracks", "--member", phone)
    assert ran.code == 0, ran
    assert "/t/" in ran.out
    assert "1. Open OwnTracks" in ran.err
    assert pp("track", "link", "pigeon", "--member", phone).code != 0
