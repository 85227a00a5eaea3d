"""Settings: flag, then environment, then `config.toml`, then default; and the folders on disk.

`REPLICATE_TUI_HOME` puts configuration and data under one folder of the user's choice; without it they
live where the platform wants them (platformdirs).
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from replicate_tui.core import config_file, credentials
from replicate_tui.core.config_file import DEFAULT_PROFILE, Config
from replicate_tui.core.costs.price_settings import Prices
from replicate_tui.core.image_settings import Images, is_images, refusal
from replicate_tui.core.keeping.archive_settings import ArchiveSettings
from replicate_tui.core.watching.notice_settings import NoticeSettings

DEFAULT_BASE_URL = "https://api.replicate.com"
BASE_URL_VARIABLE = "REPLICATE_BASE_URL"
PROFILE_VARIABLE = "REPLICATE_TUI_PROFILE"
LOCAL_PROFILE = "local"
LOCAL_TOKEN = "of-the-local-server"
"""Any will do; a word of everyday texts would be hidden in them."""

_PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SettingsError(Exception):
    """Something the user set cannot be used; the message names it and says what to do."""


class NoToken(SettingsError):
    """No API token was found for the host."""


class ReadOnly(SettingsError):
    """A write was asked for under `--read-only`."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where this program keeps things, for all profiles."""

    config: Path
    data: Path

    @property
    def config_file(self) -> Path:
        """The user's `config.toml`; it need not exist."""
        return self.config / "config.toml"

    @property
    def local_server(self) -> Path:
        """The local server's own folder: its state file, lock, log, database and files."""
        return self.data / "local-server"


@dataclass(frozen=True, slots=True)
class Flags:
    """The global flags of the command line; None where not given."""

    profile: str | None = None
    base_url: str | None = None
    local: bool = False
    read_only: bool = False
    images: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program was told, resolved once at start.

    `flags` are those that it came of. `token` is None when there is none: the screen offers a way in, a command ends
    with NoToken. `base_url` has no trailing slash and no `/v1`, `base_url_by_flag` tells that the command line gave
    it; in local mode it is empty until the local server is found or started. `lifetime` is the one of runs that name
    none, such as "5m". `daily_budget` is in USD, None where none is set.
    """

    folders: Folders
    flags: Flags = field(default_factory=Flags)
    profile: str = DEFAULT_PROFILE
    base_url: str = DEFAULT_BASE_URL
    base_url_by_flag: bool = False
    token: str | None = field(default=None, repr=False)
    token_source: str = ""
    local: bool = False
    read_only: bool = False
    theme: str | None = None
    images: Images = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    lifetime: str | None = None
    prices: Prices = field(default_factory=Prices)
    daily_budget: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """What remote rows are keyed by and the header shows: the API's host and port, or `local`."""
        return LOCAL_PROFILE if self.local else urlsplit(self.base_url).netloc

    @property
    def profile_folder(self) -> Path:
        """This profile's data: `history.db` and the saved runs."""
        return self.folders.data / "profiles" / self.profile

    @property
    def database_file(self) -> Path:
        """The history of this profile."""
        return self.profile_folder / "history.db"

    @property
    def runs_folder(self) -> Path:
        """Where finished runs are kept, one folder each."""
        return self.archive.folder or self.profile_folder / "runs"

    def require_token(self) -> str:
        """The token, or NoToken with a sentence that says how to get in."""
        if self.token is None:
            raise NoToken(
                f"no API token for {self.host}: set REPLICATE_API_TOKEN "
                "(replicate.com/account/api-tokens), or use --local to run models on this machine"
            )
        return self.token

    def require_writes(self, verb: str) -> None:
        """ReadOnly when `--read-only` forbids `verb` (words for the message, such as "run a model")."""
        if self.read_only:
            raise ReadOnly(f"--read-only: refused to {verb}; leave the flag out to allow it")


