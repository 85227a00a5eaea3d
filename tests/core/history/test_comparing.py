"""What differs between runs, and where in a run the words of a filter are."""

import time

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import comparing, matching, runs
from replicate_tui.core.history.runs import Run
from tests.core.scripted import run_object


def test_inputs_that_differ_stand_apart_from_those_that_do_not() -> None:
    compared = comparing.inputs([{"prompt": "a", "width": 1, "seed": None}, {"prompt": "b", "width": 1}])
    assert [(row.name, row.values) for row in compared.differing] == [
        ("prompt", ("a", "b")),
        ("seed", ("null", comparing.MISSING)),
    ]
    assert [row.name for row in compared.same] == ["width"]


def test_values_are_cleaned_and_cut() -> None:
    compared = comparing.inputs([{"p": "\x1b[31mred"}, {"p": "x" * 99_999}])
    first, second = compared.differing[0].values
    assert "\x1b" not in first
    assert len(second) == comparing.LONGEST


def test_the_words_that_differ_are_told() -> None:
    pieces = comparing.changed("a grey heron by the sea", "a white heron by the lake")
    assert [piece for piece, differs in pieces if differs] == ["grey", "sea"]
    assert "".join(piece for piece, _ in pieces) == "a grey heron by the sea"


def test_of_a_long_text_nothing_is_told_apart_and_it_takes_no_time() -> None:
    begun = time.perf_counter()
    pieces = comparing.changed("ab " * 6_000, "ba " * 6_000)
    assert [differs for _, differs in pieces] == [False]
    assert time.perf_counter() - begun < 1


def test_a_word_is_found_where_it_begins_a_word() -> None:
    run = Run(Prediction.of(run_object("r1", input={"prompt": "A Grey Heron"}, output="no bird")), None, 0.0)
    row = runs.row(run)
    assert matching.places(run, row, ["her"]) == {"input"}
    assert matching.places(run, row, ["bird", "grey"]) == {"input", "output"}
    assert matching.places(run, row, ["ron"]) == frozenset()
    assert matching.places(run, row, []) == frozenset()
    assert matching.places(run, row, ["->", "(", "[a"]) == frozenset()
