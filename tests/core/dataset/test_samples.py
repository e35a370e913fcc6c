"""The shipped samples: complete, credited, and ready to train on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.dataset.samples import SAMPLES, load, make, prepare_sample

_SHAPES = {  # rows, columns, K, rows that can be used
    "xor": (4, 3, 1, 4),
    "moons": (200, 3, 1, 200),
    "circles": (200, 3, 1, 200),
    "spirals": (300, 3, 1, 300),
    "iris": (150, 5, 3, 150),
    "digits": (1797, 65, 10, 1797),
    "penguins": (344, 8, 3, 333),
    "breast_cancer": (569, 31, 1, 569),
    "auto_mpg": (398, 9, 1, 392),
}


@pytest.mark.parametrize("key", SAMPLES)
def test_each_sample_loads_and_prepares(key: str) -> None:
    rows, columns, outputs, usable = _SHAPES[key]
    table = load(key)
    assert table.frame.shape == (rows, columns)
    assert table.name == SAMPLES[key].filename
    data = prepare_sample(key)
    assert len(data.rows) + len(data.rows_val) == usable
    assert data.y.shape[1] == outputs
    assert data.task == SAMPLES[key].task
    assert np.isfinite(data.X).all()


@pytest.mark.parametrize("key", SAMPLES)
def test_each_sample_says_where_it_is_from(key: str) -> None:
    sample = SAMPLES[key]
    assert sample.key == key
    assert sample.title
    assert sample.description.endswith((".", ")."))
    assert sample.source
    assert any(name in sample.licence for name in ("MIT", "CC BY 4.0", "CC0"))


def test_every_shipped_file_belongs_to_a_sample() -> None:
    files = {path.name for path in SAMPLES["xor"].path.parent.glob("*.csv")}
    assert files == {sample.filename for sample in SAMPLES.values()}


def test_xor_is_raw_and_whole() -> None:
    data = prepare_sample("xor")
    assert data.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.y.tolist() == [[0], [1], [1], [0]]
    assert data.X_val is None
    assert data.notices == ()
    assert load("xor").notices == ()


def test_the_classes_have_their_published_sizes() -> None:
    def sizes(key: str) -> list[int]:
        return sorted(load(key).frame[SAMPLES[key].target].value_counts().tolist())

    assert sizes("iris") == [50, 50, 50]
    assert sizes("penguins") == [68, 124, 152]
    assert sizes("breast_cancer") == [212, 357]
    assert sizes("moons") == sizes("circles") == [100, 100]


def test_published_means_are_met() -> None:
    iris = load("iris").frame.iloc[:, :4].mean().round(2).tolist()
    assert iris == [5.84, 3.06, 3.76, 1.2]
    cars = load("auto_mpg").frame
    assert cars["mpg"].mean() == pytest.approx(23.5146, abs=1e-4)
    assert cars["horsepower"].isna().sum() == 6
    assert cars["origin"].value_counts().to_dict() == {"usa": 249, "japan": 79, "europe": 70}
    assert load("breast_cancer").frame["mean_radius"].mean() == pytest.approx(14.127, abs=1e-3)


def test_malignant_is_1() -> None:
    data = prepare_sample("breast_cancer")
    assert data.classes == ("benign", "malignant")
    assert data.output_names == ("diagnosis = malignant",)


def test_the_made_samples_can_be_made_again(tmp_path: Path) -> None:
    make.write(tmp_path)
    for key in make.SHIPPED:
        shipped = load(key).frame.to_numpy()
        again = np.loadtxt(tmp_path / f"{key}.csv", delimiter=",", skiprows=1)
        np.testing.assert_allclose(again, shipped, rtol=0, atol=1.01e-4)


def test_circles_lie_within_each_other_and_moons_do_not_part_by_a_line() -> None:
    ring = load("circles").frame
    radius = np.hypot(ring["x1"], ring["x2"])
    assert radius[ring["y"] == 1].mean() == pytest.approx(0.5, abs=0.05)
    assert radius[ring["y"] == 0].mean() == pytest.approx(1.0, abs=0.05)
    moons = load("moons").frame
    A = np.column_stack([moons[["x1", "x2"]], np.ones(len(moons))])
    sign = np.where(moons["y"] == 1, 1.0, -1.0)
    fit = A @ np.linalg.lstsq(A, sign, rcond=None)[0]
    assert 0.7 < (np.sign(fit) == sign).mean() < 1.0


def test_an_unknown_sample_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load("none")
