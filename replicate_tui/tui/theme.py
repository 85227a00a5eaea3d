"""How it looks: our themes. Widgets name meanings, never colours.

Whatever stands for text can be read on every ground that text is on: the screen, a dialog, a bar, the row with the
cursor. There the contrast (WCAG 2) is 4.5 to 1 at the least, for what is muted too; with high contrast it is 7 to 1 on
the screen and in dialogs. The plain theme has the terminal's own sixteen colours and its own ground, and says with
bold, underlined and reversed letters what the others say with shades.

A terminal of 256 colours shows the nearest that it has: each colour here has one of its own kind there. A dark shade
with a tint would come out navy, a pale one pink, so the shades are nearly grey: saturated less than 15 %.
"""

from collections.abc import Container
from typing import Final

from textual.theme import Theme


def _made(name: str, *, dark: bool, ground: str, text: str, tones: dict[str, str], shades: dict[str, str]) -> Theme:
    """A theme. `tones` are its colours that mean something, `shades` the greys between its ground and its text."""
    return Theme(
        name=name,
        primary=tones["primary"],
        secondary=tones["secondary"],
        accent=tones["primary"],
        success=tones["success"],
        warning=tones["warning"],
        error=tones["error"],
        foreground=text,
        background=ground,
        surface=shades["surface"],
        panel=shades["panel"],
        dark=dark,
        variables={
            **{f"text-{tone}": colour for tone, colour in tones.items()},
            "text-accent": tones["primary"],
            "text-muted": shades["muted"],
            "text-disabled": shades["muted"],
            "foreground-muted": shades["muted"],
            "border": shades["border"],
            "border-blurred": shades["border"],
            "footer-background": shades["panel"],
            "footer-key-foreground": tones["primary"],
            "footer-description-foreground": shades["muted"],
            "block-cursor-background": shades["cursor"],
            "block-cursor-foreground": shades["strong"],
            "block-cursor-text-style": "none",
            "block-cursor-blurred-background": shades["cursor-blurred"],
            "block-cursor-blurred-foreground": text,
            "input-selection-background": f"{tones['primary']} 30%",
            "input-cursor-background": shades["strong"],
            "scrollbar": shades["scrollbar"],
            "scrollbar-background": ground,
            "scrollbar-hover": shades["border"],
            "scrollbar-active": tones["primary"],
        },
    )


DARK: Final = _made(
    "replicate-dark",
    dark=True,
    ground="#14151a",
    text="#cad3f5",
    tones={
        "primary": "#f5a97f",
        "secondary": "#8aadf4",
        "success": "#a6da95",
        "warning": "#eed49f",
        "error": "#ed8796",
    },
    shades={
        "surface": "#1b1c22",
        "panel": "#23252c",
        "muted": "#a6a9b9",
        "border": "#40434f",
        "cursor": "#363943",
        "cursor-blurred": "#2c2e37",
        "strong": "#f0f1fb",
        "scrollbar": "#363943",
    },
)

LIGHT: Final = _made(
    "replicate-light",
    dark=False,
    ground="#faf8f5",
    text="#2d2f38",
    tones={
        "primary": "#93410f",
        "secondary": "#1957ab",
        "success": "#266529",
        "warning": "#6a5600",
        "error": "#a9222d",
    },
    shades={
        "surface": "#f5f4f2",
        "panel": "#ebe9e6",
        "muted": "#52555f",
        "border": "#c4bfb6",
        "cursor": "#dad6cf",
        "cursor-blurred": "#e2dfda",
        "strong": "#1e2027",
        "scrollbar": "#cbc7bf",
    },
)

CONTRAST: Final = _made(
    "replicate-contrast",
    dark=True,
    ground="#000000",
    text="#ffffff",
    tones={
        "primary": "#ffd75f",
        "secondary": "#87d7ff",
        "success": "#5fff87",
        "warning": "#ffff5f",
        "error": "#ff9d9d",
    },
    shades={
        "surface": "#000000",
        "panel": "#1a1a1a",
        "muted": "#d0d0d0",
        "border": "#9a9a9a",
        "cursor": "#2a2a2a",
        "cursor-blurred": "#2a2a2a",
        "strong": "#ffffff",
        "scrollbar": "#9a9a9a",
    },
)

CONTRAST_LIGHT: Final = _made(
    "replicate-contrast-light",
    dark=False,
    ground="#ffffff",
    text="#000000",
    tones={
        "primary": "#753000",
        "secondary": "#003a8c",
        "success": "#004d14",
        "warning": "#5c4000",
        "error": "#8a0019",
    },
    shades={
        "surface": "#ffffff",
        "panel": "#f0f0f0",
        "muted": "#333333",
        "border": "#666666",
        "cursor": "#dcdcdc",
        "cursor-blurred": "#dcdcdc",
        "strong": "#000000",
        "scrollbar": "#666666",
    },
)

PLAIN: Final = Theme(
    name="replicate-plain",
    ansi=True,
    primary="ansi_magenta",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_default",
        "border-blurred": "ansi_default",
        "footer-key-foreground": "ansi_magenta",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "reverse",
        "block-cursor-blurred-text-style": "underline",
        "input-selection-background": "ansi_default",
        "input-selection-foreground": "ansi_default",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-hover": "ansi_magenta",
        "scrollbar-active": "ansi_magenta",
    },
)

THEMES: Final = (DARK, LIGHT, CONTRAST, CONTRAST_LIGHT, PLAIN)
"""Ours, the one that is worn by itself first."""


def worn(wanted: str | None, known: Container[str], *, no_color: bool) -> str:
    """The name of the theme to wear: what is wanted, if it is known; the plain one where there must be no colour."""
    if no_color:
        return PLAIN.name
    return wanted if wanted is not None and wanted in known else DARK.name
