"""Settings and tokens: which source wins, and what cannot be used."""

from pathlib import Path

import pytest

from replicate_tui.core.keeping.archive_settings import ArchiveSettings
from replicate_tui.core.settings import (
    LOCAL_TOKEN,
    Flags,
    NoToken,
    SettingsError,
    load,
    normal_base_url,
    private_folder,
)
from replicate_tui.core.watching.notice_settings import NoticeSettings


def environ(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"REPLICATE_TUI_HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "xdg"), **variables}


def write_config(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)


def write_hosts(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "xdg" / "replicate"
    folder.mkdir(parents=True)
    (folder / "hosts").write_text(text)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://api.replicate.com", "https://api.replicate.com"),
        ("https://api.replicate.com/v1", "https://api.replicate.com"),
        ("https://api.replicate.com/v1/", "https://api.replicate.com"),
        (" http://127.0.0.1:5000/ ", "http://127.0.0.1:5000"),
        ("https://proxy.example.com/replicate/v1", "https://proxy.example.com/replicate"),
    ],
)
def test_a_base_url_is_taken_with_or_without_v1(given: str, normal: str) -> None:
    assert normal_base_url(given) == normal


@pytest.mark.parametrize("given", ["", "replicate.com", "ftp://x", "https://", "http://x:99999", "https://me:pw@x.com"])
def test_a_base_url_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="base URL"):
        normal_base_url(given)


def test_flag_beats_environment_beats_config_beats_default(tmp_path: Path) -> None:
    write_config(tmp_path, 'base_url = "https://config.example.com"\n')
    assert load(Flags(), environ(tmp_path)).base_url == "https://config.example.com"
    variables = environ(tmp_path, REPLICATE_BASE_URL="https://env.example.com/v1")
    assert load(Flags(), variables).base_url == "https://env.example.com"
    assert load(Flags(base_url="https://flag.example.com"), variables).base_url == "https://flag.example.com"
    assert load(Flags(), environ(tmp_path / "other")).base_url == "https://api.replicate.com"


def test_the_token_of_the_environment_is_trimmed_of_blanks_and_quotes(tmp_path: Path) -> None:
    settings = load(Flags(), environ(tmp_path, REPLICATE_API_TOKEN=' "r8_abc"\n'))
    assert settings.token == "r8_abc"
    assert settings.token_source == "REPLICATE_API_TOKEN"


def test_the_official_command_lines_login_is_found_for_its_host_only(tmp_path: Path) -> None:
    write_hosts(tmp_path, "api.replicate.com:\n  token: r8_from_hosts\n")
    settings = load(Flags(), environ(tmp_path))
    assert settings.token == "r8_from_hosts"
    assert settings.token_source.endswith("hosts")
    elsewhere = load(Flags(base_url="https://other.example.com"), environ(tmp_path))
    assert elsewhere.token is None


def test_a_broken_hosts_file_is_told_without_quoting_it(tmp_path: Path) -> None:
    write_hosts(tmp_path, "api.replicate.com: {token: r8_secret")
    with pytest.raises(SettingsError) as told:
        load(Flags(), environ(tmp_path))
    assert "hosts" in str(told.value)
    assert "r8_secret" not in str(told.value)


def test_without_a_token_the_sentence_says_how_to_get_in(tmp_path: Path) -> None:
    with pytest.raises(NoToken, match=r"REPLICATE_API_TOKEN.*--local"):
        load(Flags(), environ(tmp_path)).require_token()


def test_local_beats_the_environment(tmp_path: Path) -> None:
    variables = environ(tmp_path, REPLICATE_API_TOKEN="r8_real", REPLICATE_BASE_URL="https://env.example.com")
    settings = load(Flags(local=True, base_url="https://flag.example.com"), variables)
    assert (settings.host, settings.token, settings.profile) == ("local", LOCAL_TOKEN, "local")
    assert settings.base_url == ""


def test_each_profile_has_its_own_history(tmp_path: Path) -> None:
    write_config(tmp_path, "[profiles.work]\n")
    work = load(Flags(profile="work"), environ(tmp_path))
    home = load(Flags(), environ(tmp_path))
    assert work.database_file != home.database_file


def test_a_profile_that_nobody_named_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no profile 'wrok'.*\[profiles\.wrok\]"):
        load(Flags(profile="wrok"), environ(tmp_path))


@pytest.mark.parametrize("name", ["../up", "a/b", "", "local", "." * 3, "x" * 80])
def test_a_profile_name_that_could_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="profile"):
        load(Flags(profile=name or "/"), environ(tmp_path))


