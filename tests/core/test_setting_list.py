"""The lines of the settings: what they say, where that comes from, and what is typed there."""

from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.core import config_file, logins
from replicate_tui.core.account_lines import account_lines, price_words, profile_lines, read_price
from replicate_tui.core.config_writing import Change, changed
from replicate_tui.core.costs.price_settings import Price
from replicate_tui.core.setting_list import SETTINGS, Line, line_of
from replicate_tui.core.settings import Flags, Settings, load, renewed

TOKEN = "r8_never_to_be_shown"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"REPLICATE_TUI_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "REPLICATE_API_TOKEN": TOKEN}


def lines(settings: Settings, text: str) -> dict[str, Line]:
    config = config_file.parse(text)
    now = renewed(settings, config)
    return {setting.key: line_of(setting, now, config) for group in SETTINGS.values() for setting in group}


def test_each_setting_tells_its_value_and_where_that_comes_from(environ: dict[str, str]) -> None:
    plain = lines(load(Flags(), environ), "")
    assert {line.origin for line in plain.values()} == {"default"}
    said = lines(load(Flags(images="none"), environ), 'images = "kitty"\nlifetime = "1h"\n[archive]\nenabled = false\n')
    assert (said["lifetime"].value, said["lifetime"].origin) == ("1h", "config.toml")
    assert (said["archive.enabled"].value, said["archive.enabled"].origin) == ("off", "config.toml")
    assert (said["images"].value, said["images"].origin) == ("none", "--images")
    assert "was given at the start" in dict(said["images"].facts)["goes before"]


@pytest.mark.parametrize(
    "text",
    ['theme = "x"', 'images = "blocks"', 'lifetime = "1h30m"', "[budget]\ndaily = 2.5", "[notices]\nafter = 7.0",
     '[notices]\nhow = "off"', "[archive]\nenabled = false", '[archive]\nfolder = "/x y"',
     '[archive]\nafter = ["a b", "{folder}", "c\'d"]'],
)  # fmt: skip
def test_what_is_shown_can_be_typed_and_means_the_same(environ: dict[str, str], text: str) -> None:
    config = config_file.parse(text)
    settings = renewed(load(Flags(), environ), config)
    (setting,) = [each for group in SETTINGS.values() for each in group if each.path in config.said]
    again = changed("", [Change(setting.path, setting.read(setting.shown(settings)))])
    assert replace(config_file.parse(again), said=config.said) == config
    assert setting.switches or setting.read("  ") is None


@pytest.mark.parametrize(("typed", "words"), [("much", "no number"), ("1 2", "no number")])
def test_what_is_no_number_is_told(typed: str, words: str) -> None:
    (budget,) = [each for each in SETTINGS["runs"] if each.key == "budget.daily"]
    with pytest.raises(ValueError, match=words):
        budget.read(typed)


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("0.003", Price(per_run=0.003)),
        ("$0.003 a run", Price(per_run=0.003)),
        ("0.001 per second", Price(per_second=0.001)),
        ("0.001 a second", Price(per_second=0.001)),
        ("0 s", Price(per_second=0.0)),
    ],
)
def test_prices_are_typed_as_they_are_shown(typed: str, price: Price) -> None:
    read = config_file.parse(changed("", [Change(("prices", "a/b"), read_price(typed))])).prices.named["a/b"]
    assert read == price
    again = changed("", [Change(("prices", "a/b"), read_price(price_words(price)))])
    assert config_file.parse(again).prices.named["a/b"] == price


def test_a_price_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="amount a run, or an amount a second"):
        read_price("3 a month")


def test_account_and_profiles_tell_all_but_the_token(environ: dict[str, str]) -> None:
    environ["REPLICATE_BASE_URL"] = "https://env.example.com"
    settings = load(Flags(), environ)
    config = config_file.parse('[profiles.lab]\nbase_url = "https://lab.example.com"\n[profiles]\nodd = 3\n')
    told = [*account_lines(settings, "acme", environ), *profile_lines(settings, config, environ)]
    found = {line.key: line for line in told}
    assert TOKEN not in repr(told)
    assert found["token"].value == "from the variable REPLICATE_API_TOKEN"
    assert found["host"].origin == "environment"
    assert "log_out" not in found, "there is nothing in the hosts file"
    assert found["default"].origin == "● now"
    assert found["lab"].value == "https://lab.example.com"
    assert "must be a table" in found["odd"].value
    assert "REPLICATE_BASE_URL is set" in dict(found["lab"].facts)["goes before"]


@pytest.mark.parametrize("typed", ["", " \n", "two words", "r8_ä", "r8_\x1b[31m"])
async def test_what_cannot_be_a_token_is_refused_without_being_quoted(environ: dict[str, str], typed: str) -> None:
    said = await logins.try_login(load(Flags(), environ), typed, environ)
    assert isinstance(said, str)
    assert "token" in said
    assert typed.strip() == "" or typed not in said
