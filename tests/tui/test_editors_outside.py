"""A field's text in the person's own editor: a real script in a real terminal, and what can go wrong."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.widgets.editors.outside import OutsideError, editor_command
from tests.tui.forms import BOTH_SIZES, Size, shown
from tests.tui.terminal import Terminal

FORM = """
import sys
from textual.app import App
from replicate_tui.core.forms.inputs import Field
from replicate_tui.tui.widgets.input_form import InputForm

class FormApp(App):
    BINDINGS = [("f5", "done")]
    def compose(self):
        yield InputForm(
            [Field("prompt", "prose"), Field("tags", "list", item=Field("tags", "text")), Field("extra", "json")],
            {"prompt": "a lighthouse", "tags": ["sea", "dusk"]},
        )
    def on_mount(self):
        self.query_one(InputForm).focus_field("prompt")
    def action_done(self):
        self.exit(self.query_one(InputForm).raw)

print("RAW", FormApp().run())
"""


class FormTerminal(Terminal):
    """A form alone in a terminal; F5 ends it and prints what it says."""

    PROGRAM = ("-c", FORM)


EDITOR = """
import os, pathlib, sys
path = pathlib.Path(sys.argv[-1])
with open({log!r}, "a") as log:
    print(path, oct(path.stat().st_mode)[-3:], os.isatty(0), os.isatty(1), file=log)
print("EDITING", repr(path.read_text()), flush=True)
input()
path.write_text({text!r})
sys.exit({code})
"""


def editor(folder: Path, text: str, code: int = 0) -> str:
    """The command of an editor that waits for enter, then saves `text`."""
    script = folder / "an editor.py"
    script.write_text(EDITOR.format(log=str(folder / "log"), text=text, code=code))
    return shlex.join([sys.executable, str(script)])


@BOTH_SIZES
def test_a_text_goes_to_the_editor_and_comes_back(tmp_path: Path, size: Size) -> None:
    environ = {"EDITOR": editor(tmp_path, "two\nlines\n"), "VISUAL": "", "TMPDIR": str(tmp_path)}
    with FormTerminal(columns=size[0], lines=size[1], environ=environ) as terminal:
        terminal.wait_for("a lighthouse", "F6 editor")
        terminal.press("f6")
        terminal.wait_for("EDITING 'a lighthouse'")
        terminal.press("enter")
        terminal.wait_for(" two", " lines", "tags", without="EDITING")
        terminal.press("tab", "f6")
        terminal.wait_for("EDITING 'sea\\ndusk'")
        terminal.press("enter")
        terminal.wait_for("1  two", "2  lines")
        terminal.press("f5")
        terminal.wait_for("RAW {'prompt': 'two\\nlines', 'tags': ['two', 'lines']}")
        assert terminal.wait_for_end() == 0
    edits = [line.split(" ") for line in (tmp_path / "log").read_text().splitlines()]
    assert [edit[1:] for edit in edits] == [["600", "True", "True"]] * 2
    assert not any(Path(edit[0]).parent.exists() for edit in edits), "the files are removed"


def test_an_editor_that_fails_changes_nothing(tmp_path: Path) -> None:
    environ = {"VISUAL": editor(tmp_path, "lost", code=3), "TMPDIR": str(tmp_path)}
    with FormTerminal(columns=100, lines=30, environ=environ) as terminal:
        terminal.wait_for("a lighthouse")
        terminal.press("f6")
        terminal.wait_for("EDITING")
        terminal.press("\x03", "enter")
        terminal.wait_for("a lighthouse", "ended with code")
        terminal.press("f5")
        terminal.wait_for("'prompt': 'a lighthouse'")
        assert terminal.wait_for_end() == 0


async def test_where_no_editor_is_set_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with shown(Field("prompt", "prose"), values={"prompt": "kept"}) as (app, _pilot):
        await app.press("f6")
        await app.shows("No editor is set")
        assert app.form.raw == {"prompt": "kept"}


async def test_a_screen_that_cannot_be_lent_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with shown(Field("prompt", "prose")) as (app, _pilot):
        await app.press("f6")
        await app.shows("cannot be lent")


def test_the_editor_is_read_as_a_shell_would() -> None:
    assert editor_command({"VISUAL": " code --wait ", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]
    with pytest.raises(OutsideError, match="EDITOR=nano"):
        editor_command({})
    if os.name != "nt":
        assert editor_command({"EDITOR": "'/opt/my editor/e' -w"}) == ["/opt/my editor/e", "-w"]
        with pytest.raises(OutsideError, match="cannot be read"):
            editor_command({"EDITOR": "'vi"})
