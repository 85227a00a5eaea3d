"""local/inspector: says what a file is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate_tui.local.schema import Declaration, Example, Input, Part
from replicate_tui.local.work.context import Context, ModelError, Predict

BEGINNING = 1 << 16
"""Bytes by which a file is recognised."""

README = """\
# inspector

Says what a file is, judged by its content: type, size, checksum, and what matters for its kind.

| kind | details | preview |
|---|---|---|
| picture | format, width, height, mode, frames, dominant colours | a small PNG |
| sound (WAV) | seconds, channels, sample rate, bits | its wave as a PNG |
| text | encoding, lines, words, characters | the first lines |
| archive (zip) | number of entries, unpacked size, names | a list of what is in it |
| other | the format, where it is recognised | the first bytes |

Nothing is unpacked and nothing in the file is run; what is damaged gets a `problem` among the details.
"""

DECLARATION = Declaration(
    name="inspector",
    description="Says what a file is: type, size, checksum, facts about pictures, sounds, texts and zips, a preview.",
    inputs=(Input("file", "string", "The file to look at", required=True, file=True),),
    output=(
        Part("name", "string"),
        Part("content_type", "string"),
        Part("size", "integer"),
        Part("sha256", "string"),
        Part("kind", "string"),
        Part("details", "object"),
        Part("preview", "string", file=True),
    ),
    example=Example(
        input={"file": {"$output": "painter.jpg"}},
        output={
            "name": "painter.jpg",
            "content_type": "image/jpeg",
            "size": 66100,
            "sha256": "da535241d785991d0e7ee7879b8b9f7f2b022b07895d919de2b2ac43b580ad37",
            "kind": "picture",
            "details": {
                "format": "JPEG",
                "width": 768,
                "height": 512,
                "mode": "RGB",
                "frames": 1,
                "palette": [
                    {"color": "#9a6375", "share": 0.288},
                    {"color": "#6a3e63", "share": 0.217},
                    {"color": "#d09b77", "share": 0.17},
                    {"color": "#27163a", "share": 0.123},
                    {"color": "#d66d67", "share": 0.104},
                    {"color": "#f4d38e", "share": 0.098},
                ],
            },
            "preview": {"$output": "inspector-preview.png"},
        },
        logs="painter.jpg: 66,100 bytes\npicture, image/jpeg\n",
        seconds=0.03,
    ),
    readme=README,
    created_at="2026-11-02T12:00:00.000000Z",
)


def load() -> Predict:
    """Import the picture library."""
    from replicate_tui.local.models.inspecting import contents, pictures, sounds

    def predict(context: Context, values: Mapping[str, Any]) -> dict[str, Any]:
        """The facts."""
        path: Path = values["file"]
        try:
            with path.open("rb") as file:
                beginning = file.read(BEGINNING)
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = path.stat().st_size
            context.log(f"{path.name}: {size:,} bytes\n")
            context.check()
            if sounds.looks_like(beginning):
                finding = sounds.look(path, beginning, context.file)
            else:
                finding = pictures.look(path, beginning, context.file) or contents.look(path, beginning, context.file)
        except OSError as error:
            raise ModelError(f"input file: it cannot be read ({error})") from error
        context.log(f"{finding.kind}, {finding.content_type}\n")
        return {
            "name": path.name,
            "content_type": finding.content_type,
            "size": size,
            "sha256": digest,
            "kind": finding.kind,
            "details": finding.details,
            "preview": finding.preview,
        }

    return predict
