"""Raw values of forms as they are kept: everything comes back as it was, except secrets."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.core.forms.inputs import UNSET, Field, Upload
from replicate_tui.core.kept_forms import form_text

FIELDS = (Field("prompt", "prose"), Field("image", "file"), Field("key", "secret"))

UPLOADS = st.text(st.characters(blacklist_characters="\0"), min_size=1).map(lambda text: Upload(Path(text).absolute()))
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | UPLOADS
VALUES = st.recursive(SIMPLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(st.dictionaries(st.sampled_from(["prompt", "image", "images", "extra", "$", "0"]), VALUES))
def test_values_come_back_as_they_were(raw: dict[str, object]) -> None:
    assert form_text.from_json(form_text.as_json(FIELDS, raw)) == raw


def test_a_text_that_begins_with_an_at_sign_is_no_file() -> None:
    upload, other = Upload(Path("me.png").absolute()), Upload(Path("a/@me.png").absolute())
    raw = {"prompt": "@me.png", "image": upload, "images": ["@me.png", other]}
    kept = form_text.from_json(form_text.as_json(FIELDS, raw))
    assert kept == raw
    assert isinstance(kept["prompt"], str)


def test_a_path_means_the_same_file_wherever_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = form_text.as_json(FIELDS, {"image": Upload(Path("in.png")), "images": [Upload(Path("../b.png"))]})
    monkeypatch.chdir("/")
    assert form_text.from_json(text) == {
        "image": Upload(tmp_path / "in.png"),
        "images": [Upload(tmp_path / ".." / "b.png")],
    }


def test_secrets_and_what_is_left_out_are_not_kept() -> None:
    text = form_text.as_json(FIELDS, {"prompt": "p", "key": "sk-hidden", "api_token": "also-hidden", "image": UNSET})
    assert form_text.from_json(text) == {"prompt": "p"}
    assert "hidden" not in text


def test_a_large_form_is_kept_and_an_endless_one_is_not() -> None:
    large = {"prompt": {"rows": ["ü" * 100] * 2_000}}
    assert form_text.from_json(form_text.as_json(FIELDS, large)) == large
    with pytest.raises(form_text.TooLarge, match="16 MB"):
        form_text.as_json(FIELDS, {"prompt": "x" * form_text.LARGEST})
