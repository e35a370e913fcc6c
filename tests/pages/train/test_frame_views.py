"""What a frame of the stage carries beside the weights, held against the slow and plain way."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.dataset.preparation import from_exercise
from core.gradients import gradients
from core.network import Network
from core.training.run import Run, Settings
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.names import Names
from pages.ui.state.session import Session
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.train.feature_plane import MOST_POINTS, plane_of
from pages.ui.train.frame_views import (
    MOST_INPUTS,
    MOST_OUTPUTS,
    MOST_UNITS,
    FrameContent,
    diagram,
    frame_arrays,
    saturation,
    score,
)

Array = NDArray[np.float64]
RANDOM = np.random.default_rng(5)


@pytest.fixture(scope="module")
def iris() -> Session:
    """Four features, three classes, trained for 40 epochs."""
    session = Session()
    session.use(Draft.of_sample("iris"))
    session.run.advance(40)
    return session


@pytest.fixture(scope="module")
def deep() -> Session:
    """Iris with three hidden layers and softmax, trained for 40 epochs."""
    session = Session()
    architecture = Architecture((4, 3, 5), hidden_activation="tanh", output_activation="softmax")
    session.use(Draft.of_sample("iris"), architecture)
    session.run.advance(40)
    return session


def hidden_sums(net: Network, X: Array) -> Array:
    """H of all hidden layers."""
    return np.hstack(net.forward(X).sums[:-1])


def carried(
    session: Session, *views: str, whole: bool = True, plane: FeaturePlane | None = None
) -> Any:
    """The layers of epochs 11 to 13, by name."""
    data, run = session.source.dataset, session.run
    view = plane_of(data, run.network, plane) if plane else None
    show = FrameContent(frozenset(views), view)
    film = run.film(10, 3, gradients=show.gradients, updates=show.updates)
    return frame_arrays(show, film, run.network, data, whole=whole)


class TestLayers:
    def test_the_default_view_carries_nothing_but_the_weights(self, iris: Session) -> None:
        assert list(carried(iris)) == ["W1", "W2"]
        assert list(carried(iris, "log")) == ["W1", "W2"]

    def test_gradients_and_updates_are_those_of_the_epoch(self, iris: Session) -> None:
        found = carried(iris, "gradients", "updates")
        run = iris.run
        dW1, dW2 = gradients(run.at(12), run.X, run.y)
        np.testing.assert_allclose(found["dW1"][1], dW1.ravel(), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(found["dW2"][1], dW2.ravel(), rtol=1e-9, atol=1e-15)
        np.testing.assert_array_equal(found["uW1"][1], (run.at(12).W1 - run.at(11).W1).ravel())

    @pytest.mark.parametrize("of_gradients", [False, True])
    def test_the_diagrams_edges(self, iris: Session, *, of_gradients: bool) -> None:
        found = carried(iris, "network", *["network_gradients"] * of_gradients, "gradients")
        first = "d" if of_gradients else ""
        np.testing.assert_array_equal(found["edges1"], found[f"{first}W1"])
        np.testing.assert_array_equal(found["edges2"], found[f"{first}W2"])

    @pytest.mark.parametrize("sample", [0, 7])
    @pytest.mark.parametrize("session_name", ["iris", "deep"])
    def test_the_units_values_of_the_selected_sample(
        self, session_name: str, sample: int, request: pytest.FixtureRequest
    ) -> None:
        session: Session = request.getfixturevalue(session_name)
        run, data = session.run, session.source.dataset
        content = FrameContent(frozenset({"network"}), None, sample)
        found = frame_arrays(content, run.film(10, 3), run.network, data, whole=False)["sample"]
        for values, epoch in zip(found, (11, 12, 13), strict=True):
            forward = run.at(epoch).forward(data.X[[sample]])
            expected = np.hstack([data.X[[sample]], *forward.values])[0]
            np.testing.assert_allclose(values, expected, rtol=1e-13)

    def test_of_a_large_network_the_units_on_the_diagram_have_values(self) -> None:
        X = RANDOM.normal(size=(3, MOST_INPUTS + 5))
        run = Run(
            Network.init(X.shape[1], (MOST_UNITS + 2, 4), 2, bias_input=False, bias_hidden=False),
            X,
            np.eye(3)[:, :2],
            Settings(),
        )
        session = Session()
        film = run.film(0, 1)
        content = FrameContent(frozenset({"network"}), None, 1)
        data = replace(session.source.dataset, X=X, y=run.y)
        values = frame_arrays(content, film, run.template, data, whole=True)["sample"][0]
        Z1, Z2, y_hat = run.at(1).forward(X[[1]]).values
        shown = [X[1, :MOST_INPUTS], Z1[0, :MOST_UNITS], Z2[0], y_hat[0]]
        np.testing.assert_allclose(values, np.concatenate(shown), rtol=1e-13)

    def test_score_and_saturation_at_each_epoch(self, iris: Session) -> None:
        found, run, data = carried(iris, "network", "score"), iris.run, iris.source.dataset
        assert data.X_val is not None
        assert data.y_val is not None
        for i, epoch in enumerate((11, 12, 13)):
            net = run.at(epoch)
            right = net.predict(data.X).argmax(axis=1) == data.y.argmax(axis=1)
            assert found["score"][i, 0] == right.mean()
            assert found["score"][i, 1] == score(data.task, net, data.X_val, data.y_val)
            np.testing.assert_array_equal(
                found["saturation"][i], saturation(net, hidden_sums(net, data.X))
            )

    @pytest.mark.parametrize(
        "plane",
        [FeaturePlane(), FeaturePlane(3, 1, 2), FeaturePlane(2, 2, -1), FeaturePlane(90, 0, 90)],
    )
    def test_the_slice_is_the_network_over_the_plane(
        self, iris: Session, plane: FeaturePlane
    ) -> None:
        run, data = iris.run, iris.source.dataset
        net = run.at(12)
        view = plane_of(data, net, plane)
        assert view is not None
        x, y = view.plane.x, view.plane.y
        assert x != y
        rows = carried(iris, "surface", plane=plane)["slice"][1]
        m = net.units
        point = data.X.mean(axis=0)
        point[[x, y]] = 0.3, -1.2
        H = 0.3 * rows[:m] - 1.2 * rows[m : 2 * m] + rows[2 * m : 3 * m]
        np.testing.assert_allclose(H, net.forward(point[np.newaxis]).H[0], rtol=1e-12)
        np.testing.assert_array_equal(rows[3 * m :], net.W2.ravel())

    def test_the_slice_of_a_deep_network_holds_every_later_matrix(self, deep: Session) -> None:
        net = deep.run.at(12)
        rows = carried(deep, "units", plane=FeaturePlane())["slice"][1]
        later = np.concatenate([matrix.ravel() for matrix in net.weights[1:]])
        np.testing.assert_array_equal(rows[3 * 4 :], later)


class TestDepth:
    def test_every_matrix_its_gradient_and_its_update_are_carried(self, deep: Session) -> None:
        found, run = carried(deep, "gradients", "updates"), deep.run
        assert list(found) == [
            f"{kind}W{layer}" for kind in ("", "d", "u") for layer in range(1, 5)
        ]
        exact = gradients(run.at(12), run.X, run.y)
        for layer, matrix in enumerate(run.at(12).weights, start=1):
            before = run.at(11).weights[layer - 1]
            np.testing.assert_array_equal(found[f"W{layer}"][1], matrix.ravel())
            np.testing.assert_array_equal(found[f"uW{layer}"][1], (matrix - before).ravel())
            np.testing.assert_allclose(
                found[f"dW{layer}"][1], exact[layer - 1].ravel(), rtol=1e-9, atol=1e-15
            )

    def test_the_norms_are_those_of_the_gradients(self, deep: Session) -> None:
        found, run = carried(deep, "norms"), deep.run
        assert list(found) == ["W1", "W2", "W3", "W4", "norms"]
        for i, epoch in enumerate((11, 12, 13)):
            squares = [np.sum(dW**2) for dW in gradients(run.at(epoch), run.X, run.y)]
            np.testing.assert_allclose(found["norms"][i] ** 2, squares, rtol=1e-9)

    def test_large_matrices_share_the_cells_of_a_frame(self) -> None:
        data = from_exercise(np.ones((4, 64)), np.ones((4, 10)))
        net = Network.init(64, (64, 32), 10)
        film = Run(net, data.X, data.y, Settings(epochs=5)).film(0, 2)
        content = FrameContent(frozenset(), None)
        found = frame_arrays(content, film, net, data, whole=False)
        assert [matrix.shape[1] for matrix in found.values()] == [33 * 32, 65 * 32, 33 * 10]
        means = film.weights[0][1, 2:4, 4:6].mean()
        assert found["W1"][1, 32 + 2] == pytest.approx(means)
        whole = frame_arrays(content, film, net, data, whole=True)
        assert [matrix.shape[1] for matrix in whole.values()] == [65 * 64, 65 * 32, 33 * 10]

    def test_the_diagram_has_a_column_for_each_layer(self, deep: Session) -> None:
        columns = diagram(deep.run.network, Names.of(deep.current))["columns"]
        assert [len(column["names"]) for column in columns] == [5, 5, 4, 6, 3]
        assert [column["bias"] for column in columns] == [True, True, True, True, False]
        assert columns[2]["names"] == ["h⁽²⁾1", "h⁽²⁾2", "h⁽²⁾3", "bias"]
        found = carried(deep, "network")
        for layer in range(1, 5):
            np.testing.assert_array_equal(found[f"edges{layer}"], found[f"W{layer}"])

    def test_units_are_saturated_layer_by_layer(self) -> None:
        """H of the second layer is 50 tanh(H of the first), which is x."""
        one = np.array([[1.0]])
        net = Network(one, 50 * one, one, bias_input=False, bias_hidden=False, hidden="tanh")
        X = np.array([[-0.1], [0.001], [0.2], [5.0]])
        np.testing.assert_array_equal(saturation(net, hidden_sums(net, X)), [0.0, 0.25, 0.25, 0.5])

    def test_the_identity_never_saturates(self) -> None:
        net = single_unit(hidden="identity")
        np.testing.assert_array_equal(
            saturation(net, hidden_sums(net, np.array([[-1e9], [0.0], [1e9]]))), [0, 0]
        )


def single_unit(*, hidden: str, output: str = "sigmoid") -> Network:
    """H = x, without a bias."""
    one = np.array([[1.0]])
    return Network(one, one, bias_input=False, bias_hidden=False, hidden=hidden, output=output)


class TestScore:
    def test_of_two_classes(self) -> None:
        net = Network(np.array([[1.0]]), np.array([[8.0], [-4.0]]), bias_input=False)
        X = np.array([[-2.0], [2.0], [3.0], [-1.0]])
        assert score("binary", net, X, np.array([[0.0], [1.0], [0.0], [1.0]])) == 0.5

    def test_of_a_regression(self) -> None:
        net = single_unit(hidden="relu", output="identity")
        X, y = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [2.0], [6.0]])
        assert score("regression", net, X, y) == pytest.approx(1 - 9 / 14)
        assert np.isnan(score("regression", net, X, np.ones((3, 1))))

    def test_without_samples_there_is_none(self) -> None:
        net = Network.init(2, 3)
        assert np.isnan(score("binary", net, np.empty((0, 0)), np.empty((0, 0))))


class TestSaturation:
    X = np.array([[-5.0], [0.0], [5.0], [6.0]])

    @pytest.mark.parametrize(
        ("hidden", "low", "high"),
        [("sigmoid", 0.25, 0.5), ("tanh", 0.25, 0.5), ("relu", 0.5, 0.0)],
    )
    def test_shares_at_both_ends(self, hidden: str, low: float, high: float) -> None:
        net = single_unit(hidden=hidden)
        np.testing.assert_array_equal(saturation(net, hidden_sums(net, self.X)), [low, high])

    @pytest.mark.parametrize(("hidden", "steepest"), [("sigmoid", 0.25), ("tanh", 1.0)])
    def test_an_end_begins_where_the_slope_is_under_4_percent(
        self, hidden: str, steepest: float
    ) -> None:
        net = single_unit(hidden=hidden)
        H = np.linspace(0, 8, 4001)[:, np.newaxis]
        Z = net.forward(H).Z
        slope = Z * (1 - Z) if hidden == "sigmoid" else 1 - Z**2
        ends = np.array([saturation(net, hidden_sums(net, h[np.newaxis]))[1] for h in H])
        assert np.max(np.abs(ends - (slope[:, 0] <= 0.0396 * steepest * (1 + 1e-9)))) == 0


class TestDiagram:
    def test_a_small_network_is_drawn_whole(self, iris: Session) -> None:
        scene = diagram(iris.run.network, Names.of(iris.current))
        inputs, units, outputs = scene["columns"]
        assert inputs["names"][-1] == "bias"
        assert [column["more"] for column in scene["columns"]] == [0, 0, 0]
        assert [column["bias"] for column in scene["columns"]] == [True, True, False]
        assert units["names"] == ["h1", "h2", "h3", "bias"]
        assert outputs["names"] == ["setosa", "versicolor", "virginica"]

    def test_of_a_large_one_the_first_nodes_and_the_biases(self) -> None:
        data = from_exercise(np.ones((4, 30)), np.ones((4, 12)))
        net = Network.init(30, 40, 12)
        film = Run(net, data.X, data.y, Settings(epochs=5)).film(0, 2)
        found = frame_arrays(
            FrameContent(frozenset({"network"}), None), film, net, data, whole=False
        )
        rows = [*range(MOST_INPUTS), 30]
        np.testing.assert_array_equal(found["edges1"][0], film.W1[0][rows, :MOST_UNITS].ravel())
        rows = [*range(MOST_UNITS), 40]
        np.testing.assert_array_equal(found["edges2"][0], film.W2[0][rows, :MOST_OUTPUTS].ravel())


class TestPlane:
    def test_one_feature_spans_none(self) -> None:
        data = from_exercise([[0.0], [1.0]], [0.0, 1.0])
        assert plane_of(data, Network.init(1, 2), FeaturePlane()) is None

    def test_axes_are_told_in_the_features_own_units(self, iris: Session) -> None:
        data = iris.source.dataset
        view = plane_of(data, iris.run.network, FeaturePlane(2, 3))
        assert view is not None
        x = view.scene["x"]
        assert data.X_val is not None
        raw = np.concatenate([data.raw_X, data.unscale_X(data.X_val)])[:, 2]
        assert x["name"] == "petal_length_cm"
        assert x["rawLow"] < raw.min() < raw.max() < x["rawHigh"]
        assert x["rawHigh"] - raw.max() == pytest.approx(raw.min() - x["rawLow"])
        mean = data.raw_X[:, 0].mean()
        assert f"sepal_length_cm = {mean:.4g}" in view.scene["held"]

    def test_points_lie_within_and_are_not_too_many(self) -> None:
        session = Session()
        session.use(Draft.of_sample("moons"))
        data = session.source.dataset
        view = plane_of(data, session.run.network, FeaturePlane())
        assert view is not None
        assert data.X_val is not None
        for name, count in {"points": len(data.X), "validation": len(data.X_val)}.items():
            points = np.array(view.scene[name])
            assert len(points) == count
            for column, axis in enumerate("xy"):
                low, high = view.scene[axis]["low"], view.scene[axis]["high"]
                assert low < points[:, column].min() <= points[:, column].max() < high
            assert set(points[:, 2]) == {0, 1}
        xor = Session()
        plane = plane_of(xor.source.dataset, xor.run.network, FeaturePlane())
        assert plane is not None
        assert "validation" not in plane.scene

    def test_points_are_not_too_many_and_of_both_sets(self) -> None:
        session = Session()
        session.use(Draft.of_sample("digits"))
        data = session.source.dataset
        view = plane_of(data, session.run.network, session.plane)
        assert view is not None
        assert data.X_val is not None
        counts = len(view.scene["points"]), len(view.scene["validation"])
        assert MOST_POINTS - 2 <= sum(counts) <= MOST_POINTS
        assert counts[1] / counts[0] == pytest.approx(len(data.X_val) / len(data.X), rel=0.02)
