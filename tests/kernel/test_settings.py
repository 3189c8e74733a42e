"""Settings: a value that cannot be used is named, with what would do."""

import pytest

from pp_core.kernel.settings import FileSettings, SettingError, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PP_PORT", "99999"),
        ("PP_PORT", "²"),
        ("PP_POOL_SIZE", "0"),
        ("PP_RATE_STANDARD", "²/minute"),
        ("PP_RATE_STANDARD", "5/0minute"),
        ("PP_TELEGRAM_TOKEN", "pulse_gym_bot"),
        ("PP_TELEGRAM_SECRET", "open sesame"),
        ("PP_TELEGRAM_SECRET", "x" * 257),
        ("PP_TELEGRAM_WEBHOOK_URL", "gym.example"),
        ("PP_TELEGRAM_BASE_URL", "api.telegram.org"),
    ],
)
def test_an_unusable_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize(
    "tiles",
    [
        "OpenStreetMap",
        "https://tiles.example/{z}/{x}.png",
        "https://tiles.example/{z}/{x}/{y}/{key}.png",
        "ftp://tiles.example/{z}/{x}/{y}.png",
        "//tiles.example/{z}/{x}/{y}.png",
        "https://{z}.tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png; script-src *",
        "https://tiles.example/{z}/{x}/{y}.png'",
        "https://user@tiles.example/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
    ],
)
def test_tiles_from_nowhere_are_refused(tiles: str) -> None:
    with pytest.raises(SettingError, match="PP_MAP_TILES"):
        Settings.from_environment({"PP_MAP_TILES": tiles, "PP_MAP_ATTRIBUTION": "Somebody"})


def test_tiles_of_somebody_need_their_name() -> None:
    own = "http://tiles.local:8081/styles/{z}/{x}/{y}{r}.png?key=1"
    with pytest.raises(SettingError, match="PP_MAP_ATTRIBUTION is missing"):
        Settings.from_environment({"PP_MAP_TILES": own})
    maps = Settings.from_environment(
        {"PP_MAP_TILES": own, "PP_MAP_ATTRIBUTION": "Kenya Maps", "PP_MAP_MAX_ZOOM": "17"}
    ).maps
    assert (maps.tiles, maps.attribution, maps.max_zoom) == (own, "Kenya Maps", 17)
    with pytest.raises(SettingError, match="PP_MAP_ATTRIBUTION names"):
        Settings.from_environment({"PP_MAP_ATTRIBUTION": "Kenya Maps"})
    with pytest.raises(SettingError, match="PP_MAP_MAX_ZOOM"):
        Settings.from_environment({"PP_MAP_MAX_ZOOM": "99"})


def test_tiles_are_openstreetmaps_or_none() -> None:
    assert [Settings.from_environment({"PP_MAP_TILES": each}).maps.tiles for each in ("", "OSM", "none")] == [
        "osm",
        "osm",
        "none",
    ]


def test_a_wrong_token_is_not_quoted() -> None:
    with pytest.raises(SettingError) as told:
        Settings.from_environment({"PP_TELEGRAM_TOKEN": "7000000001 AAFsecret"})
    assert "AAFsecret" not in str(told.value)


def test_limits_of_files_follow_from_three_settings() -> None:
    files = Settings.from_environment(
        {"PP_FILE_UPLOAD_MB": "5", "PP_FILE_CPU_SECONDS": "2", "PP_FILE_MEMORY_MB": "64"}
    ).files
    assert (files.upload_mb, files.cpu_s, files.all_cpu_s, files.wall_s, files.memory_mb) == (5, 2, 12, 6, 64)
    assert Settings.from_environment({}).files == FileSettings()
    with pytest.raises(SettingError, match="PP_FILE_MEMORY_MB"):
        Settings.from_environment({"PP_FILE_MEMORY_MB": "10"})


@pytest.mark.parametrize(
    "address",
    [
        "osrm.local:5000",
        "ftp://osrm.local",
        "http://osrm.local/match?key=1",
        "http://osrm.local/{sport}",
        "http://{profile}.local",
    ],
)
def test_streets_of_nowhere_are_refused(address: str) -> None:
    with pytest.raises(SettingError, match="PP_MAP_MATCHING_URL"):
        Settings.from_environment({"PP_MAP_MATCHING_URL": address})


def test_nobody_is_asked_for_streets_unless_an_address_is_set() -> None:
    assert Settings.from_environment({}).maps.matching_url == ""
    maps = Settings.from_environment(
        {"PP_MAP_MATCHING_URL": "https://maps.example/routed-{profile}/", "PP_MAP_MATCHING_POINTS": "50"}
    ).maps
    assert (maps.tiles, maps.matching_url, maps.matching_points) == ("osm", "https://maps.example/routed-{profile}", 50)
    with pytest.raises(SettingError, match="PP_MAP_MATCHING_POINTS"):
        Settings.from_environment({"PP_MAP_MATCHING_POINTS": "5"})
