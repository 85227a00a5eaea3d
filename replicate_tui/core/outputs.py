"""What an output is: its files, its text, one line about it. Judged by the value; the schema is a hint."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal
from urllib.parse import unquote, urlsplit

from replicate_tui.core.forms.file_input import is_cut_short, is_web_url
from replicate_tui.core.forms.schema import resolved
from replicate_tui.core.keeping.file_names import TakenNames, extension_of, legal_name
from replicate_tui.core.text import counted, fit, one_line

Media = Literal["image", "video", "audio", "text", "archive", "other"]

MOST_FILES: Final = 10_000

_SUMMARY_WIDTH: Final = 80
_RECORDS: Final = ("prediction.json", "logs.txt")  # saved beside the files of an output
_DATA_URI: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+(?:=[^;,\s]*)?)*,", re.IGNORECASE | re.ASCII)
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")

_EXTENSIONS: Final[dict[Media, str]] = {
    "image": "png jpg jpeg webp gif bmp tif tiff avif heic heif svg ico jxl jp2 ppm tga exr hdr",
    "video": "mp4 m4v mov webm mkv avi mpg mpeg ogv wmv flv 3gp",
    "audio": "wav mp3 flac ogg oga opus m4a aac aif aiff wma weba",
    "text": "txt md json jsonl ndjson csv tsv srt vtt ass html htm xml yaml yml toml log tex py js css",
    "archive": "zip tar gz tgz bz2 xz zst 7z rar",
}
_MEDIA: Final[dict[str, Media]] = {
    extension: media for media, extensions in _EXTENSIONS.items() for extension in extensions.split()
}
_TYPE_EXTENSIONS: Final = {
    "": "txt",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/javascript": "js",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/x-icon": "ico",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/vnd.wave": "wav",
    "application/gzip": "gz",
    "application/x-tar": "tar",
    "application/octet-stream": "bin",
    "model/gltf-binary": "glb",
}


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of an output.

    `url` is http, https or data. `where` is its place ("output[0]", "output.image"). `name` is legal
    everywhere and unique within the output, whatever the case. `media` is guessed from the name or type.
    """

    url: str
    where: str
    name: str
    media: Media


def files(output: object, most: int = MOST_FILES) -> tuple[OutputFile, ...]:
    """Every http, https or data URL anywhere in `output`, in order; the first `most` of them."""
    taken = TakenNames(*_RECORDS)
    return tuple(_file(url, where, taken) for where, url in islice(_urls(output), most))


def file_count(output: object) -> int:
    """How many `files` tells, which takes a fraction of the time."""
    return sum(1 for _ in islice(_urls(output), MOST_FILES))


def joined_text(output: object, schema: Mapping[str, Any] | None = None) -> str | None:
    """The text that `output` is: a string, or a list of strings that are not files; None if it is no text.

    The pieces of a list are joined as they are; with newlines when `schema`, the output's, says that it is
    an iterator whose pieces are not to be concatenated. Nulls among the pieces are left out.
    """
    hint = schema or {}
    if isinstance(output, str):
        return None if _is_file(output) else output
    if not isinstance(output, list):
        return None
    pieces = [piece for piece in output if isinstance(piece, str)]
    concatenated = hint.get("x-cog-array-display") == "concatenate"
    if len(pieces) + output.count(None) < len(output) or (not pieces and not concatenated):
        return None
    if not concatenated and any(map(_is_file, pieces)):
        return None
    separate = hint.get("x-cog-array-type") == "iterator" and not concatenated
    return ("\n" if separate else "").join(pieces)


def summary(output: object) -> str:
    """One short line for a list: "4 files", the first line of a text, "object with 3 keys"; "" for nothing."""
    match output:
        case None:
            return ""
        case bool():
            return str(output).lower()
        case int() | float():
            return str(output)
        case dict():
            return f"object with {counted(len(output), 'key')}"
    text = joined_text(output)
    if text is not None:
        return fit(one_line(text.strip().partition("\n")[0][: _SUMMARY_WIDTH * 8]), _SUMMARY_WIDTH)
    found = file_count(output)
    if found:
        return counted(found, "file")
    return f"list of {counted(len(output), 'value')}" if isinstance(output, list) and output else ""


def output_schema(openapi_schema: Mapping[str, Any] | None, component: str = "Output") -> Mapping[str, Any] | None:
    """The schema of a model's output with its reference followed; None if the document declares none."""
    found, _ = resolved(openapi_schema, component)
    return found or None


def streams(openapi_schema: Mapping[str, Any] | None) -> bool:
    """Whether the model's output arrives in pieces while it runs, as far as its document says."""
    output = output_schema(openapi_schema) or {}
    return output.get("x-cog-array-type") == "iterator" or _a_path_streams(openapi_schema)


def _a_path_streams(document: Mapping[str, Any] | None) -> bool:
    paths = document.get("paths") if isinstance(document, Mapping) else None
    operations = [path for path in paths.values() if isinstance(path, Mapping)] if isinstance(paths, Mapping) else []
    nested = [each for path in operations for each in path.values() if isinstance(each, Mapping)]
    return any(each.get("x-cog-streaming") is True for each in [*operations, *nested])


def _is_file(text: str) -> bool:
    return is_web_url(text) or (_DATA_URI.match(text) is not None and not is_cut_short(text))


def _urls(output: object) -> Iterator[tuple[str, str]]:
    """Where and what every file of `output` is, in order, however deep; no recursion, so no limit."""
    ahead: list[tuple[str, object]] = [("output", output)]
    while ahead:
        where, value = ahead.pop()
        match value:
            case str():
                if _is_file(value):
                    yield where, value
            case list():
                inside = [(f"{where}[{n}]", one) for n, one in enumerate(value) if _may_hold_file(one)]
                ahead.extend(reversed(inside))
            case dict():
                inside = [(where + _step(key), one) for key, one in value.items() if _may_hold_file(one)]
                ahead.extend(reversed(inside))


def _may_hold_file(value: object) -> bool:
    return isinstance(value, str | list | dict)


def _step(key: object) -> str:
    return f".{key}" if isinstance(key, str) and _IDENTIFIER.fullmatch(key) else f'["{one_line(str(key))}"]'


def _file(url: str, where: str, taken: TakenNames) -> OutputFile:
    fallback = re.sub(r"\W+", "-", where).strip("-")
    data = _DATA_URI.match(url)
    if data:
        wanted = f"{fallback}.{_extension_of_type((data[1] or '').lower())}"
    else:
        wanted = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    name = taken.free(legal_name(wanted, legal_name(fallback, "output")))
    return OutputFile(url, where, name, _media(name, (data[1] or "text/plain").lower() if data else ""))


def _extension_of_type(media_type: str) -> str:
    if media_type in _TYPE_EXTENSIONS:
        return _TYPE_EXTENSIONS[media_type]
    subtype = media_type.rpartition("/")[2].removeprefix("x-").partition("+")[0]
    return subtype if re.fullmatch(r"[a-z0-9]{1,8}", subtype) else "bin"


def _media(name: str, media_type: str) -> Media:
    match media_type.partition("/")[0]:
        case "image":
            return "image"
        case "video":
            return "video"
        case "audio":
            return "audio"
        case "text":
            return "text"
    return _MEDIA.get(extension_of(name), "other")
