"""Asking before something is destroyed: the person says which thing, or the command line said `--yes`."""

import contextlib
import signal
import sys
from collections.abc import Iterator

import typer

from replicate_tui.cli.exit_codes import INTERRUPTED, WRONG_USE, Stop


def confirm_name(deed: str, name: str, *, yes: bool, dry_run: bool) -> None:
    """Go on only once the name was typed; `deed` says what is done to it, such as "delete the model".

    Raises:
        Stop: another name was typed, or there is nobody to ask.
    """
    if _goes_without_saying(deed, name, yes=yes, dry_run=dry_run):
        return
    with _interruptible():
        typed = typer.prompt(f"Type {name} to {deed}", default="", show_default=False, err=True)
    if typed.strip() != name:
        raise Stop(WRONG_USE, f"nothing was done: {typed.strip()!r} is not {name}")


def confirm(deed: str, name: str, *, yes: bool, dry_run: bool) -> None:
    """Go on only with the person's word.

    Raises:
        Stop: they did not give it, or there is nobody to ask.
    """
    if _goes_without_saying(deed, name, yes=yes, dry_run=dry_run):
        return
    with _interruptible():
        agreed = typer.confirm(f"{deed.capitalize()} {name}?", err=True)
    if not agreed:
        raise Stop(WRONG_USE, "nothing was done")


def _goes_without_saying(deed: str, name: str, *, yes: bool, dry_run: bool) -> bool:
    if yes or dry_run:
        return True
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()):
        raise Stop(WRONG_USE, f"nothing was done: without a terminal to ask on, --yes is needed to {deed} {name}")
    return False


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let ctrl+c end a question at once: the event loop, which waits for the answer too, would not notice it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except typer.Abort:
        raise Stop(INTERRUPTED, "nothing was done") from None
    finally:
        signal.signal(signal.SIGINT, before)
