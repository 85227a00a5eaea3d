"""The user's `config.toml`: read once, each line judged, what means nothing told."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicate_tui.core.costs import price_settings
from replicate_tui.core.costs.price_settings import Prices
from replicate_tui.core.image_settings import Images, is_images, refusal
from replicate_tui.core.keeping import archive_settings
from replicate_tui.core.keeping.archive_settings import ArchiveSettings
from replicate_tui.core.watching import notice_settings
from replicate_tui.core.watching.notice_settings import NoticeSettings

KNOWN_KEYS = frozenset(
    {"base_url", "theme", "keys", "profiles", "archive", "notices", "lifetime", "prices", "budget", "images"},
)


DEFAULT_PROFILE = "default"
"""The profile of those who name none; its address is the file's own `base_url`."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the file says for every profile, and its `profiles` as they stand there.

    `lifetime` is the one of runs that name none, such as "5m". `daily_budget` is in USD, None where none is set.
    `said` are the paths of all lines that there are, such as ("archive", "folder").
    """

    base_url: str | None = None
    theme: str | None = None
    images: Images | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    lifetime: str | None = None
    prices: Prices = field(default_factory=Prices)
    daily_budget: float | None = None
    profiles: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    said: frozenset[tuple[str, ...]] = frozenset()

    def profile_base_url(self, name: str) -> str | None:
        """The base URL of a profile, where it names one.

        Raises:
            ValueError: there is no such profile, or its lines cannot be used.
        """
        if name != DEFAULT_PROFILE and name not in self.profiles:
            raise ValueError(f"there is no profile {name!r}: name it with a line [profiles.{name}]")
        section = self.profiles.get(name, {})
        if not isinstance(section, dict):
            raise ValueError(f"[profiles.{name}] must be a table")
        return _text(section, "base_url")


def read(path: Path) -> Config:
    """What the file says; nothing when there is none.

    Raises:
        ValueError: it cannot be read, or a line of it cannot be used; the message does not name the file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
    return parse(text)


def parse(text: str) -> Config:
    """What the text of such a file says.

    Raises:
        ValueError: a line of it cannot be used.
    """
    document: dict[str, Any] = tomllib.loads(text)
    return Config(
        base_url=_text(document, "base_url"),
        theme=_text(document, "theme"),
        images=_images(document),
        keys=_keys(document.get("keys", {})),
        archive=archive_settings.read(document.get("archive", {})),
        notices=notice_settings.read(document.get("notices", {})),
        lifetime=_lifetime(document),
        prices=price_settings.read(document.get("prices", {})),
        daily_budget=price_settings.daily_budget(document.get("budget", {})),
        profiles=_profiles(document.get("profiles", {})),
        warnings=tuple(f"unknown setting {name!r} is ignored" for name in _unknown(document)),
        said=frozenset(_paths(document)),
    )


def _paths(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _paths(value, (*above, name))


def _unknown(document: Mapping[str, Any]) -> list[str]:
    known = {"archive": archive_settings.KEYS, "notices": notice_settings.KEYS, "budget": price_settings.BUDGET_KEYS}
    within = [f"{name}.{key}" for name, keys in known.items() for key in sorted({*document.get(name, {})} - {*keys})]
    return [*sorted(set(document) - KNOWN_KEYS), *within]


def _text(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} must be text in quotes")
    return value


def _images(document: Mapping[str, Any]) -> Images | None:
    images = document.get("images")
    if images is None or is_images(images):
        return images
    raise ValueError(refusal(images))


def _lifetime(document: Mapping[str, Any]) -> str | None:
    lifetime = _text(document, "lifetime")
    if lifetime is None:
        return None
    from replicate_tui.api.checks import check_duration

    try:
        check_duration(lifetime)
    except ValueError:
        raise ValueError(f'lifetime is {lifetime!r}: give a duration such as "30s", "5m" or "1h30m"') from None
    return lifetime


def _keys(table: object) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ValueError('[keys] must hold lines such as run = "f5"')
    return {str(name): str(value) for name, value in table.items()}


def _profiles(table: object) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ValueError("profiles must be tables such as [profiles.work]")
    return table
