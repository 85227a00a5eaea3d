"""What a user means by `--cog`: a folder with a predictor, or a running Cog server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from replicate_tui.local.work.jobs import SetupFailed

PREDICTORS = ("predict.py", "run.py")
"""Files that hold a predictor by convention."""

LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class CogFolder:
    """A model's folder and, for Cog, where in it the predictor is: `predict.py:Predictor`, or a file alone."""

    path: Path
    predictor: str
    name: str


@dataclass(frozen=True, slots=True)
class CogURL:
    """The address of a running Cog server, as Cog's containers are, for all to see.

    `auth`: the name and the password that the address was given with, which nobody sees.
    """

    url: str
    name: str
    auth: tuple[str, str] | None = field(default=None, repr=False)


def source(argument: str) -> CogFolder | CogURL:
    """What `DIR`, `FILE.py` or `URL` means; each may have `NAME=` before it.

    Raises `SetupFailed` for a folder that is not there or has no predictor, and for a URL that cannot be read.
    """
    name, place = _named(argument)
    if place.lower().startswith(("http://", "https://")):
        return _server(place, name)
    path = Path(place).expanduser().resolve()
    if path.suffix == ".py" and path.is_file():
        folder, predictor = path.parent, path.name
    elif path.is_dir():
        folder, predictor = path, _predictor(path)
    else:
        raise SetupFailed(f"there is no folder {path}")
    return CogFolder(folder, predictor, name or slug(folder.name))


def slug(text: str) -> str:
    """A text as the name of a model: lower-case letters, digits and single dashes, dots, underscores."""
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-._") or "model"


def _server(place: str, name: str) -> CogURL:
    try:
        url = httpx.URL(place)
    except httpx.InvalidURL:
        url = None
    if url is None or not url.host or (url.port or 0) > LAST_PORT:
        # What was given is not repeated: a password may be in it.
        raise SetupFailed("what --cog names begins like an address, but is none")
    auth = (url.username, url.password) if url.userinfo else None
    shown = str(url.copy_with(userinfo=b"")).rstrip("/")
    return CogURL(shown, name or slug(url.netloc.decode()), auth)


def _named(argument: str) -> tuple[str, str]:
    name, equals, place = argument.partition("=")
    if equals and slug(name) == name and not Path(argument).exists():
        return name, place
    return "", argument


def _predictor(folder: Path) -> str:
    config = configuration(folder)
    for key in ("run", "predict"):
        if isinstance(reference := config.get(key), str):
            if not (folder / reference.partition(":")[0]).is_file():
                raise SetupFailed(f"cog.yaml in {folder} names {reference}, which is not there")
            return reference
    if found := next((name for name in PREDICTORS if (folder / name).is_file()), None):
        return found
    raise SetupFailed(f"there is no predictor in {folder}: neither a cog.yaml that names one nor a predict.py")


def configuration(folder: Path) -> dict[str, Any]:
    """The folder's `cog.yaml`, empty when there is none. Raises `SetupFailed` for one that cannot be read."""
    import yaml

    path = folder / "cog.yaml"
    if not path.is_file():
        return {}
    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SetupFailed(f"{path} cannot be read: {error}") from error
    return value if isinstance(value, dict) else {}
