"""How pictures are drawn in the terminal, as a person chose it."""

from typing import Final, Literal, TypeGuard

Images = Literal["auto", "kitty", "sixel", "blocks", "none"]

IMAGES: Final[tuple[Images, ...]] = ("auto", "kitty", "sixel", "blocks", "none")
"""`auto`: graphics where the terminal is known to have them. `blocks`: half blocks, which all terminals have."""


def is_images(value: object) -> TypeGuard[Images]:
    """Whether this is one of the ways to draw pictures."""
    return value in IMAGES


def refusal(value: object) -> str:
    """A sentence about a value that is none of the ways."""
    return f"images is {value!r}: give {', '.join(IMAGES[:-1])} or {IMAGES[-1]}"
