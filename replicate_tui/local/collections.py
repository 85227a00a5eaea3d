"""The collections of the bundled models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Collection:
    """Models that belong together. `slug` names it in addresses, `models` are `owner/name`."""

    slug: str
    name: str
    description: str
    models: tuple[str, ...]
    full_description: str

    def as_json(self) -> dict[str, str]:
        """As lists show it."""
        return {"name": self.name, "slug": self.slug, "description": self.description}


COLLECTIONS: Sequence[Collection] = (
    Collection(
        "make-pictures",
        "Make pictures",
        "Models that paint pictures and make them larger",
        ("local/painter", "local/upscaler"),
        "`local/painter` paints what its prompt names; `local/upscaler` makes any picture larger.",
    ),
    Collection(
        "write-text",
        "Write text",
        "Models that write, word by word",
        ("local/storyteller", "local/hello-world"),
        "`local/storyteller` continues a text, token by token. It can be trained on texts of your own.",
    ),
    Collection(
        "make-music",
        "Make music",
        "Models that compose",
        ("local/composer",),
        "`local/composer` writes and plays a short piece.",
    ),
    Collection(
        "try-things-out",
        "Try things out",
        "Models for trying out what is hard to try with a real one",
        ("local/sleeper", "local/inspector"),
        "`local/sleeper` waits, logs and fails on demand; `local/inspector` tells what a file is.",
    ),
)
"""In the order in which they are listed."""


def collection(slug: str) -> Collection | None:
    """The collection with this slug."""
    return next((entry for entry in COLLECTIONS if entry.slug == slug), None)


def matching(text: str) -> list[Collection]:
    """The collections in whose name or description every word of the text begins one."""
    words = text.lower().split()
    return [entry for entry in COLLECTIONS if words and all(_begins_a_word(word, entry) for word in words)]


def _begins_a_word(beginning: str, entry: Collection) -> bool:
    return any(word.startswith(beginning) for word in f"{entry.name} {entry.description}".lower().split())
