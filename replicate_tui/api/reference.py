"""References: what a person types or pastes to name something on Replicate.

| kind | canonical text |
|---|---|
| model | `owner/name` |
| version | `owner/name:version`, or the bare version id |
| prediction | the run's id |
| training | `trainings/id` |
| deployment | `deployments/owner/name`, or `deployment:owner/name` |
| collection | `collections/slug` |

Also read: the addresses of the web pages that show one of these, and of the HTTP API's routes on any host. A bare
`owner/name` is a model here; whoever asks the API for it may find that it is a deployment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

Kind = Literal["model", "version", "prediction", "deployment", "training", "collection"]

_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HEX64 = re.compile(r"[0-9A-Fa-f]{64}")
_RUN_ID = re.compile(r"[a-z0-9]{26}")
_OPAQUE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WEB_HOSTS = frozenset({"replicate.com", "www.replicate.com"})
_NOT_OWNERS = frozenset({"account", "blog", "changelog", "docs", "explore", "guides", "pricing", "settings"})
_QUOTES = "\"'`“”‘’"
_LONGEST = 2048
_DEPLOYMENT = "deployment:"


class InvalidReference(ValueError):
    """The text names nothing that there may be; the message shows the text and the accepted forms."""

    def __init__(self, text: str) -> None:
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:81])
        shown = shown if len(text) <= 80 else shown[:80] + "…"
        super().__init__(
            f"“{shown}” names nothing. Accepted: owner/name, owner/name:version, "
            "a version id (64 hex digits), a run id (26 letters and digits), deployments/owner/name, "
            "collections/name, or the address of such a page on replicate.com."
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """What a text names. Only the parts that its kind needs are set; `version` and `id` are opaque."""

    kind: Kind
    owner: str | None = None
    name: str | None = None
    version: str | None = None
    id: str | None = None

    def __str__(self) -> str:
        match self.kind:
            case "version" if self.owner:
                return f"{self.owner}/{self.name}:{self.version}"
            case "version":
                return f"{self.version}"
            case "prediction" if self.id and not _RUN_ID.fullmatch(self.id):
                return f"predictions/{self.id}"
            case "prediction":
                return f"{self.id}"
            case "training":
                return f"trainings/{self.id}"
            case "collection":
                return f"collections/{self.name}"
            case "deployment":
                return f"deployments/{self.owner}/{self.name}"
            case "model":
                return f"{self.owner}/{self.name}"

    @property
    def identifier(self) -> str:
        """What creating a prediction takes as its `version`: the version's id, or `owner/name` of a model.

        Raises InvalidReference for what is neither a model nor a version.
        """
        if self.kind == "version" and self.version:
            return self.version
        if self.kind == "model":
            return f"{self.owner}/{self.name}"
        raise InvalidReference(str(self))


def parse(text: str, *, pages: str = "") -> Reference:
    """What the text names; blanks and quotes around it do not matter. Raises InvalidReference.

    `pages` is the host, with its port, of another server whose pages have the addresses of Replicate's.
    """
    trimmed = _trim(text)
    if not trimmed or len(trimmed) > _LONGEST or any(c.isspace() or not c.isprintable() for c in trimmed):
        raise InvalidReference(text)
    reference = _bare_id(trimmed) or (_address(trimmed, pages.lower()) if _has_host(trimmed) else _typed(trimmed))
    if reference is None:
        raise InvalidReference(text)
    return reference


def _trim(text: str) -> str:
    while (trimmed := text.strip().strip(_QUOTES)) != text:
        text = trimmed
    return text


def _bare_id(text: str) -> Reference | None:
    if _HEX64.fullmatch(text):
        return Reference("version", version=text.lower())
    if _RUN_ID.fullmatch(text):
        return Reference("prediction", id=text)
    return None


def _has_host(text: str) -> bool:
    return "://" in text or text.split("/")[0].lower() in _WEB_HOSTS | {"api.replicate.com"}


def _typed(text: str) -> Reference | None:
    """A path without a host. Further words are tabs of a page only in an address: here they are a mistake."""
    if text.startswith(_DEPLOYMENT):
        text = f"deployments/{text.removeprefix(_DEPLOYMENT)}"
    segments = text.rstrip("/").split("/")
    reference = _path(segments)
    tabs = reference is not None and reference.kind == "model" and len(segments) > 2 and segments[0] != "models"
    return None if tabs else reference


def _address(text: str, pages: str) -> Reference | None:
    """What a web page or a route of the HTTP API shows."""
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
        host = url.hostname or ""
    except ValueError:
        return None
    if url.scheme.lower() not in {"http", "https"} or not host:
        return None
    segments = [unquote(segment) for segment in url.path.split("/") if segment]
    if host in _WEB_HOSTS:
        return _web(segments, url)
    reference = _route(segments)
    if reference is not None or url.netloc.lower() != pages or "v1" in segments[:1]:
        return reference
    return _web(segments, url) if len(segments) == 2 or segments[2:3] == ["versions"] else None


def _web(segments: list[str], url: SplitResult) -> Reference | None:
    reference = _path(segments)
    if reference is None or reference.kind not in {"model", "version"}:
        return reference
    chosen = parse_qs(url.query).get("prediction", [""])[0]
    return _run("prediction", [chosen]) or reference


def _route(segments: list[str]) -> Reference | None:
    """A route of the HTTP API, whatever stands before its `v1`; or the page of a run on another host."""
    if segments[:1] == ["p"]:
        return _path(segments)
    if "v1" not in segments:
        return None
    while "v1" in segments:
        segments = segments[segments.index("v1") + 1 :]
    return _path(segments) if segments and segments[0] in _COLLECTIONS else None


def _path(segments: list[str]) -> Reference | None:
    """What a path names: `deployments/owner/name`, `owner/name`, `owner/name/versions/id` …"""
    if not segments:
        return None
    first, *rest = segments
    if reader := _COLLECTIONS.get(first):
        return reader(rest)
    return None if first in _NOT_OWNERS else _model(segments)


def _run(kind: Literal["prediction", "training"], segments: list[str]) -> Reference | None:
    if not segments or not _OPAQUE_ID.fullmatch(segments[0]):
        return None
    return Reference(kind, id=segments[0])


def _deployment(segments: list[str]) -> Reference | None:
    if len(segments) < 2 or not all(_SLUG.fullmatch(segment) for segment in segments[:2]):
        return None
    return Reference("deployment", owner=segments[0], name=segments[1])


def _collection(segments: list[str]) -> Reference | None:
    if not segments or not _SLUG.fullmatch(segments[0]):
        return None
    return Reference("collection", name=segments[0])


def _model(segments: list[str]) -> Reference | None:
    """A model, or one of its versions; other words after it are tabs of its page."""
    if len(segments) < 2:
        return None
    owner, last, *tabs = segments
    name, colon, version = last.partition(":")
    if not colon and len(tabs) >= 2 and tabs[0] == "versions":
        colon, version = ":", tabs[1]
    if not _SLUG.fullmatch(owner) or not _SLUG.fullmatch(name):
        return None
    if not colon:
        return Reference("model", owner=owner, name=name)
    if not _SLUG.fullmatch(version):
        return None
    return Reference("version", owner=owner, name=name, version=_canonical_version(version))


def _canonical_version(version: str) -> str:
    return version.lower() if _HEX64.fullmatch(version) else version


_COLLECTIONS: dict[str, Callable[[list[str]], Reference | None]] = {
    "p": lambda rest: _run("prediction", rest),
    "predictions": lambda rest: _run("prediction", rest),
    "trainings": lambda rest: _run("training", rest),
    "deployments": _deployment,
    "collections": _collection,
    "models": _model,
}
