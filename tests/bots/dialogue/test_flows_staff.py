"""Staff with only a phone: the desk's code, and whatever a trainer or a receptionist does for a member."""

import re

from pp_core.kernel.policy import Role
from pp_core.memberships.operations import ListVisits, SellMembership, ShowDoorCode
from pp_core.notifications.operations import ListMessages
from pp_core.tenants.operations import InviteStaff
from pp_core.workouts.operations import ListWorkouts
from tests.bots.talking import Dialler, Texter, own_code
from tests.conftest import Gym, new_phone


async def staff_phone(gym: Gym, role: Role) -> str:
    phone = new_phone()
    await gym.operator.run(InviteStaff(name="Wanjiku Kamau", phone=phone, roles=[role]))
    return phone


async def test_a_trainer_in_a_matatu_logs_for_a_member(gym: Gym) -> None:
    trainer = Texter(gym, await staff_phone(gym, Role.TRAINER))
    amina = await gym.add_member()
    answered = await trainer.say(f"{amina.code} squat 5x5 100")
    assert (answered.intent, answered.understood) == ("member", True)
    assert answered.reply == "Logged for Amina Wanjiru: Squat 5x5 100kg."
    [workout] = (await gym.operator.run(ListWorkouts(member=amina.code))).items
    assert (workout.canonical, workout.door) == ("Squat 5x5 100kg", "sms")


async def test_a_receptionist_finds_a_member_and_checks_them_in_by_ussd(gym: Gym) -> None:
    code = await own_code(gym)
    phone = Dialler(gym, await staff_phone(gym, Role.RECEPTION), code)
    amina = await gym.add_member()
    await gym.add_member("Amina Achieng")
    await gym.operator.run(SellMembership(member=amina.code, plan="MONTHLY"))
    await phone.dial()
    page = await phone.type("members")
    assert page.startswith("CON Which member?")
    page = await phone.type("amina")
    [number] = re.findall(rf"^(\d) Amina Wanjiru {amina.code}$", page, re.MULTILINE)
    page = await phone.type(number)
    assert "1 Check in" in page
    assert "Log workout" not in page, "a receptionist logs for nobody"
    assert (await phone.type("1")).startswith("END Amina Wanjiru is in")
    [visit] = (await gym.operator.run(ListVisits(member=amina.code))).items
    assert visit.door == "ussd"


async def test_the_desks_code_is_told_to_who_may_check_people_in(gym: Gym) -> None:
    shown = await gym.operator.run(ShowDoorCode())
    reception = await Texter(gym, await staff_phone(gym, Role.RECEPTION)).say("code")
    assert shown.code in (reception.reply or "")
    amina = await gym.add_member()
    assert amina.phone is not None
    for phone in (amina.phone, await staff_phone(gym, Role.TRAINER)):
        answered = await Texter(gym, phone).say("code")
        assert shown.code not in (answered.reply or "")


async def test_a_trainer_writes_to_a_member(gym: Gym) -> None:
    trainer = Texter(gym, await staff_phone(gym, Role.TRAINER))
    amina = await gym.add_member(language="sw")
    assert "Write to them" in ((await trainer.say(f"member {amina.code}")).reply or "")
    await trainer.say("write to them")
    assert (await trainer.say("See you at six!")).reply == "Sent to Amina Wanjiru."
    [message] = [one for one in (await gym.operator.run(ListMessages())).items if one.purpose == "staff"]
    assert (message.recipient, message.text) == (amina.phone, "See you at six!")


async def test_a_member_finds_nobody(gym: Gym) -> None:
    amina, brian = await gym.add_member(), await gym.add_member("Brian Otieno")
    assert amina.phone is not None
    for words in ("member Brian", f"{brian.code} squat 5x5 100", "find Brian"):
        answered = await Texter(gym, amina.phone).say(words)
        assert "Brian" not in (answered.reply or ""), words
    assert (await gym.operator.run(ListWorkouts(member=brian.code))).items == []
