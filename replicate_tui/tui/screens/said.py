"""What a form says, as plain values that outlive the editors."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from replicate_tui.core.forms.inputs import UNSET, same


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in a form at one moment: its raw values, and the lines of its options."""

    raw: Mapping[str, object] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """The `raw` values that a form was given, and what its fields `showed` of them at once.

    They differ while the form is one of another version than the values were typed for.
    """

    raw: Mapping[str, object] = field(default_factory=dict)
    showed: Mapping[str, object] = field(default_factory=dict)

    def meant(self, now: Mapping[str, object]) -> dict[str, object]:
        """All that was given, also what the fields cannot hold, with what a person changed since: they say `now`."""
        changed = {
            name for name in (*self.showed, *now) if not same(self.showed.get(name, UNSET), now.get(name, UNSET))
        }
        return {name: given for name, given in self.raw.items() if name not in changed} | {
            name: value for name, value in now.items() if name in changed
        }
