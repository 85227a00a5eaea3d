"""`model check`: whether every model of a file has a form, and whether it takes the recorded example."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import RAN_BADLY, WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.forms.check import Report

EXAMPLES = """\b
Examples:
  replicate-tui model check models.json
  replicate-tui model list --all --json | jq .results | replicate-tui model check -
"""

File = Annotated[
    str, typer.Argument(metavar="FILE", help="A JSON array or JSON lines of models; - for standard input.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_IDS_SHOWN = 20


def check(file: File, as_json: Json = False) -> None:
    """Build every form, judge every example, print what was found. Needs no token and no network."""
    from replicate_tui.core.forms import model_file
    from replicate_tui.core.forms.check import check as checked

    try:
        with _opened(file) as text:
            report = checked(model_file.models(text))
    except FileNotFoundError as error:
        raise Stop(WRONG_USE, f"{file}: there is no such file") from error
    except OSError as error:
        raise Stop(WRONG_USE, f"{file} cannot be read: {error.strerror or error}") from error
    except model_file.NotModels as error:
        raise Stop(WRONG_USE, f"{file}: {error}") from error
    if not report.models:
        raise Stop(WRONG_USE, f"{file}: there is no model in it")
    if output.for_people(as_json):
        _print(report)
    else:
        output.data(report.as_json())
    if not report.passed:
        raise typer.Exit(RAN_BADLY)


def _opened(file: str) -> TextIO:
    if file != "-":
        return Path(file).open(encoding="utf-8-sig")
    if sys.stdin is None or sys.stdin.isatty():
        raise Stop(WRONG_USE, "standard input is no file of models; pipe one into this command")
    return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")


def _print(report: "Report") -> None:
    """The counts, each class of finding, and what failed with all that was found in it."""
    output.facts(
        [
            ("models", f"{report.models:,}"),
            ("forms", f"{report.forms:,}, and {report.training_forms:,} for trainings; {report.inputs:,} inputs"),
            ("no version", f"{report.unpublished:,}" if report.unpublished else ""),
            ("no form", f"{len(report.formless):,}"),
            ("examples", _fitting(report)),
            *((f"  {why}", f"{number:,}") for why, number in report.apart.most_common()),
            ("  none", f"{report.without_example:,}" if report.without_example else ""),
        ]
    )
    for finding, number in report.findings.most_common():
        models = report.found_in[finding]
        more = f" and {len(models) - 3:,} more" if len(models) > 3 else ""
        output.line(f"{number:>7,}  {finding}: {', '.join(list(models)[:3])}{more}")
    failures = [*((one, "no form can be built") for one in report.formless)]
    failures += [(one, "; ".join([*errors, *_also(report, one)])) for one, errors in report.refused.items()]
    for identity, words in failures[:_IDS_SHOWN]:
        output.shown(f"failed: {identity}: {words}")
    if len(failures) > _IDS_SHOWN:
        output.note(f"and {len(failures) - _IDS_SHOWN:,} more failed; --json names them all")


def _fitting(report: "Report") -> str:
    bad = len(report.refused)
    rest = "all do" if not bad else f"{bad:,} {'does' if bad == 1 else 'do'} not"
    return f"{report.intact:,} should fit; {rest}"


def _also(report: "Report", identity: str) -> list[str]:
    """What else was found in a model: its errors name only what is refused."""
    from replicate_tui.core.forms.refusal import CAUSES

    known = frozenset(CAUSES.values())
    found = [finding for finding, models in report.found_in.items() if identity in models and finding not in known]
    return [f"also found: {', '.join(found)}"] if found else []
