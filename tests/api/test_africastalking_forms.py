"""Africa's Talking callbacks read into facts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pp_api.webhooks.africastalking import (
    CallbackError,
    CallbackFieldInvalidError,
    CallbackFieldMissingError,
    DeliveryReport,
    IncomingSms,
    OptOut,
    parse_delivery_report,
    parse_incoming,
    parse_opt_out,
)

INCOMING = {
    "linkId": "28a92cdf-2d63-4ee3-93df-4233d3de0356",
    "text": " squat 5x5 100 ",
    "to": "20880",
    "id": "b68d0989-d856-494f-92ee-7c439e96e1d9",
    "date": "2017-05-03T06:04:45Z",
    "from": "+254711082010",
    "networkCode": "63902",
}
REPORT = {
    "id": "ATXid_1",
    "status": "Failed",
    "phoneNumber": "+254711082010",
    "networkCode": "63902",
    "retryCount": "2",
    "failureReason": "UserInBlackList",
}


def test_incoming() -> None:
    assert parse_incoming(INCOMING) == IncomingSms(
        gateway_id="b68d0989-d856-494f-92ee-7c439e96e1d9",
        sender="+254711082010",
        to="20880",
        text=" squat 5x5 100 ",
        link_id="28a92cdf-2d63-4ee3-93df-4233d3de0356",
        sent_at=datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC),
        network_code="63902",
    )


@pytest.mark.parametrize(
    "date",
    ["2017-05-03T06:04:45Z", "2017-05-03 06:04:45", "2017-05-03T06:04:45.000Z", "2017-05-03T09:04:45+03:00"],
)
def test_every_spelling_of_the_date_is_the_same_moment(date: str) -> None:
    assert parse_incoming({**INCOMING, "date": date}).sent_at == datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)


@pytest.mark.parametrize("sender", ["+254711082010", "254711082010", " 254711082010", "0711082010", "+254 711 082010"])
def test_the_sender_is_e164(sender: str) -> None:
    assert parse_incoming({**INCOMING, "from": sender}).sender == "+254711082010"


def test_a_blank_text_and_no_link_are_fine() -> None:
    form = {**INCOMING, "text": "", "linkId": ""}
    del form["networkCode"]
    sms = parse_incoming(form)
    assert (sms.text, sms.link_id, sms.network_code) == ("", None, None)


@pytest.mark.parametrize("field", ["text", "to", "id", "date", "from"])
def test_a_missing_field_is_named(field: str) -> None:
    with pytest.raises(CallbackFieldMissingError) as error:
        parse_incoming({name: value for name, value in INCOMING.items() if name != field})
    assert error.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("date", "yesterday"), ("from", "SAFARICOM"), ("from", "+2547"), ("date", "0001-01-01T00:00:00+14:00")],
)
def test_a_field_that_makes_no_sense_is_named(field: str, value: str) -> None:
    with pytest.raises(CallbackFieldInvalidError) as error:
        parse_incoming({**INCOMING, field: value})
    assert (error.value.field, error.value.value) == (field, value)


def test_delivery_report() -> None:
    assert parse_delivery_report(REPORT) == DeliveryReport(
        gateway_id="ATXid_1",
        status="Failed",
        final=True,
        phone="+254711082010",
        reason="UserInBlackList",
        retry_count=2,
        network_code="63902",
    )


@pytest.mark.parametrize(
    ("word", "status", "final"),
    [
        ("Sent", "Sent", False),
        ("Submitted", "Submitted", False),
        ("Buffered", "Buffered", False),
        ("Success", "Success", True),
        ("success", "Success", True),
        ("Failed", "Failed", True),
        ("Rejected", "Rejected", True),
        ("Expired", "Expired", True),
        ("AbsentSubscriber", "AbsentSubscriber", False),
        ("Teleported", "Teleported", False),
    ],
)
def test_statuses(word: str, status: str, final: bool) -> None:
    report = parse_delivery_report({**REPORT, "status": word})
    assert (report.status, report.final, report.delivered) == (status, final, status == "Success")


def test_a_report_needs_only_what_says_which_message_and_how_it_is() -> None:
    report = parse_delivery_report(
        {"id": "ATXid_1", "status": "Success", "phoneNumber": "+254711082010", "failureReason": "None"}
    )
    assert (report.reason, report.retry_count, report.network_code) == (None, None, None)
    for field in ("id", "status", "phoneNumber"):
        with pytest.raises(CallbackFieldMissingError) as error:
            parse_delivery_report({name: value for name, value in REPORT.items() if name != field})
        assert error.value.field == field
    with pytest.raises(CallbackFieldInvalidError):
        parse_delivery_report({**REPORT, "retryCount": "twice"})


def test_opt_out() -> None:
    assert parse_opt_out({"senderId": "IRONGYM", "phoneNumber": "254711082010"}) == OptOut("IRONGYM", "+254711082010")
    with pytest.raises(CallbackFieldMissingError):
        parse_opt_out({"phoneNumber": "+254711082010"})


@given(
    st.dictionaries(
        st.sampled_from(["id", "from", "to", "text", "date", "status", "phoneNumber", "retryCount"]), st.text()
    )
)
def test_whatever_arrives_is_read_or_refused_by_field(form: dict[str, str]) -> None:
    named: list[str] = []
    for parse in (parse_incoming, parse_delivery_report, parse_opt_out):
        try:
            parse(form)
        except CallbackError as error:
            named.append(error.field)
    assert all(named)
