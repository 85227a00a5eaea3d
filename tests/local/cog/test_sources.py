"""What a user may name as a Cog model."""

from __future__ import annotations

from pathlib import Path

import pytest

from replicate_tui.local.cog import CogFolder, CogURL, source
from replicate_tui.local.work.jobs import SetupFailed
from tests.local.cog.bench import MODELS


def test_what_a_user_may_name(tmp_path: Path) -> None:
    assert source(str(MODELS / "talker")) == CogFolder(MODELS / "talker", "predict.py:Predictor", "talker")
    assert source(f"mine={MODELS / 'copier'}") == CogFolder(MODELS / "copier", "run.py", "mine")
    assert source("http://localhost:5000/") == CogURL("http://localhost:5000", "localhost-5000")
    assert source("mine=http://gpu.example:5000") == CogURL("http://gpu.example:5000", "mine")
    with pytest.raises(SetupFailed, match="there is no predictor in"):
        source(str(tmp_path))
    with pytest.raises(SetupFailed, match="there is no folder"):
        source(str(tmp_path / "nowhere"))
    (tmp_path / "cog.yaml").write_text("predict: 'gone.py:Predictor'")
    with pytest.raises(SetupFailed, match=r"names gone\.py:Predictor, which is not there"):
        source(str(tmp_path))


def test_a_password_in_an_address_is_for_nobody_to_see() -> None:
    model = source("https://ada:s%40cret@gpu.example:5000/cog/")
    assert model == CogURL("https://gpu.example:5000/cog", "gpu.example-5000", ("ada", "s@cret"))
    assert "ada" not in repr(model)
    assert "cret" not in repr(model)
    token = source("mine=https://s3cret@gpu.example")
    assert token == CogURL("https://gpu.example", "mine", ("s3cret", ""))


@pytest.mark.parametrize(
    "place", ["http://", "http://ada:s3cret@h:port", "http://ada:s3/cret@h", "http://s3cret@h:99999"]
)
def test_an_address_that_is_none_is_told_without_repeating_it(place: str) -> None:
    with pytest.raises(SetupFailed, match="begins like an address, but is none") as refusal:
        source(place)
    assert "cret" not in str(refusal.value)
