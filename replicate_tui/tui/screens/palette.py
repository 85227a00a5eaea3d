"""Everything by its name, as Textual finds it, for keys that come before anything is found."""

from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    """Textual's palette, whose list is paged only once it is drawn: before that it has no lines to count."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages are as high as the list is."""
        paging = action == "command_list" and parameters in (("page_up",), ("page_down",))
        return not paging or bool(self.query_one(CommandList).scrollable_content_region)