def test_a_profile_may_name_its_own_address(tmp_path: Path) -> None:
    write_config(tmp_path, '[profiles.lab]\nbase_url = "https://lab.example.com/v1"\n')
    assert load(Flags(profile="lab"), environ(tmp_path)).host == "lab.example.com"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("base_url = 3\n", "base_url must be text"),
        ("keys = 3\n", "[keys]"),
        ("[keys]\nrun = 5\n", "[keys]"),
        ("profiles = []\n", "profiles"),
        ("not toml at all [\n", "config.toml"),
        ("archive = true\n", "[archive]"),
        ('[archive]\nenabled = "yes"\n', "archive.enabled must be true or false"),
        ("[archive]\nfolder = 3\n", "archive.folder must be a folder in quotes"),
        ('[archive]\nfolder = " "\n', "archive.folder must be a folder in quotes"),
        ('[archive]\nfolder = "kept/runs"\n', "archive.folder is 'kept/runs': give the whole path"),
        ('[archive]\nfolder = "~no-such-user-here/runs"\n', "archive.folder"),
        ('[archive]\nafter = "rclone copy"\n', "archive.after must be a list of texts"),
        ('[archive]\nafter = ["rclone", 3]\n', "archive.after must be a list of texts"),
        ('[archive]\nafter = [" ", "copy"]\n', "archive.after must begin with the name of a program"),
    ],
)
def test_a_config_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, named: str) -> None:
    write_config(tmp_path, text)
    with pytest.raises(SettingsError) as told:
        load(Flags(), environ(tmp_path))
    assert named in str(told.value)


def test_an_unknown_setting_is_a_warning(tmp_path: Path) -> None:
    write_config(tmp_path, 'colour = "blue"\n')
    (warning,) = load(Flags(), environ(tmp_path)).warnings
    assert "'colour'" in warning


def test_how_runs_are_kept_is_set_in_its_own_table(tmp_path: Path) -> None:
    unset = load(Flags(), environ(tmp_path))
    assert unset.archive == ArchiveSettings(enabled=True, folder=None, after=())
    assert unset.runs_folder == unset.profile_folder / "runs"
    write_config(tmp_path, '[archive]\nenabled = false\nfolder = "~/kept"\nafter = ["rclone", "copy", "{folder}"]\n')
    for flags in (Flags(), Flags(local=True)):
        settings = load(flags, environ(tmp_path))
        assert settings.archive.enabled is False
        assert settings.archive.after == ("rclone", "copy", "{folder}")
        assert settings.runs_folder == Path.home() / "kept"


def test_a_folder_for_runs_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    write_config(tmp_path, f"[archive]\nfolder = '{tmp_path / 'file'}'\n")
    with pytest.raises(SettingsError, match=r"archive\.folder.*not a folder"):
        load(Flags(), environ(tmp_path))


def test_an_unknown_setting_of_the_archive_is_a_warning(tmp_path: Path) -> None:
    write_config(tmp_path, '[archive]\nbefore = ["x"]\n')
    (warning,) = load(Flags(), environ(tmp_path)).warnings
    assert "'archive.before'" in warning


def test_a_token_is_not_in_what_settings_show_of_themselves(tmp_path: Path) -> None:
    assert "r8_abc" not in repr(load(Flags(), environ(tmp_path, REPLICATE_API_TOKEN="r8_abc")))


def test_folders_are_made_for_the_user_alone(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o077 == 0
    assert made.parent.stat().st_mode & 0o077 == 0


def test_how_the_end_of_a_long_run_is_told_is_set_in_its_own_table(tmp_path: Path) -> None:
    assert load(Flags(), environ(tmp_path)).notices == NoticeSettings(30.0, "title")
    write_config(tmp_path, '[notices]\nafter = 5\nhow = "bell"\nwhen = 3\n')
    settings = load(Flags(), environ(tmp_path))
    assert settings.notices == NoticeSettings(5.0, "bell")
    assert [warning for warning in settings.warnings if "notices.when" in warning]


def test_a_lifetime_for_every_run_may_be_set(tmp_path: Path) -> None:
    assert load(Flags(), environ(tmp_path)).lifetime is None
    write_config(tmp_path, 'lifetime = "1h30m"\n')
    assert load(Flags(), environ(tmp_path)).lifetime == "1h30m"
    assert load(Flags(local=True), environ(tmp_path)).lifetime == "1h30m"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('lifetime = "soon"', "lifetime"),
        ("lifetime = 5", "lifetime"),
        ("notices = 3", "notices"),
        ('[notices]\nhow = "shout"', "notices.how"),
        ("[notices]\nafter = -1", "notices.after"),
        ("[notices]\nafter = true", "notices.after"),
        ("[notices]\nafter = nan", "notices.after"),
    ],
)
def test_a_notice_or_lifetime_that_cannot_be_is_named(tmp_path: Path, text: str, named: str) -> None:
    write_config(tmp_path, text + "\n")
    with pytest.raises(SettingsError, match=named) as refused:
        load(Flags(), environ(tmp_path))
    assert "config.toml" in str(refused.value)
