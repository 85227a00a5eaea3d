"""What the command line asks of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replicate_tui.cli.exit_codes import WRONG_USE, Stop


@dataclass(frozen=True, slots=True)
class Given:
    """Inputs as they were given: `typed` by hand, where `@` means a file, and `data` that is taken as it is."""

    typed: dict[str, object]
    data: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flags:
    """The flags of `run`; `asked` are the texts of run options by their names, None where not given."""

    example: bool = False
    asked: Mapping[str, str | None]
    stream: bool | None = None
    wait: bool = True
    as_json: bool = False
    web: bool = False
    save: bool = False
    folder: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Order(_Flags):
    """One run to send: what was named, "" for the deployment alone, its inputs, and what the flags say."""

    named: str
    given: Given

    def judge(self) -> None:
        """Raises Stop where two flags contradict each other."""
        contradictions = (
            (self.as_json and self.web, "--json and --web do not go together"),
            (self.web and self.save, "--web and --save do not go together: --web does not wait for the output"),
            (
                self.as_json and bool(self.stream),
                "--json and --stream do not go together: one prints an object, the other its text",
            ),
            (bool(self.stream) and not self.wait, "--stream and --no-wait do not go together"),
            (
                self.save and not self.wait,
                "--save and --no-wait do not go together: there is nothing to save yet",
            ),
        )
        for contradicts, sentence in contradictions:
            if contradicts:
                raise Stop(WRONG_USE, sentence)
