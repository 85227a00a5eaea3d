"""Profiles that are deleted: what goes with them, what stays, what a person is told before."""

import os
from pathlib import Path

import pytest

from replicate_tui.core import config_file, credentials, profiles
from replicate_tui.core.config_writing import NotWritten
from replicate_tui.core.profiles import can_be_deleted, delete, deletion
from replicate_tui.core.settings import Flags, ReadOnly, load

WRITTEN = """\
# of mine
[profiles.lab]   # at work
base_url = "https://lab.example.com"
# shares the host
[profiles.work]
[profiles.other]
base_url = "https://lab.example.com:8443"
[profiles.far]
base_url = "https://far.example.com"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(WRITTEN)
    hosts = tmp_path / "xdg" / "replicate" / "hosts"
    hosts.parent.mkdir(parents=True)
    hosts.write_text("".join(f"{host}:\n  token: r8_{host}\n" for host in ("lab.example.com", "far.example.com")))
    return {"REPLICATE_TUI_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "xdg")}


def test_a_profile_goes_with_the_token_that_nobody_else_uses(environ: dict[str, str]) -> None:
    settings = load(Flags(), environ)
    config = config_file.read(settings.folders.config_file)
    shared, far = (deletion(settings, config, name, environ) for name in ("lab", "far"))
    assert (shared.forgets, far.forgets) == ("", "https://far.example.com")
    assert deletion(settings, config, "work", environ).forgets == ""
    left = delete(settings, far, environ)
    assert left.token_stays == ""
    assert set(left.config.profiles) == {"lab", "work", "other"}
    assert not credentials.is_kept("https://far.example.com", environ)
    delete(settings, shared, environ)
    assert credentials.is_kept("https://lab.example.com", environ)
    text = settings.folders.config_file.read_text()
    assert text.startswith("# of mine\n# shares the host\n[profiles.work]\n")


@pytest.mark.parametrize("flag", [True, False], ids=["--base-url", "environment"])
def test_the_token_of_a_host_that_is_used_without_a_profile_stays(environ: dict[str, str], *, flag: bool) -> None:
    address = "https://far.example.com:8443"
    if not flag:
        environ["REPLICATE_BASE_URL"] = address
    settings = load(Flags(base_url=address if flag else None), environ)
    what = deletion(settings, config_file.read(settings.folders.config_file), "far", environ)
    assert what.forgets == ""


def test_what_follows_is_said_before(environ: dict[str, str]) -> None:
    environ["REPLICATE_TUI_PROFILE"] = "far"
    settings = load(Flags(), environ)
    settings.profile_folder.mkdir(parents=True)
    config = config_file.read(settings.folders.config_file)
    told = " ".join(deletion(settings, config, "far", environ).sentences())
    for words in ("The token of far.example.com goes", f"stay in {settings.profile_folder}", "goes over to default"):
        assert words in told
    assert "REPLICATE_TUI_PROFILE names it" in told
    assert list(deletion(settings, config, "work", environ).sentences()) == ["Its lines in config.toml go."]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folders")
def test_what_follows_is_said_of_any_name_in_one_clean_line(environ: dict[str, str]) -> None:
    settings = load(Flags(), environ)
    name = "far\x1b[31m\nand wide"
    config = config_file.parse('[profiles."far\\u001b[31m\\nand wide"]\nbase_url = "https://far.example.com"\n')
    (settings.folders.data / "profiles" / name).mkdir(parents=True)
    told = list(deletion(settings, config, name, environ).sentences())
    assert len(told) == 3
    assert all(line.isprintable() for line in told)


def test_only_profiles_of_ones_own_can_be_deleted_and_not_when_read_only(environ: dict[str, str]) -> None:
    settings = load(Flags(read_only=True), environ)
    config = config_file.read(settings.folders.config_file)
    assert [name for name in profiles.profile_names(config) if not can_be_deleted(config, name)] == ["local", "default"]
    with pytest.raises(ReadOnly):
        delete(settings, deletion(settings, config, "far", environ), environ)
    assert settings.folders.config_file.read_text() == WRITTEN


def test_the_token_stays_where_the_file_cannot_be_changed(environ: dict[str, str]) -> None:
    settings = load(Flags(), environ)
    what = deletion(settings, config_file.read(settings.folders.config_file), "far", environ)
    settings.folders.config_file.write_text("theme = ")
    with pytest.raises(NotWritten):
        delete(settings, what, environ)
    assert credentials.is_kept("https://far.example.com", environ)


def test_a_token_that_cannot_be_forgotten_is_told_of_a_profile_that_is_gone(environ: dict[str, str]) -> None:
    settings = load(Flags(), environ)
    what = deletion(settings, config_file.read(settings.folders.config_file), "far", environ)
    credentials.hosts_file(environ).write_text("- no hosts")
    left = delete(settings, what, environ)
    assert "is no list of hosts" in left.token_stays
    assert "far" not in left.config.profiles
    assert "far" not in settings.folders.config_file.read_text()
