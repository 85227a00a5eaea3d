"""What a form says about the field that has the focus."""

from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from replicate_tui.core import inputs
from replicate_tui.core.inputs import UNSET, Field
from replicate_tui.core.text import cell_width, clean, fit, one_line
from replicate_tui.tui.widgets.editors.editor import BAD, ODD

LONGEST_DEFAULT = 40
_KINDS = {"prose": "text", "json": "JSON", "choice": "choice", "boolean": "on or off"}


class FieldHelp(Widget):
    """The name and the whole description of a field, and a line of facts: kind, bounds, default, keys."""

    DEFAULT_CSS = """
    FieldHelp {
        height: auto;
        color: $foreground 60%;
        &:ansi { color: ansi_default; text-style: dim; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._description = Content()
        self._facts: Sequence[str] = ()
        self._problems: Sequence[str] = ()
        self._oddities: Sequence[str] = ()

    def show(self, field: Field | None, keys: str = "") -> None:
        """Describe `field`; `keys` name what can be pressed in it."""
        self._description = _description(field) if field is not None else Content()
        self._facts = [" · ".join(_facts(field)) + " ", *keys.split(APART)] if field is not None else ()
        self.refresh(layout=True)

    def tell(self, text: str) -> None:
        """Say `text`, of what is no field."""
        self._description, self._facts = Content(text), ()
        self.refresh(layout=True)

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the form as a whole, shown above the description."""
        return self._problems

    @problems.setter
    def problems(self, problems: Sequence[str]) -> None:
        self._problems = problems
        self.refresh(layout=True)

    @property
    def oddities(self) -> Sequence[str]:
        """What is odd about the form as a whole, shown below what is wrong."""
        return self._oddities

    @oddities.setter
    def oddities(self, oddities: Sequence[str]) -> None:
        self._oddities = oddities
        self.refresh(layout=True)

    def _content(self, width: int) -> Content:
        wrong = [Content.styled(f"✗ {clean(problem).strip()}", BAD) for problem in self._problems]
        odd = [Content.styled(f"! {clean(oddity).strip()}", ODD) for oddity in self._oddities]
        described = [self._description, *map(Content, _filled(self._facts, width))] if self._description else []
        return Content("\n").join([*wrong, *odd, *described])

    def lines(self, width: int) -> int:
        """How many lines the text takes at this width."""
        content = self._content(width)
        return content.get_height({}, width) if content and width else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text takes."""
        return self.lines(width)

    def render(self) -> Content:
        """The text."""
        return self._content(self.size.width)


IN_THE_FOOTER = frozenset({"form.leave", "form.help"})
"""Keys of the whole form, which need not be said again at each field."""

HERE_ONLY = frozenset({"form.item_up", "form.item_down", "form.item_remove"})
"""Keys that are said at their field and not in the footer, where others matter more."""

APART = "  "
"""What stands between the words on two keys."""


def keys_of(*nodes: Widget) -> str:
    """The keys that do something in the first node, and those of the others themselves, as they are bound now."""
    here, *others = nodes
    words: dict[str, str] = {}
    for active in here.screen.active_bindings.values():
        binding, node = active.binding, active.node
        is_told = binding.id in HERE_ONLY or (binding.show and binding.id not in IN_THE_FOOTER)
        if is_told and (here in node.ancestors_with_self or node in others):
            key = here.app.get_key_display(binding)
            words.setdefault(binding.action, f"{key} {binding.description.lower()}")
    return APART.join(words.values())


def _description(field: Field) -> Content:
    words = clean(field.description).strip()
    head = Content.assemble((one_line(field.name), "bold $foreground"), "  " if words else "", words)
    notes = [f"note: {clean(note)}" for note in field.notes]
    return Content("\n").join([head, *map(Content, notes)])


def _filled(pieces: Sequence[str], width: int) -> list[str]:
    """The pieces on as few lines as they fit on, none of them broken."""
    lines: list[str] = []
    for piece in filter(None, pieces):
        longer = f"{lines[-1]}{APART}{piece}" if lines else ""
        if longer and cell_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _facts(field: Field) -> Iterator[str]:
    yield _KINDS.get(field.kind, field.kind)
    yield from _bounds(field)
    if field.choices:
        yield f"{len(field.choices):,} choices"
    if field.default is not UNSET:
        yield f"default {fit(one_line(inputs.show(field, field.default)), LONGEST_DEFAULT) or 'empty'}"
    elif field.required:
        yield "required"
    else:
        yield "left out unless set"


def _bounds(field: Field) -> Iterator[str]:
    low, high = (None if bound is None else inputs.show(field, bound) for bound in (field.minimum, field.maximum))
    unit = {"text": " characters", "prose": " characters", "secret": " characters", "list": " items"}
    if low is not None and high is not None:
        yield f"{low} to {high}{unit.get(field.kind, '')}"
    elif low is not None:
        yield f"at least {low}{unit.get(field.kind, '')}"
    elif high is not None:
        yield f"at most {high}{unit.get(field.kind, '')}"
