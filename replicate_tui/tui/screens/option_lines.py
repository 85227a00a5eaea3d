"""Run options as the lines of their fold: one line, "target", says which version or deployment runs."""

from collections.abc import Mapping

from replicate_tui.core.forms import options
from replicate_tui.core.forms.options import ReadOptions, RunOptions

_ON_THE_LINE = ("version", "deployment")


def lines(asked: RunOptions) -> dict[str, str]:
    """The lines that say these options; only those that are set."""
    shown = options.show(asked)
    named = [shown.pop(name) for name in _ON_THE_LINE]
    return {name: text for name, text in {"target": "".join(named), **shown}.items() if text}


def read(lines: Mapping[str, str], *, model: str, account: str) -> ReadOptions:
    """The options that the lines say for a run of `model`, and what is wrong with them, by line."""
    others = {name: text for name, text in lines.items() if name != "target"}
    wanted = lines.get("target", "")
    name = "deployment" if "/" in wanted and ":" not in wanted else "version"
    found = options.read({**others, name: wanted}, model=model, account=account)
    return ReadOptions(found.options, {_line(name): words for name, words in found.errors.items()})


def _line(option: str) -> str:
    return "target" if option in _ON_THE_LINE else option
