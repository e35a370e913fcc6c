"""Gradients checked: by two independent ways, and somebody's own against the truth."""

from core.diagnosis import diagnose
from core.gradient_check import gradient_check
from core.mistakes import MISTAKES

__all__ = ["MISTAKES", "diagnose", "gradient_check"]
