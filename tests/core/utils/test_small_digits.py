"""Superscripts and subscripts."""

from core.utils.small_digits import PLAIN, SUBSCRIPTS, SUPERSCRIPTS, TO_PLAIN, superscript


def test_small_digits_are_read_as_they_are_written() -> None:
    assert superscript(PLAIN) == SUPERSCRIPTS
    assert (superscript(-15), superscript("(1)")) == ("⁻¹⁵", "⁽¹⁾")
    assert (SUPERSCRIPTS + SUBSCRIPTS).translate(TO_PLAIN) == PLAIN * 2
