"""Sample tables of Chainscope: one CSV file each, with its source and licence.

    table = load("penguins")
    data = prepare_sample("penguins")      # with the target, features and scaling of the sample

`core.dataset.samples.make.make` makes XOR, moons, circles and spirals of any size, noise and seed;
`python -m core.dataset.samples.make` writes these files again, with the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from core.dataset.encoding import Scaling
from core.dataset.preparation import Dataset, prepare
from core.dataset.roles import Task
from core.table.csv_table import Table, read_csv

__all__ = ["SAMPLES", "Sample", "load", "prepare_sample"]

_HERE = Path(__file__).parent
_OURS = "Made for Chainscope"
_UCI = "UCI Machine Learning Repository"
_CC_BY = "CC BY 4.0"


@dataclass(frozen=True)
class Sample:
    """One sample: its file in this folder, the roles of its columns, and its source."""

    key: str
    title: str
    description: str
    features: tuple[str, ...]
    target: str
    task: Task
    source: str
    licence: str
    scaling: Scaling = "standard"
    validation: float = 0.2
    keep_constant: bool = False

    @property
    def filename(self) -> str:
        """Return the name of the CSV file."""
        return f"{self.key}.csv"

    @property
    def path(self) -> Path:
        """Return the path of the CSV file."""
        return _HERE / self.filename


_points = partial(
    Sample,
    features=("x1", "x2"),
    target="y",
    task="binary",
    source=f"{_OURS} (core/dataset/samples/make.py)",
    licence="MIT, as Chainscope itself",
    scaling="none",
)
_MEASURES = (
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness"),
    *("concavity", "concave_points", "symmetry", "fractal_dimension"),
)

_ALL = (
    _points(
        key="xor",
        title="XOR",
        description="Four rows: y is 1 when exactly one of x1 and x2 is. They are not "
        "linearly separable, which is why a hidden layer is needed.",
        source=_OURS,
        validation=0.0,
    ),
    _points(
        key="moons",
        title="Two moons",
        description="200 points on two interlocking half circles, with noise.",
    ),
    _points(
        key="circles",
        title="Circles",
        description="200 points on a circle within a circle, with noise.",
    ),
    _points(
        key="spirals",
        title="Spirals",
        description="300 points on two spirals wound around each other, with noise: two hidden "
        "layers of 8 units learn them, where a single layer of as many weights takes longer.",
    ),
    Sample(
        key="iris",
        title="Iris",
        description="150 iris flowers of three species, described by four lengths in cm.",
        features=("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm"),
        target="species",
        task="multiclass",
        source="R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of "
        "Eugenics 7 (1936); the numbers of that paper, as scikit-learn ships them "
        f"(two rows differ in the copy of the {_UCI})",
        licence=f"{_CC_BY} ({_UCI}); scikit-learn's copy: BSD 3-Clause",
    ),
    Sample(
        key="digits",
        title="Digits",
        description="1,797 handwritten digits as images of 8×8 pixels, each from 0 to 16: 64 "
        "inputs, 10 classes, the usual example of a softmax.",
        features=tuple(f"pixel_{row}_{column}" for row in range(1, 9) for column in range(1, 9)),
        target="digit",
        task="multiclass",
        source="E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits (the test set), "
        f"{_UCI} (1998), as scikit-learn ships it",
        licence=f"{_CC_BY} ({_UCI}); scikit-learn's copy: BSD 3-Clause",
        scaling="minmax",
        keep_constant=True,  # 3 pixels at the edge are always 0
    ),
    Sample(
        key="penguins",
        title="Penguins",
        description="344 penguins of three species on three islands; 11 rows have missing values.",
        features=(
            *("island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm"),
            *("body_mass_g", "sex"),
        ),
        target="species",
        task="multiclass",
        source="A. M. Horst, A. P. Hill, K. B. Gorman, palmerpenguins (2020); data collected by "
        "K. Gorman and Palmer Station, Antarctica LTER",
        licence="CC0 1.0",
    ),
    Sample(
        key="breast_cancer",
        title="Breast cancer",
        description="569 tumours, benign or malignant, with 30 measurements of their cell nuclei "
        "(Wisconsin diagnostic).",
        features=(
            *(f"mean_{measure}" for measure in _MEASURES),
            *(f"{measure}_error" for measure in _MEASURES),
            *(f"worst_{measure}" for measure in _MEASURES),
        ),
        target="diagnosis",
        task="binary",
        source="W. H. Wolberg, W. N. Street, O. L. Mangasarian, Breast Cancer Wisconsin "
        f"(Diagnostic), {_UCI} (1995), as scikit-learn ships it",
        licence=f"{_CC_BY} ({_UCI}); scikit-learn's copy: BSD 3-Clause",
    ),
    Sample(
        key="auto_mpg",
        title="Auto MPG",
        description="398 cars of 1970 to 1982: miles per gallon from weight, horsepower and "
        "other features (regression); 6 rows have missing values.",
        features=(
            *("cylinders", "displacement", "horsepower", "weight"),
            *("acceleration", "model_year", "origin"),
        ),
        target="mpg",
        task="regression",
        source=f"R. Quinlan, Auto MPG, {_UCI} (1993), from the StatLib library of Carnegie Mellon "
        "University; origin written as a word",
        licence=_CC_BY,
    ),
)

SAMPLES = MappingProxyType({sample.key: sample for sample in _ALL})


def load(key: str) -> Table:
    """Return the table of a sample; raises KeyError for an unknown key."""
    sample = SAMPLES[key]
    return read_csv(sample.path, name=sample.filename)


def prepare_sample(key: str, seed: int = 0) -> Dataset:
    """Return the dataset of a sample with its own roles, scaling and validation share."""
    sample = SAMPLES[key]
    return prepare(
        load(key),
        features=sample.features,
        target=sample.target,
        task=sample.task,
        scaling=sample.scaling,
        validation=sample.validation,
        seed=seed,
        keep_constant=sample.keep_constant,
    )
