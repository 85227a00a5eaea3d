"""Changes to config.toml: what is meant changes, all else stays, and nothing is half-written."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.core.config_writing import Change, NotWritten, changed, write
from replicate_tui.core.settings import Folders

WRITTEN = """\
# how I like it
theme = "replicate-light"  # in the office

wish = [1, 2]

# what is kept
[archive]   # on the big disk
enabled = true

# keys of mine
[keys]
"form.run" = "f5, f9"

[profiles.lab]
base_url = "https://lab.example.com"
# the end
"""


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    yield Folders(tmp_path / "config", tmp_path / "data")
    assert not [*tmp_path.glob("config/.*")], "something was left behind"


def begin(folders: Folders, text: str) -> Path:
    folders.config.mkdir()
    folders.config_file.write_bytes(text.encode())
    return folders.config_file


def lines_added(before: str, after: str) -> list[str]:
    """The lines that are new; every line from before must still be there, in its order."""
    old, added = iter(before.splitlines()), []
    expected = next(old, None)
    for line in after.splitlines():
        if line == expected:
            expected = next(old, None)
        else:
            added.append(line)
    assert expected is None, f"lost: {expected}\n{after}"
    return added


@pytest.mark.parametrize(
    ("change", "above", "line", "below"),
    [
        (Change(("images",), "blocks"), "wish = [1, 2]", 'images = "blocks"', ""),
        (Change(("archive", "folder"), "~/r"), "enabled = true", 'folder = "~/r"', ""),
        (Change(("archive", "after"), ["a b", "{id}"]), "enabled = true", 'after = ["a b", "{id}"]', ""),
        (Change(("keys", "app.quit"), "x"), '"form.run" = "f5, f9"', '"app.quit" = "x"', ""),
        (Change(("budget", "daily"), 5.5), "[budget]", "daily = 5.5", None),
        (Change(("profiles", "work", "base_url"), "https://w"), "[profiles.work]", 'base_url = "https://w"', None),
        (Change(("prices", "a/b"), 0.25), "[prices]", '"a/b" = 0.25', None),
    ],
)
def test_a_new_line_stands_with_its_own_kind_and_no_comment_changes_its_place(
    change: Change, above: str, line: str, below: str | None
) -> None:
    after = changed(WRITTEN, [change])
    assert line in lines_added(WRITTEN, after)
    lines = after.splitlines()
    place = lines.index(line)
    assert lines[place - 1] == above
    assert (lines[place + 1] if place + 1 < len(lines) else None) == below


def test_a_value_is_changed_where_it_stands_and_a_line_is_taken_out_alone() -> None:
    assert changed(WRITTEN, [Change(("theme",), "dark")]) == WRITTEN.replace('"replicate-light"', '"dark"')
    without = changed(WRITTEN, [Change(("archive", "enabled"), None), Change(("budget", "daily"), None)])
    assert without == WRITTEN.replace("enabled = true\n", "")
    assert tomllib.loads(changed(WRITTEN, [Change(("profiles", "bare"), {})]))["profiles"]["bare"] == {}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (WRITTEN, WRITTEN.replace('[profiles.lab]\nbase_url = "https://lab.example.com"\n', "")),
        (
            '# of the lab\n[profiles.lab]\n# where\nurl = 1\n\n# mine\n[keys]\na = "b"\n'
            '[profiles."lab".more]\nb = [\n 1,\n]\n',
            '# of the lab\n\n# mine\n[keys]\na = "b"\n',
        ),
        ("[profiles]\nlab = {url = 1} # x\n# of the other\nlabs = {}\n", "[profiles]\n# of the other\nlabs = {}\n"),
        ("[profiles]\nlab.url = 1\n# the end\n", "[profiles]\n# the end\n"),
    ],
    ids=["last", "in two parts", "on one line", "dotted"],
)
def test_a_table_is_taken_out_with_what_is_in_it_and_no_comment_on_what_follows(text: str, left: str) -> None:
    assert changed(text, [Change(("profiles", "lab"), None)]) == left


def test_a_table_that_cannot_be_told_from_what_is_around_it_is_left_to_its_owner() -> None:
    with pytest.raises(NotWritten, match="by hand"):
        changed('[profiles.lab]\nurl = """\n[x]\n"""\n[keys]\na = "b"\n', [Change(("profiles", "lab"), None)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only words\n",
        'theme = "a"',
        "archive.enabled = true\n",
        "archive = {enabled = true}\n",
        "[archive]\n# x\n",
    ],
)
def test_files_of_every_shape_take_a_line(text: str) -> None:
    after = changed(text, [Change(("archive", "folder"), "/x"), Change(("images",), "none")])
    said = tomllib.loads(after)
    assert said["archive"]["folder"] == "/x"
    assert said["images"] == "none"
    assert all(line in after for line in text.splitlines() if line.startswith("#"))


NAMES = st.sampled_from(["theme", "images", "a key", "form.run", "wish", "é", '"', "7"])
SIMPLE = st.one_of(st.text(max_size=8), st.booleans(), st.integers(-9, 9), st.lists(st.text(max_size=3), max_size=2))
COMMENTS = st.one_of(
    st.just(""), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9).map("# ".__add__)
)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A file such as a person writes: comments anywhere, tables in any order, odd names."""
    import tomlkit

    def lines(names: list[str]) -> Iterator[str]:
        for name in names:
            comment, line = draw(COMMENTS), tomlkit.dumps({name: draw(SIMPLE)}).strip()
            yield from [
                *([comment] if draw(st.booleans()) else []),
                f"{line}  {comment}",
                *[""] * draw(st.integers(0, 1)),
            ]

    top = [*lines(draw(st.lists(NAMES, max_size=3, unique=True)))]
    for table in draw(st.lists(st.sampled_from(["archive", "keys", "profiles.lab", "x.y"]), max_size=3, unique=True)):
        top += [draw(COMMENTS), f"[{table}]", *lines(draw(st.lists(NAMES, max_size=2, unique=True)))]
    return "\n".join([*top, draw(COMMENTS)]) + draw(st.sampled_from(["", "\n"]))


