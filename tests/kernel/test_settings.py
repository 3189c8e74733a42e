"""Settings: a value that cannot be used is named, with what would do."""

import pytest

from pp_core.kernel.settings import SettingError, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PP_PORT", "99999"),
        ("PP_PORT", "²"),
        ("PP_POOL_SIZE", "0"),
        ("PP_RATE_STANDARD", "²/minute"),
        ("PP_RATE_STANDARD", "5/0minute"),
    ],
)
def test_an_unusable_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})
