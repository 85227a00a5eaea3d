"""The styles of all widgets, as Textual works them out, without drawing anew what looks as before."""

from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode


class Looks(Stylesheet):
    """Textual's own, but a border's title in another colour is no reason to draw what is within the border."""

    @classmethod
    def replace_rules(cls, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        """Give the node these rules."""
        base = node.styles.base
        title, subtitle = rules.get("border_title_color"), rules.get("border_subtitle_color")
        new_title = title is not None and base.set_rule("border_title_color", title)
        new_subtitle = subtitle is not None and base.set_rule("border_subtitle_color", subtitle)
        if new_title or new_subtitle:
            node.refresh()
        super().replace_rules(node, rules, animate)
