"""Texts to edit from which is deleted what stood there when the key was pressed."""

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.widget import Widget as _Mixed
else:
    _Mixed = object  # a class takes its looks and keys from its first base that is a widget


class KeysInOrder(_Mixed):
    """Deletes at once, as letters are typed.

    Textual types a letter at once, but has a key such as backspace climb to the application before it acts: where keys
    come quickly, the letters behind it would be typed first, and then deleted.
    """

    async def _on_key(self, event: events.Key) -> None:
        """Delete, if the key is for that."""
        meant = self._bindings.key_to_bindings.get(event.key, ())
        if meant and meant[0].action.startswith("delete_"):
            event.stop()
            event.prevent_default()
            await self.run_action(meant[0].action)
