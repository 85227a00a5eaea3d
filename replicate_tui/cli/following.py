"""Following runs for a person or a pipe: logs and progress on standard error, what they gave on standard output."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replicate_tui.cli import output

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session


async def follow(
    session: "Session", run_id: str, schema: Mapping[str, Any] | None, *, stream: bool
) -> "tuple[Run, bool]":
    """The run at its end, and whether its text was printed: as it comes, if asked for. Its logs are told on the way."""
    from replicate_tui.cli.progress import Narrator

    run, printed = None, 0
    with Narrator(quiet=stream, silent=stream and output.is_terminal()) as narrator:
        async for run in session.follow(run_id):
            narrator.show(run)
            if stream:
                printed = _print_more(run, schema, printed)
    if printed:
        output.write("\n")
    assert run is not None
    return run, bool(printed)


def streams(stream: bool | None, schema: Mapping[str, Any] | None, *, people: bool) -> bool:
    """Whether to print a text as it comes: as asked, else where a person looks on and the model gives one in pieces."""
    from replicate_tui.core import outputs

    return stream if stream is not None else people and outputs.streams(schema)


def print_result(run: "Run", schema: Mapping[str, Any] | None, *, people: bool) -> None:
    """What a run gave: for people its output alone, else the API's object."""
    from replicate_tui.core.history.runs import told

    if people:
        _print_output(run, schema)
    else:
        output.data(told(run))


def print_started(run: "Run", *, people: bool) -> None:
    """A run that is not waited for: for people its id alone, else the API's object."""
    from replicate_tui.core.history.runs import told

    if people:
        output.shown(run.id)
    else:
        output.data(told(run))


def open_page(url: str) -> None:
    """Open a page in the browser, or tell its address where there is none."""
    from replicate_tui.core import browser

    if not browser.open_page(url):
        output.note(f"no browser here; the page is {url}")


def _print_more(run: "Run", schema: Mapping[str, Any] | None, printed: int) -> int:
    """Print what the text output has beyond the first `printed` characters; how many are printed then."""
    from replicate_tui.core import outputs, text

    whole = outputs.joined_text(run.prediction.output, outputs.output_schema(schema)) or ""
    more = whole[printed:]
    if more:
        output.write(text.clean(more) if output.is_terminal() else more)
    return max(printed, len(whole))


def _print_output(run: "Run", schema: Mapping[str, Any] | None) -> None:
    from replicate_tui.core import outputs

    value = run.prediction.output
    text = outputs.joined_text(value, outputs.output_schema(schema))
    if text is not None:
        output.shown(text)
    elif isinstance(value, str):
        output.shown(value)
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        for item in value:
            output.shown(item)
    elif value is not None:
        output.data(value)