PATHS = st.one_of(
    st.tuples(NAMES),
    st.tuples(st.sampled_from(["archive", "keys", "notices"]), NAMES),
    st.just(("profiles", "lab", "base_url")),
)


@given(written(), PATHS, st.one_of(SIMPLE, st.none()))
def test_whatever_stands_in_the_file_one_line_changes_and_every_other_stays(
    text: str, path: tuple[str, ...], value: str | bool | int | list[str] | None
) -> None:
    before = tomllib.loads(text)
    after = changed(text, [Change(path, value)])
    place, wanted = before, tomllib.loads(after)
    for parent in path[:-1]:
        place = place.setdefault(parent, {}) if value is not None else place.get(parent, {})
    known = path[-1] in place
    place.pop(path[-1], None)
    if value is not None:
        place[path[-1]] = value
    assert wanted == before
    if value is not None and not known:
        assert len(lines_added(text, after)) <= 3, after


def test_a_value_that_the_reader_refuses_changes_nothing(folders: Folders) -> None:
    path = begin(folders, WRITTEN)
    for change, words in [
        (Change(("lifetime",), "soon"), "give a duration"),
        (Change(("archive", "folder"), "relative"), "give the whole path"),
        (Change(("budget", "daily"), -1), "budget.daily must be"),
        (Change(("images",), "ascii"), "images is 'ascii'"),
    ]:
        with pytest.raises(NotWritten, match=words):
            write(folders, [change])
    assert path.read_text() == WRITTEN


def test_a_new_file_is_made_and_what_it_says_is_told(folders: Folders) -> None:
    config = write(folders, [Change(("notices", "how"), "bell"), Change(("theme",), "x")])
    assert (config.theme, config.notices.how) == ("x", "bell")
    assert folders.config_file.read_text() == 'theme = "x"\n\n[notices]\nhow = "bell"\n'


@pytest.mark.skipif(os.name == "nt", reason="modes and links of Unix")
def test_the_mode_stays_and_a_link_is_followed(folders: Folders, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(WRITTEN)
    real.chmod(0o640)
    folders.config.mkdir()
    folders.config_file.symlink_to(real)
    write(folders, [Change(("theme",), "dark")])
    assert folders.config_file.is_symlink()
    assert real.read_text() == WRITTEN.replace("replicate-light", "dark")
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "broken", ["theme = ", "theme = 7", "[archive]\nenabled = 1", b"\xff".decode("latin-1") + "\0"]
)
def test_a_file_that_cannot_be_used_is_left_to_its_owner(folders: Folders, broken: str) -> None:
    path = begin(folders, broken)
    with pytest.raises(NotWritten, match="mend it by hand"):
        write(folders, [Change(("theme",), "dark")])
    assert path.read_bytes() == broken.encode()


def test_a_file_that_somebody_else_changed_meanwhile_is_not_overwritten(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begin(folders, WRITTEN)
    sync = os.fsync

    def changes_too(descriptor: int) -> None:
        sync(descriptor)
        path.write_text("# of an editor\n")

    monkeypatch.setattr(os, "fsync", changes_too)
    with pytest.raises(NotWritten, match="changed by somebody else"):
        write(folders, [Change(("theme",), "dark")])
    assert path.read_text() == "# of an editor\n"


def test_a_full_disk_leaves_the_old_file(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begin(folders, WRITTEN)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten, match="No space left"):
        write(folders, [Change(("theme",), "dark")])
    assert path.read_text() == WRITTEN


def test_programs_that_write_at_once_lose_nothing_of_each_other(folders: Folders) -> None:
    begin(folders, WRITTEN)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, folders, [Change(("keys", f"a.{each}"), "x")]) for each in range(16)]:
            done.result()
    keys = tomllib.loads(folders.config_file.read_text())["keys"]
    assert keys == {"form.run": "f5, f9", **{f"a.{each}": "x" for each in range(16)}}


def test_line_ends_of_windows_stay(folders: Folders) -> None:
    path = begin(folders, WRITTEN.replace("\n", "\r\n"))
    write(folders, [Change(("images",), "none"), Change(("notices", "after"), 5)])
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")


def test_what_only_reads_settings_does_not_load_the_writer() -> None:
    code = "import sys, replicate_tui.core.settings, replicate_tui.core.config_writing; print('tomlkit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
