"""What a form says about the field that has the focus."""

from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.inputs import UNSET, Field
from replicate_tui.core.text import cell_width, clean, fit, one_line
from replicate_tui.tui.widgets.editors.editor import BAD, ODD, ROOMY

LONGEST_DEFAULT = 40
MOST_IN_LITTLE = 3
"""Lines about a field where the screen is not tall; F1 shows the whole description."""
_KINDS = {"prose": "text", "json": "JSON", "choice": "choice", "boolean": "on or off"}


class FieldHelp(Widget):
    """The name and the description of a field, and a line of facts: kind, bounds, default, keys."""

    DEFAULT_CSS = """
    FieldHelp {
        height: auto;
        color: $foreground-muted;
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

    def tell(self, text: str, name: str = "") -> None:
        """Say `text` of `name`, which is no field."""
        self._description = Content.assemble((name, "bold $foreground"), "  " if name else "", text)
        self._facts = ()
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
        return Content("\n").join([*wrong, *odd, *self._described(width)])

    def _described(self, width: int) -> list[Content]:
        if not self._description:
            return []
        facts = [Content(line) for line in _filled(self._facts, width)]
        lines = self._description.wrap(max(1, width))
        room = max(1, MOST_IN_LITTLE - len(facts)) if self.app.size.height < ROOMY else len(lines)
        if len(lines) > room:
            lines = [*lines[: room - 1], _cut(lines[room - 1], width)]
        return [*lines, *facts]

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


OF_A_FIELD = frozenset(
    f"form.{name}"
    for name in (
        "choose",
        "editor",
        "fold",
        "item_down",
        "item_remove",
        "item_up",
        "less",
        "more",
        "offer",
        "randomise",
        "reset",
        "take",
        "toggle",
    )
)
"""Keys that are said at their field, and not in the footer as well."""

APART = "  "
"""What stands between the words on two keys."""


def keys_of(*nodes: Widget) -> str:
    """The keys that do something in the first node, and those of the others themselves, as they are bound now."""
    here, *others = nodes
    words: dict[str, str] = {}
    for active in here.screen.active_bindings.values():
        binding, node = active.binding, active.node
        if binding.id in OF_A_FIELD and (here in node.ancestors_with_self or node in others):
            key = here.app.get_key_display(binding)
            words.setdefault(binding.action, f"{key} {binding.description.lower()}")
    return APART.join(words.values())


def _description(field: Field) -> Content:
    words = clean(field.description).strip()
    head = Content.assemble((one_line(field.name), "bold $foreground"), "  " if words else "", words)
    notes = [f"note: {clean(note)}" for note in field.notes]
    return Content("\n").join([head, *map(Content, notes)])


def _cut(line: Content, width: int) -> Content:
    """The line with a sign that there is more."""
    return Content.assemble(line.rstrip().truncate(max(0, width - 2)), " …")


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
    if field.bounds:
        yield field.bounds
    if field.choices:
        yield f"{len(field.choices):,} choices"
    if field.default is not UNSET:
        yield f"default {fit(one_line(inputs.show(field, field.default)), LONGEST_DEFAULT) or 'empty'}"
    elif field.required:
        yield "required"
    else:
        yield "left out unless set"
