"""The keys that can be remapped in `config.toml`: every binding's id, and what is wrong with a user's choice."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding, BindingType
from textual.keys import KEY_ALIASES, Keys


def bindings() -> Iterator[Binding]:
    """Every binding of this program that has an id."""
    from replicate_tui.tui.app import ReplicateApp
    from replicate_tui.tui.screens.predictions import PredictionsScreen
    from replicate_tui.tui.screens.run import RunScreen
    from replicate_tui.tui.widgets.input_form import InputForm
    from replicate_tui.tui.widgets.resource_table import ResourceTable

    for owner in (ReplicateApp, RunScreen, PredictionsScreen, InputForm, ResourceTable):
        yield from _with_id(owner.BINDINGS)


def mistakes(keys: Mapping[str, str]) -> list[str]:
    """What is wrong with the `[keys]` of a configuration, one sentence each."""
    if not keys:
        return []
    known = {binding.id or "" for binding in bindings()}
    found = []
    for name, chosen in keys.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
            found.append(f"config.toml [keys]: there is no action {name!r}{hint}")
        found += [
            f"config.toml [keys] {name}: {key!r} is not a key, such as f5, ctrl+s or x"
            for key in chosen.split(",")
            if not _is_key(key.strip())
        ]
    return found


def _with_id(declared: Iterable[BindingType]) -> Iterator[Binding]:
    return (binding for binding in declared if isinstance(binding, Binding) and binding.id)


def _is_key(key: str) -> bool:
    name = key.split("+")[-1]
    return len(name) == 1 or name in {known.value for known in Keys} or name in KEY_ALIASES or name.isidentifier()
