"""The files that the items of a list name, and what stands where they are."""

import asyncio
from collections.abc import Iterable, Sequence

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field, Upload
from replicate_tui.tui.widgets.editors.file import look_at
from replicate_tui.tui.widgets.editors.items import Item

MOST_REMEMBERED = 500
"""Files of which it is remembered what stands there."""


class NamedFiles:
    """What was seen of the files that items of this field name. Blocks nobody: the looks are taken in a thread."""

    def __init__(self, field: Field) -> None:
        self._names_files = field.kind == "file"
        self._seen: dict[Upload, str] = {}

    def words(self, item: Item) -> str:
        """What stands where an item points to, as far as that is known."""
        upload = self._upload(item)
        return self._seen.get(upload, "") if upload is not None else ""

    def unseen(self, items: Iterable[Item]) -> list[Upload]:
        """The files of these items that nobody has looked at."""
        uploads = map(self._upload, items)
        return [upload for upload in uploads if upload is not None and upload not in self._seen]

    async def look(self, uploads: Sequence[Upload]) -> None:
        """Look at files."""
        looks = await asyncio.to_thread(lambda: [look_at(upload) for upload in uploads])
        known = self._seen if len(self._seen) < MOST_REMEMBERED else {}
        self._seen = known | {upload: words for upload, (words, _) in zip(uploads, looks, strict=True)}

    def _upload(self, item: Item) -> Upload | None:
        if not self._names_files:
            return None
        value = inputs.typed(item.text) if item.given is UNSET else item.given
        return value if isinstance(value, Upload) else None
