"""Superscripts and subscripts of digits and their signs: ⁽¹⁾, ⁻⁵, ₁₂."""

PLAIN = "0123456789+-()"
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾"
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉₊₋₍₎"

FROM_SUPERSCRIPTS = str.maketrans(SUPERSCRIPTS, PLAIN)
FROM_SUBSCRIPTS = str.maketrans(SUBSCRIPTS, PLAIN)
TO_PLAIN = FROM_SUPERSCRIPTS | FROM_SUBSCRIPTS
_RAISED = str.maketrans(PLAIN, SUPERSCRIPTS)
_LOWERED = str.maketrans(PLAIN, SUBSCRIPTS)


def superscript(value: object) -> str:
    """Return an integer, or text of digits, signs and brackets, as a superscript."""
    return str(value).translate(_RAISED)


def subscript(value: object) -> str:
    """Return an integer, or text of digits, signs and brackets, as a subscript."""
    return str(value).translate(_LOWERED)
