"""What a file input takes: web URLs, small data: URIs, and files of this machine."""

import os
import re
import stat
from typing import Final
from urllib.parse import urlsplit

from replicate_tui.core.forms.field import Upload
from replicate_tui.core.forms.refusal import Refused, given
from replicate_tui.core.text import one_line

UPLOAD_LIMIT: Final = 100 * 1024 * 1024
DATA_URI_LIMIT: Final = 1_000_000
DATA_URI_ADVISED: Final = 256_000

_DATA_URI: Final = re.compile(r"data:[^,\s]*,", re.IGNORECASE)


def file_value(raw: object) -> str | Upload:
    """`raw` as a file input takes it: a URL, a data: URI or an Upload. Raises Refused."""
    if isinstance(raw, Upload):
        return sendable(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    if _DATA_URI.match(text):
        return _data_uri(text)
    if not is_web_url(text):
        raise Refused(f"must be a file: use @path for a local file, or a URL {given(raw)}", "file")
    return text


def is_web_url(text: str) -> bool:
    """Whether `text` is an http or https URL with a host, and nothing besides."""
    if not text[:8].lower().startswith(("http://", "https://")) or re.search(r"\s", text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def is_cut_short(text: str) -> bool:
    """Whether `text` is a data: URI of which Replicate kept the beginning only (`…;base64,...`)."""
    return _DATA_URI.match(text) is not None and text.rstrip().endswith(("...", "…"))


def is_large(value: object) -> bool:
    """Whether `value` is a data: URI that is sent, but longer than Replicate advises."""
    return isinstance(value, str) and len(value) > DATA_URI_ADVISED and _DATA_URI.match(value) is not None


def _data_uri(text: str) -> str:
    if is_cut_short(text):
        raise Refused("is a data: URI that was cut short: give the file again with @path", "file")
    if len(text) > DATA_URI_LIMIT:
        raise Refused("is a data: URI of more than 1 MB: upload the file instead: @path", "file")
    return text


def absolute(upload: Upload) -> Upload:
    """`upload` by a path that means the same file in every folder: what is kept is read from another one."""
    try:
        return Upload(upload.path.absolute())
    except OSError:  # the folder that we are in was deleted: nothing is known that would be better
        return upload


def sendable(upload: Upload, advice: str = "") -> Upload:
    """`upload` when its file can be sent, judged by what the file system says now; `advice` ends a refusal of none."""
    path = upload.path
    try:
        status = path.stat()
        readable = os.access(path, os.R_OK)
    except FileNotFoundError:
        raise Refused(f"names no file: {path} does not exist{advice}", "file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise Refused(f"names no file: {one_line(str(path))}: {reason}", "file") from None
    if stat.S_ISDIR(status.st_mode):
        raise Refused(f"must be a file, and {path} is a directory", "file")
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"must be a regular file, which {path} is not", "file")
    if not readable:
        raise Refused(f"can't be read: no permission for {path}", "file")
    if status.st_size > UPLOAD_LIMIT:
        raise Refused(f"is too large: {path} has more than the 100 MB that an upload may have", "file")
    return upload
