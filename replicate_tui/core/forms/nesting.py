"""How deep a value may be nested: so deep that whoever walks it down never meets the end of Python's stack."""

from typing import Final

MOST_LEVELS: Final = 200
TOO_DEEP: Final = f"is nested more than {MOST_LEVELS} levels deep"


class TooDeep(ValueError):
    """JSON text that is nested deeper than we send."""

    def __init__(self) -> None:
        super().__init__(TOO_DEEP)


def is_too_deep(value: object) -> bool:
    """Whether lists and objects lie deeper in one another than can be sent and shown."""
    level = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(MOST_LEVELS):
        level = [
            member
            for held in level
            for member in (held.values() if isinstance(held, dict) else held)
            if isinstance(member, dict | list | tuple)
        ]
    return bool(level)
