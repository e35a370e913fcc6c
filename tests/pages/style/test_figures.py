"""Static figures."""

import numpy as np

from pages.ui.style.figures import axis_names, matrix_map


def test_each_row_and_column_of_a_matrix_has_a_place_of_its_own() -> None:
    figure = matrix_map(["2024", "2025"], ["a", "a"], z=np.eye(2))
    assert (figure.data[0].y, figure.data[0].x) == (("2024", "2025"), ("a", "a (2)"))
    assert {figure.layout.xaxis.type, figure.layout.yaxis.type} == {"category"}


def test_names_on_an_axis_are_taken_literally() -> None:
    names = ["<b>x</b>", 'a"&', "<b>x</b>"]
    there = ["&lt;b&gt;x&lt;/b&gt;", "a&#34;&amp;", "&lt;b&gt;x&lt;/b&gt; (2)"]
    assert axis_names(names) == there
