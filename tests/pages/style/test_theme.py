"""The theme's colours are legible: WCAG 2's contrast, from the file that Streamlit reads."""

import tomllib

import pytest

from tests.paths import ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
TEXT, GRAPHICS = 4.5, 3.0  # the least contrasts
CAPTION = 0.6  # of the text's colour, in a caption
TINTS = (0.1, 0.2)  # of the accent, behind a chosen segment at rest and under the pointer

Rgb = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    """Return red, green and blue from 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def mix(above: Rgb, share: float, below: Rgb) -> Rgb:
    """Return a colour with that opacity over another one."""
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(above, below, strict=True))
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """Return the relative luminance."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, str]:
    colours: dict[str, str] = THEME[request.param]
    return colours


@pytest.fixture
def surfaces(theme: dict[str, str]) -> list[Rgb]:
    """Return the page's background and that of sidebar and fields."""
    return [rgb(theme["backgroundColor"]), rgb(theme["secondaryBackgroundColor"])]


def test_black_on_white_is_21() -> None:
    assert contrast(rgb("#000000"), rgb("#ffffff")) == pytest.approx(21)
    assert contrast(rgb("#777777"), rgb("#ffffff")) == pytest.approx(4.48, abs=0.005)


def test_the_accent_is_legible_on_every_surface(theme: dict[str, str], surfaces: list[Rgb]) -> None:
    accent, page = rgb(theme["primaryColor"]), surfaces[0]
    assert min(contrast(accent, surface) for surface in surfaces) >= TEXT
    assert min(contrast(accent, mix(accent, tint, page)) for tint in TINTS) >= TEXT


def test_captions_are_legible(theme: dict[str, str], surfaces: list[Rgb]) -> None:
    text = rgb(theme["textColor"])
    assert min(contrast(mix(text, CAPTION, surface), surface) for surface in surfaces) >= TEXT


def test_curves_stand_out(theme: dict[str, str], surfaces: list[Rgb]) -> None:
    colours = [rgb(colour) for colour in theme["chartCategoricalColors"]]
    assert min(contrast(c, surface) for c in colours for surface in surfaces) >= GRAPHICS


def test_no_button_is_primary() -> None:
    """Streamlit writes white on the accent, which on dark is legible itself: no colour is both."""
    pages = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "pages").rglob("*.py")}
    found = {name for name, path in pages.items() if '"primary"' in path.read_text("utf-8")}
    assert found == set()
