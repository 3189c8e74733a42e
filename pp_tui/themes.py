"""The two looks, light and dark. Colour repeats what a symbol and a word say; it is never the only sign."""

from textual.theme import Theme

DARK = Theme(
    name="pulse-dark",
    primary="#4fb3a5",
    secondary="#8fb8de",
    accent="#f2c14e",
    foreground="#e6ebe9",
    background="#101816",
    surface="#17211f",
    panel="#20302c",
    success="#7fd18b",
    warning="#f2c14e",
    error="#ff8a80",
    dark=True,
    variables={
        "block-cursor-foreground": "#101816",
        "block-cursor-background": "#4fb3a5",
        "input-selection-background": "#4fb3a5 35%",
    },
)
LIGHT = Theme(
    name="pulse-light",
    primary="#00685c",
    secondary="#1f5f99",
    accent="#8a5a00",
    foreground="#15211e",
    background="#fbfaf6",
    surface="#f1efe8",
    panel="#e2e8e4",
    success="#1b6e2c",
    warning="#8a5a00",
    error="#b3261e",
    dark=False,
    variables={
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#00685c",
        "input-selection-background": "#00685c 30%",
    },
)
LOOKS = {"dark": DARK, "light": LIGHT}