def load(flags: Flags, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from flags, environment and `config.toml`.

    Raises:
        SettingsError: a value cannot be used, or `config.toml` cannot be read.
    """
    folders = find_folders(environ)
    try:
        config = config_file.read(folders.config_file)
        common = _common(folders, config, flags)
        return _local(common) if flags.local else _remote(common, config, flags, environ)
    except ValueError as error:
        raise SettingsError(f"{folders.config_file}: {error}") from error


def for_profile(now: Settings, profile: str, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a profile, as its own start would find them; flags that are for any profile stay.

    Raises:
        SettingsError: there is no such profile, or a line about it cannot be used.
    """
    local = profile == LOCAL_PROFILE
    flags = replace(
        now.flags,
        local=local,
        profile=None if local else profile,
        base_url=now.flags.base_url if profile == now.profile else None,
        read_only=now.read_only,
    )
    return load(flags, environ)


def _common(folders: Folders, config: Config, flags: Flags) -> Settings:
    return renewed(Settings(folders=folders, flags=flags, read_only=flags.read_only), config)


def renewed(settings: Settings, config: Config) -> Settings:
    """The settings with what `config.toml` says now; profile, host and token stay those of the start.

    Raises:
        SettingsError: a flag cannot be used.
    """
    folders = settings.folders
    return replace(
        settings,
        theme=config.theme,
        images=_images(settings.flags.images) or config.images or "auto",
        keys=config.keys,
        archive=config.archive,
        notices=config.notices,
        lifetime=config.lifetime,
        prices=config.prices,
        daily_budget=config.daily_budget,
        warnings=tuple(f"{folders.config_file}: {warning}" for warning in config.warnings),
    )


def _images(wanted: str | None) -> Images | None:
    if wanted is None or is_images(wanted):
        return wanted
    raise SettingsError(f"--{refusal(wanted)}")


def _local(common: Settings) -> Settings:
    return replace(common, profile=LOCAL_PROFILE, base_url="", token=LOCAL_TOKEN, token_source="--local", local=True)


def _remote(common: Settings, config: Config, flags: Flags, environ: Mapping[str, str]) -> Settings:
    profile = environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE if flags.profile is None else flags.profile
    if not is_profile_name(profile):
        raise SettingsError(f"profile {profile!r}: use letters, digits, dot, dash, underscore; not 'local'")
    own = config.profile_base_url(profile)
    base_url = normal_base_url(
        environ.get(BASE_URL_VARIABLE) or own or config.base_url or DEFAULT_BASE_URL
        if flags.base_url is None
        else flags.base_url
    )
    try:
        token, source = credentials.find(base_url, environ)
    except credentials.UnreadableHosts as error:
        raise SettingsError(str(error)) from None
    return replace(
        common,
        profile=profile,
        base_url=base_url,
        base_url_by_flag=flags.base_url is not None,
        token=token,
        token_source=source,
    )


def is_profile_name(name: str) -> bool:
    """Whether a profile may be called so. `local` is the local server's."""
    return _PROFILE_NAME.fullmatch(name) is not None and name != LOCAL_PROFILE


def find_folders(environ: Mapping[str, str]) -> Folders:
    """The program's folders; nothing is created."""
    if home := environ.get("REPLICATE_TUI_HOME"):
        try:
            root = Path(home).expanduser().resolve()
        except (RuntimeError, OSError) as error:
            raise SettingsError(f"REPLICATE_TUI_HOME={home!r} cannot be used: {error}") from error
        return Folders(root / "config", root / "data")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("replicate-tui", appauthor=False)
    return Folders(dirs.user_config_path, dirs.user_data_path)


def normal_base_url(text: str) -> str:
    """A base URL without trailing slash and without `/v1` (the official clients disagree on it).

    Raises:
        SettingsError: it is not an http or https URL, or carries credentials.
    """
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise SettingsError(f"base URL {text!r}: give an http:// or https:// address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("the base URL must be a plain address: no user name, password, query or fragment")
    return url.removesuffix("/v1").rstrip("/")


def private_folder(path: Path) -> Path:
    """`path`, made if missing with mode 0700, and so its missing parents."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path
