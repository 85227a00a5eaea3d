"""Names under which files are saved."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replicate_tui.core.keeping.file_names import (
    LONGEST_NAME,
    TakenNames,
    extension_of,
    folder_name,
    is_plain,
    legal_name,
)

BOUNDED = settings(derandomize=True, max_examples=200, deadline=None)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("out-0.png", "out-0.png"),
        ("", "output"),
        (".", "output"),
        ("..", "output"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("...hidden", "hidden"),
        ("trailing. . ", "trailing"),
        ("???", "output"),
        ('a<b>:"c|d?e*f\\g.png', "a_b___c_d_e_f_g.png"),
        ("line\nbreak\x00\x1b[31m.txt", "line_break.txt"),
        ("gpj.\u202egnp", "gpj.gnp"),
        ("CON", "_CON"),
        ("con.png", "_con.png"),
        ("nul .txt", "_nul .txt"),
        ("COM1.tar.gz", "_COM1.tar.gz"),
        ("lpt¹", "_lpt¹"),
        ("console.png", "console.png"),
        ("日本語.webp", "日本語.webp"),
        ("cafe\u0301.png", "caf\u00e9.png"),
        ("lone\ud800.png", "lone\ufffd.png"),
    ],
)
def test_a_name_becomes_legal_everywhere(wanted: str, name: str) -> None:
    assert legal_name(wanted, "output") == name


@pytest.mark.parametrize("wanted", ["x" * 400 + ".png", "日" * 200 + ".tar.gz", "y" * 400, "z." + "w" * 400])
def test_a_long_name_is_cut_and_keeps_its_extension(wanted: str) -> None:
    name = legal_name(wanted, "output")
    assert len(name.encode()) <= LONGEST_NAME
    assert extension_of(name) == extension_of(wanted)


def test_names_alike_but_for_case_or_unicode_form_get_numbers() -> None:
    names = TakenNames("logs.txt")
    wanted = [
        "out.png",
        "OUT.PNG",
        "out.png",
        "out-2.png",
        "caf\u00e9",
        "cafe\u0301",
        "a.tar.gz",
        "a.tar.gz",
        "LOGS.txt",
    ]
    assert [names.free(one) for one in wanted] == [
        "out.png",
        "OUT-2.PNG",
        "out-3.png",
        "out-2-2.png",
        "caf\u00e9",
        "cafe\u0301-2",
        "a.tar.gz",
        "a-2.tar.gz",
        "LOGS-2.txt",
    ]


@BOUNDED
@given(st.text(st.one_of(st.characters(), st.sampled_from('./\\ :CON"\x00')), max_size=160))
def test_every_name_is_one_plain_path_part(wanted: str) -> None:
    name = legal_name(wanted, "output")
    assert name not in ("", ".", "..")
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
    assert not name.endswith((".", " "))
    assert len(name.encode()) <= LONGEST_NAME
    assert legal_name(name, "output") == name


@BOUNDED
@given(st.lists(st.text(st.sampled_from("aA-2."), min_size=1, max_size=5), max_size=12))
def test_no_two_names_are_alike(wanted: list[str]) -> None:
    names = TakenNames()
    given_out = [names.free(legal_name(one, "output")) for one in wanted]
    assert len({one.casefold() for one in given_out}) == len(wanted)


@pytest.mark.parametrize("run_id", ["gm3qorzdhgbfurvjtvhg6dckhu", "r1", "local-8f0e_2", "a.b"])
def test_a_plain_id_is_the_name_of_its_folder(run_id: str) -> None:
    assert folder_name(run_id) == run_id


def test_ids_that_are_alike_once_they_are_legal_have_folders_of_their_own() -> None:
    ids = [
        "a/b",
        "a_b",
        "a\\b",
        "A_B",
        "a_B",
        "a:b",
        "a b",
        "..",
        ".",
        "",
        "con",
        "_con",
        "con.",
        "é",
        "e\u0301",
        "\ud800",
    ]
    ids += ["x" * 400, "x" * 401, "X" * 120, "x" * 120]
    names = [folder_name(run_id) for run_id in ids]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(is_plain(name) and len(name) <= LONGEST_NAME for name in names), names
    assert [folder_name(run_id) for run_id in ids] == names


@BOUNDED
@given(st.lists(st.text(st.sampled_from("aA_/.-é"), max_size=4), unique=True, max_size=12))
def test_no_two_runs_share_a_folder(ids: list[str]) -> None:
    names = {folder_name(run_id).casefold() for run_id in ids}
    assert len(names) == len(ids)
    assert all(map(is_plain, names))
