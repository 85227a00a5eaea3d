"""The script that takes the README's pictures."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from textual.color import Color

from replicate_tui.tui.theme import THEMES

SCRIPT = Path(__file__).parents[2] / "screenshots" / "make.py"
FOREGROUNDS = {Color.parse(theme.foreground).rgb for theme in THEMES if theme.foreground}


def has_font(name: str) -> bool:
    """Whether the system has a font, as far as it tells."""
    if shutil.which("fc-list") is None:
        return False
    return name in subprocess.run(["fc-list"], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not has_font("Fira Code"), reason="the font Fira Code is not installed")
def test_the_pictures_of_the_readme_can_be_taken_anew(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], check=True, timeout=300)
    names = {path.name for path in SCRIPT.parent.glob("*.png")}
    assert {path.name for path in tmp_path.glob("*.png")} == names
    readme = (SCRIPT.parents[1] / "README.md").read_text("utf-8")
    assert all(f"screenshots/{name}" in readme for name in names)
    for name in names:
        with Image.open(tmp_path / name) as picture:
            colours = picture.convert("RGB").getcolors(1 << 24) or []
        text = [count for count, colour in colours if colour in FOREGROUNDS]
        assert sum(text) > 500, f"{name} has no text: is a monospace font installed?"
