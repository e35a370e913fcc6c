"""Optional views of the stage: exact, and sent only when switched on."""

import re
from itertools import count, pairwise
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from core.dataset.samples import prepare_sample
from core.gradients import gradients
from core.network import Network
from core.training.run import Run
from pages.ui.state.architecture import Architecture
from pages.ui.state.drafts import Draft
from pages.ui.state.permalink import Permalink
from pages.ui.state.session import Session
from pages.ui.train.weight_panel import CHAIN_RULE
from tests.browser.film import ROWS, Array, Film, wait_until_idle
from tests.browser.test_settings import Table
from tests.browser.visit import choose, go, next_frame, unfold, visit

# For each switch the drawings that it brings, and what frames carry for them.
VIEWS = {
    "Gradients": (["Gradient of W1", "Gradient of W2"], {"dW1", "dW2"}),
    "Last update": (["Last update of W1", "Last update of W2"], {"uW1", "uW2"}),
    "Network": (["The network as a diagram"], {"edges1", "edges2", "saturation", "sample"}),
    "Decision surface": (["Decision surface over x1 and x2"], {"slice"}),
    "Hidden units": (["Each hidden unit over x1 and x2"], {"slice"}),
    "Accuracy": (["accuracy over the epochs"], {"score"}),
    "Norms": (["Norms of the gradients over the epochs"], {"norms"}),
}
ALWAYS = {"W1", "W2"}


@pytest.fixture
def layers_per_film(page: Page) -> list[set[str]]:
    """Return the layers of each message from the server, in order."""
    films: list[set[str]] = []

    def note(payload: bytes | str) -> None:
        if isinstance(payload, bytes) and (found := re.findall(rb'\["film/(\w+)"', payload)):
            films.append({name.decode() for name in found} - {"epochs"})

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", note)

    page.on("websocket", listen)
    return films


# Whether the drawing whose name begins like that is another one than this picture.
ANOTHER = """([stage, name, picture]) => {
  const drawings = [...stage.querySelectorAll("canvas")];
  const drawing = drawings.find((canvas) => canvas.ariaLabel.startsWith(name));
  return drawing && drawing.toDataURL() !== picture;
}"""


def picture(film: Film, name: str) -> str:
    """Return that drawing as a data URL."""
    return str(film.drawing(name).evaluate("canvas => canvas.toDataURL()"))


def wait_for_change(film: Film, name: str, picture: str) -> None:
    """Wait until that drawing differs from this picture."""
    film.page.wait_for_function(ANOTHER, arg=[film.stage.element_handle(), name, picture])


def pause_at(film: Film, epoch: int) -> int:
    """Play up to about that epoch; return the epoch of the pause."""
    film.press("Play")
    film.wait_for_epoch(epoch)
    film.press("Pause")
    film.wait_at_rest()
    return film.epoch


class TestSwitches:
    def test_paused_each_brings_its_drawings_and_takes_them_away(self, film: Film) -> None:
        for name, epoch in zip(VIEWS, count(60, step=60), strict=False):
            self.check_paused(film, name, epoch)

    def check_paused(self, film: Film, name: str, epoch: int) -> None:
        """Switch it on, go to that epoch, and switch it off."""
        drawings, _ = VIEWS[name]
        switch = film.switch(name)
        expect(switch).to_have_attribute("aria-pressed", "false")
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "true")
        for drawing in drawings:
            expect(film.drawing(drawing)).to_be_visible()
        film.wait("paused")
        pictures = [picture(film, drawing) for drawing in drawings]
        film.drag(epoch)
        film.release()
        for drawing, before in zip(drawings, pictures, strict=True):
            wait_for_change(film, drawing, before)
        expect(film.stage).to_have_attribute("data-epoch", str(epoch))
        switch.click()
        expect(switch).to_have_attribute("aria-pressed", "false")
        for drawing in drawings:
            expect(film.drawing(drawing)).to_have_count(0)
        film.wait("paused")
        assert film.epoch == epoch

    def test_playing_each_comes_and_goes_with_what_frames_carry_and_no_epoch_is_skipped(
        self, layers_per_film: list[set[str]], film: Film
    ) -> None:
        film.set_length(10_000)
        film.watch()
        film.press("Play")
        wanted = set(ALWAYS)
        for name, (drawings, layers) in VIEWS.items():
            film.switch(name).click()
            wanted |= layers
            for drawing in drawings:
                expect(film.drawing(drawing)).to_be_visible()
                wait_for_change(film, drawing, picture(film, drawing))
            assert wanted in layers_per_film
        for name in ("Log scale", *VIEWS, "Log scale"):
            film.switch(name).click()
        expect(film.stage.get_by_role("img")).to_have_count(3)
        film.wait_for_epoch(film.epoch + 1)  # each switch lets go of the frames that were there
        film.press("Pause")
        assert layers_per_film[-1] == ALWAYS
        assert film.epochs() == list(range(film.epoch + 1))

    def test_the_loss_is_drawn_on_a_logarithmic_scale_and_back(self, film: Film) -> None:
        pause_at(film, 40)
        film.press("First")
        expect(film.stage).to_have_attribute("data-epoch", "0")
        film.wait("paused")
        linear = picture(film, "Loss")
        film.switch("Log scale").click()
        wait_for_change(film, "Loss", linear)
        logarithmic = picture(film, "Loss")
        film.switch("Log scale").click()
        wait_for_change(film, "Loss", logarithmic)
        film.wait("paused")
        assert picture(film, "Loss") == linear

    def test_they_are_there_again_after_another_page(self, film: Film) -> None:
        for name in ("Gradients", "Decision surface"):
            film.switch(name).click()
            expect(film.switch(name)).to_have_attribute("aria-pressed", "true")
        epoch = pause_at(film, 20)
        wait_until_idle(film.page)
        go(film.page, "Data")
        film.page.get_by_text("Data source").wait_for()
        go(film.page, "Train")
        film.wait("paused")
        assert film.epoch == epoch
        pressed = film.stage.get_by_role("button", pressed=True)
        assert pressed.all_text_contents() == ["Gradients", "Decision surface"]
        for drawing in ("Gradient of W1", "Gradient of W2", "Decision surface over x1 and x2"):
            expect(film.drawing(drawing)).to_be_visible()


class TestNumbers:
    def test_every_cell_tells_its_exact_value(self, film: Film, xor: Run) -> None:
        for name in ("Gradients", "Last update"):
            film.switch(name).click()
        epoch = pause_at(film, 25)
        film.wait_for_full_precision()
        exact = xor.film(epoch - 1, 1, gradients=True, updates=True)
        net = xor.at(epoch)
        assert exact.gradients
        assert exact.updates
        for prefix, pair in (("", (net.W1, net.W2)), ("d", exact.gradients), ("u", exact.updates)):
            for layer, matrix in zip(("W1", "W2"), pair, strict=True):
                values = film.values(prefix + layer)
                np.testing.assert_array_equal(values, matrix.ravel(), err_msg=prefix + layer)
        derived = gradients(net, xor.X, xor.y)
        for layer, by_hand in zip(("dW1", "dW2"), derived, strict=True):
            scale = np.abs(by_hand).max()
            np.testing.assert_allclose(
                film.values(layer), by_hand.ravel(), rtol=0, atol=1e-14 * scale
            )

    def test_at_rest_a_screen_reader_finds_every_matrix_as_a_table(
        self, film: Film, xor: Run
    ) -> None:
        film.switch("Gradients").click()
        epoch = pause_at(film, 25)
        tables = film.stage.get_by_role("table")
        expect(tables).to_have_count(4)
        found = xor.film(epoch - 1, 1, gradients=True)
        assert found.gradients
        for name, matrix in (("W1", found.W1[0]), ("Gradient of W2", found.gradients[1][0])):
            table = tables.filter(has=film.page.get_by_text(f"{name}, ", exact=False)).first
            rows = table.get_by_role("row").all()[1:]
            shown = [
                [number(text) for text in row.get_by_role("cell").all_inner_texts()] for row in rows
            ]
            np.testing.assert_allclose(shown, matrix, rtol=0.05, atol=0.005)
        film.press("Play")
        film.wait("playing")
        expect(tables).to_have_count(0)
        film.press("Pause")
        expect(tables).to_have_count(4)

    def test_the_pointer_brings_the_tip_and_takes_it_along(self, film: Film, xor: Run) -> None:
        canvas = film.heatmap("W2")
        place = film.tips(canvas)["W⁽²⁾  bias → y"]
        tip = film.page.get_by_test_id("tip")
        canvas.hover(position={"x": place.x, "y": place.y})
        expect(tip).to_be_visible()
        assert number(tip.get_attribute("data-value")) == xor.at(0).W2[-1, 0]
        film.page.keyboard.press("Tab")
        film.stage.press("ArrowRight")  # the film goes on below the pointer
        expect(tip).to_have_attribute("data-value", repr(float(xor.at(1).W2[-1, 0])))
        film.switch("Gradients").hover()
        expect(tip).to_be_hidden()

    def test_the_edges_of_the_diagram_tell_the_weights_or_their_gradients(
        self, film: Film, xor: Run
    ) -> None:
        film.switch("Network").click()
        epoch = pause_at(film, 25)
        film.wait_for_full_precision()
        net = xor.at(epoch)
        assert edges(film, "W") == weights_by_name("W", net.W1, net.W2)
        weights = picture(film, "The network")
        film.stage.get_by_role("combobox", name="Edges").select_option("gradients")
        wait_for_change(film, "The network", weights)
        filmed = xor.film(epoch - 1, 1, gradients=True).gradients
        assert filmed
        tries = iter(range(20))  # until the frame with them is there, it has no edges
        while not (shown := edges(film, "∂C/∂W")) and next(tries, None) is not None:
            pass
        assert shown == weights_by_name("∂C/∂W", filmed[0][0], filmed[1][0])

    def test_a_regression_has_r2_in_place_of_accuracy(self, film: Film) -> None:
        use_sample(film, "Auto MPG")
        film.switch("R²").click()
        expect(film.drawing("R² over the epochs")).to_be_visible()
        data = prepare_sample("auto_mpg")
        net = Network.init(data.X.shape[1], 3, seed=0)
        misses = np.sum((data.y - net.predict(data.X)) ** 2)
        r2 = 1 - misses / np.sum((data.y - data.y.mean()) ** 2)
        expect(film.stage.locator(".readout")).to_contain_text(f"R² {r2:.3g}".replace("-", "−"))


def number(text: str | None) -> float:
    return float((text or "nan").replace("−", "-"))


def edges(film: Film, symbol: str) -> dict[str, float]:
    """Return the values in the tooltips of the diagram's edges, by the nodes that they join."""
    tips = film.tips(film.drawing("The network as a diagram"), 6)
    return {name: number(tip.value) for name, tip in tips.items() if name.startswith(symbol)}


def weights_by_name(symbol: str, W1: Array, W2: Array) -> dict[str, float]:
    """Return the same from the matrices."""
    found = {}
    for layer, matrix, rows, columns in (
        ("⁽¹⁾", W1, ["x1", "x2", "bias"], ["h1", "h2", "h3"]),
        ("⁽²⁾", W2, ["h1", "h2", "h3", "bias"], ["y"]),
    ):
        for (row, column), value in np.ndenumerate(matrix):
            found[f"{symbol}{layer}  {rows[row]} → {columns[column]}"] = float(value)
    return found


def scores(film: Film, computed: int) -> dict[int, str]:
    """Return the tooltips of the score's curve by epoch, once it is computed up to `computed`."""
    drawing = film.drawing("accuracy over the epochs")
    expect(drawing).to_have_attribute("data-computed", str(computed))
    tips = film.tips(drawing, 3, ROWS)
    return {int(name.removeprefix("Epoch ")): tip.detail for name, tip in tips.items()}


def test_the_accuracy_switched_on_late_is_that_of_every_epoch_it_is_drawn_at(
    film: Film, xor: Run
) -> None:
    film.run_to(epoch=500)
    film.wait("done")
    film.switch("Accuracy").click()
    told = scores(film, 500)
    assert len(told) > 80  # the pointer does not come upon them all
    for epoch, text in told.items():
        right = (xor.at(epoch).predict(xor.X) > 0.5) == (xor.y > 0.5)
        assert float(text.removeprefix("training ")) == right.mean(), epoch
    assert "training 0.75" in told.values()
    pressed = picture(film, "accuracy")
    film.page.reload()
    film.wait("done")
    assert scores(film, 500) == told
    assert picture(film, "accuracy") == pressed


def test_the_accuracy_grows_with_the_film_while_it_plays(film: Film) -> None:
    film.switch("Accuracy").click()
    pause_at(film, 60)
    film.wait("paused")
    drawing = film.drawing("accuracy over the epochs")
    film.page.wait_for_function(
        "([drawing, epoch]) => Number(drawing.dataset.computed) >= epoch",
        arg=[drawing.element_handle(), film.epoch],
    )
    told = {int(tip.removeprefix("Epoch ")) for tip in film.tips(drawing, 2, ROWS)}
    apart = sorted(told)[1]
    assert apart <= 2  # at some 200 of the epochs that are trained by now, ahead of the film
    assert told == {*range(0, film.epoch + 1, apart)}


def test_the_surface_is_drawn_after_another_network(film: Film) -> None:
    page = film.page
    for name in ("Decision surface", "Hidden units"):
        film.switch(name).click()
    pause_at(film, 30)

    def bias() -> None:
        page.get_by_text("Bias in W⁽²⁾", exact=True).click()

    def units() -> None:
        box = page.get_by_role("textbox", name="Hidden units", exact=True)
        box.fill("5")
        box.press("Enter")

    for change, shape in ((bias, "3×1"), (units, "5×1"), (bias, "6×1")):
        change()
        page.get_by_role("button", name="Start a new run").click()
        expect(film.stage.locator("figcaption", has_text="W⁽²⁾").first).to_contain_text(shape)
        film.wait("paused")
        film.press("Step")
        film.wait("paused")
        for drawing in ("Decision surface over x1", "Each hidden unit over x1"):
            assert film.tips(film.drawing(drawing)), f"{drawing} is blank at {shape}"
        expect(film.stage).not_to_have_attribute("data-error", re.compile(""))


def use_sample(film: Film, title: str) -> None:
    """Use a sample on the data page and return to the stage."""
    page = film.page
    go(page, "Data")
    page.get_by_role("button", name=title).click()
    page.get_by_test_id("stToast").wait_for()
    go(page, "Train")
    film.wait("paused")


def test_the_decision_surface_is_drawn_over_the_features_and_for_the_output_chosen(
    film: Film,
) -> None:
    use_sample(film, "Iris")
    film.switch("Decision surface").click()
    expect(film.drawing("Decision surface over petal_length_cm and petal_width_cm")).to_be_visible()
    film.wait("paused")
    data = prepare_sample("iris")
    means = data.unscale_X(data.X.mean(axis=0)[np.newaxis])[0]
    held = film.stage.locator(".held")
    expect(held).to_have_text(
        f"Fixed at the mean: sepal_length_cm = {means[0]:.4g}, sepal_width_cm = {means[1]:.4g}."
    )
    pictures = [picture(film, "Decision surface")]
    for label, option, over in (
        ("x-axis", "sepal_length_cm", "sepal_length_cm and petal_width_cm"),
        ("y-axis", "sepal_width_cm", "sepal_length_cm and sepal_width_cm"),
        ("Output", "virginica", "sepal_length_cm and sepal_width_cm"),
    ):
        film.stage.get_by_role("combobox", name=label).select_option(option)
        expect(film.drawing(f"Decision surface over {over}")).to_be_visible()
        wait_for_change(film, "Decision surface", pictures[-1])
        film.wait("paused")
        pictures.append(picture(film, "Decision surface"))
    assert len(set(pictures)) == 4
    expect(held).to_have_text(
        f"Fixed at the mean: petal_length_cm = {means[2]:.4g}, petal_width_cm = {means[3]:.4g}."
    )


def test_a_saturated_unit_and_a_dead_one_are_told_in_words_with_why(film: Film) -> None:
    """A bias weight of −50 keeps h3 at its lower end: of the sigmoid, then of ReLU."""
    page = film.page
    film.switch("Network").click()
    told = film.stage.locator(".states")
    expect(told).to_have_text("")
    film.part("Edit weights").click()
    numbers = Table(page, 0)
    numbers.click_last(2)
    expect(numbers.cell(3, 2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.locator("#portal").get_by_role("textbox").fill("-50")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 weight changed, 0 frozen")).to_be_visible()
    page.get_by_role("button", name="Go on from here").click()
    expect(told).to_have_text(
        "! h3 saturated: for nearly every sample its slope σ′(H) is under 4 % of its maximum, "
        "so hardly any gradient passes."
    )
    film.wait("paused")
    tips = film.tips(film.drawing("The network as a diagram"), 6)
    assert tips["h3 saturated"].detail == (
        "σ′(H) is under 4 % of its maximum for 100 % of the samples"
    )
    unfold(page, "Activations")
    choose(page, "Hidden units’ activation", "ReLU")
    page.get_by_role("button", name="Start a new run").click()
    expect(told).to_have_text(
        "× h3 dead: H ≤ 0 for every sample, where ReLU’s slope is 0, so no gradient passes."
    )


HIDDEN = (4, 3, 5)  # units of a deep network's hidden layers


@pytest.fixture
def deep(page: Page, app: str) -> tuple[Film, Run]:
    """Return the stage of Iris with three hidden layers and softmax at epoch 20, and that run."""
    session = Session()
    architecture = Architecture(HIDDEN, hidden_activation="tanh", output_activation="softmax")
    session.use(Draft.of_sample("iris"), architecture)
    session.run.advance(20)
    session.report(20, playing=False)
    visit(page, f"{app}/?{urlencode(Permalink.of(session).params)}")
    film = Film(page)
    film.wait("paused")
    assert film.epoch == 20
    return film, session.run


def test_a_deep_network_is_shown_whole(deep: tuple[Film, Run]) -> None:
    film, run = deep
    net = run.at(20)
    for name in ("Gradients", "Last update", "Network", "Hidden units"):
        film.switch(name).click()
    film.wait("paused")
    film.wait_for_full_precision()
    titles = film.stage.locator("figcaption:has(.size)").all_inner_texts()
    layers = ["inputs", "hidden 1", "hidden 2", "hidden 3", "output"]
    notes = {
        "W": [f"\n{before} → {after}" for before, after in pairwise(layers)],
        "∂C/∂W": [""] * 4,
        "ΔW": ["\nlast update"] * 4,
    }
    expected = [
        f"{symbol}⁽{'¹²³⁴'[i]}⁾ {rows}×{columns}{lines[i]}"
        for symbol, lines in notes.items()
        for i, (rows, columns) in enumerate(net.shapes)
    ]
    assert titles == expected
    found = run.film(19, 1, gradients=True, updates=True)
    for prefix, matrices in {"": found.weights, "d": found.gradients, "u": found.updates}.items():
        for layer, matrix in enumerate(matrices or (), start=1):
            np.testing.assert_array_equal(film.values(f"{prefix}W{layer}"), matrix[0].ravel())
    units = {f"h⁽{'¹²³'[n]}⁾{l + 1}" for n, m in enumerate(HIDDEN) for l in range(m)}
    network = film.tips(film.drawing("The network as a diagram"), 6)
    field = film.stage.get_by_role("spinbutton", name="Sample")
    for sample in (3, 50):
        field.fill(str(sample))
        field.press("Enter")
        expect(film.stage).to_contain_text(f"units: values of sample {sample}")
        film.wait("paused")
        film.wait_for_full_precision()
        network = film.tips(film.drawing("The network as a diagram"), 6)
        nodes = {name.strip(): tip for name, tip in network.items() if not name.startswith("W")}
        forward = net.forward(run.X[[sample - 1]])
        inputs, outputs = ["sepal_length_cm", "petal_width_cm"], ["setosa", "virginica"]
        assert set(nodes) > units | {*inputs, *outputs}
        values = {
            **dict(zip(inputs, run.X[sample - 1, [0, 3]], strict=True)),
            **dict(zip(outputs, forward.y_hat[0, [0, 2]], strict=True)),
            "h⁽³⁾5": forward.Z[3][0, 4],
        }
        told = {name: float(nodes[name].value) for name in values}
        assert told == pytest.approx(values, rel=1e-12)
    edges = {name: number(tip.value) for name, tip in network.items() if name.startswith("W")}
    for name, place in (("W⁽³⁾  h⁽²⁾3 → h⁽³⁾5", (2, 4)), ("W⁽³⁾  bias → h⁽³⁾1", (3, 0))):
        assert edges[name] == net.weights[2][place]
    assert len(edges) > 50  # some lie below others
    maps = film.tips(film.drawing("Each hidden unit over"), 6)
    assert {name.split(" at ")[0] for name in maps} == units


def test_the_norms_of_the_gradients_tell_which_layer_learns(deep: tuple[Film, Run]) -> None:
    film, run = deep
    film.switch("Norms").click()
    drawing = film.drawing("Norms of the gradients over the epochs")
    expect(drawing).to_have_attribute("data-computed", "20")
    film.wait("paused")

    def norms(epoch: int) -> list[float]:
        return [float(np.sqrt(np.sum(dW**2))) for dW in gradients(run.at(epoch), run.X, run.y)]

    told = {
        int(name.removeprefix("Epoch ")): tip for name, tip in film.tips(drawing, 3, ROWS).items()
    }
    assert set(told) == {*range(21)}
    for epoch, tip in told.items():
        shown = [number(part.split()[1]) for part in tip.detail.split(", ")]
        np.testing.assert_allclose(shown, norms(epoch), rtol=0.006)
    first, *_, last = norms(20)
    sentence = film.stage.get_by_test_id("ratio").inner_text()
    assert sentence.endswith("‖∂C/∂W⁽⁴⁾‖ at epoch 20")
    said = number(sentence.removeprefix("‖∂C/∂W⁽¹⁾‖ is ").split()[0])
    assert said == pytest.approx(first / last, rel=0.06)
    film.press("First")
    expect(film.stage.get_by_test_id("ratio")).to_contain_text("at epoch 0")


def box(place: Locator) -> dict[str, float]:
    """Return the place of what is on the page, in px."""
    found = place.bounding_box()
    assert found is not None
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {"x": x, "y": y, "height": height, "bottom": y + height, "right": x + width}


def test_at_depth_the_curves_come_before_the_gradients_on_a_phone_and_no_column_is_left_blank(
    deep: tuple[Film, Run],
) -> None:
    film, _ = deep
    for name in ("Gradients", "Network", "Hidden units"):
        film.switch(name).click()
    film.wait("paused")
    network, units = film.drawing("The network as a diagram"), film.drawing("Each hidden unit over")
    loss, last = film.drawing("Loss at every epoch"), film.drawing("Gradient of W4")
    assert box(network)["y"] < box(last)["bottom"]
    assert box(network)["x"] > box(last)["right"]
    assert box(network)["y"] > box(loss)["bottom"]
    assert box(units)["y"] > box(network)["bottom"] or box(units)["y"] > box(last)["bottom"]
    film.page.set_viewport_size({"width": 400, "height": 800})
    next_frame(film.page)
    assert box(film.drawing("W4"))["bottom"] < box(loss)["y"]
    assert box(loss)["bottom"] < box(film.drawing("Gradient of W1"))["y"]
    assert box(last)["bottom"] < box(network)["y"]


def test_presented_at_depth_all_drawings_keep_a_size_and_are_scrolled_to(
    deep: tuple[Film, Run],
) -> None:
    film, _ = deep
    film.page.set_viewport_size({"width": 1366, "height": 768})
    for name in ("Gradients", "Network", "Decision surface", "Hidden units", "Accuracy", "Norms"):
        film.switch(name).click()
    film.wait("paused")
    film.press("Present")
    next_frame(film.page)
    for rows, name in ((5, "W1"), (5, "W2"), (4, "W3"), (6, "W4"), (6, "Gradient of W4")):
        assert box(film.drawing(name))["height"] > 26 * rows
    drawings = [film.drawing(name) for name in ("Loss", "The network", "Each hidden", "Norms")]
    assert all(box(drawing)["height"] > 150 for drawing in drawings)
    film.drawing("Gradient of W4").scroll_into_view_if_needed()
    assert box(film.drawing("Gradient of W4"))["bottom"] <= 768


def test_a_click_on_a_cell_shows_its_weight_and_leads_to_its_chain_rule(film: Film) -> None:
    page, canvas = film.page, film.heatmap("W2")
    film.press("Weight")  # else the click also scrolls, and that closes an open list
    film.wait_at_rest()
    place = film.tips(canvas)["W⁽²⁾  h3 → y"]
    canvas.click(position={"x": place.x, "y": place.y})
    fields = [page.get_by_role("combobox", name=name) for name in ("Matrix", "From")]
    for field, shown in zip(fields, ("W⁽²⁾", "h3"), strict=True):
        expect(field).to_have_value(shown)
    film.wait_at_rest()
    before = picture(film, "W2 as a heatmap")
    choose(page, "From", "h2")
    wait_for_change(film, "W2 as a heatmap", before)  # the mark follows
    page.get_by_role("link", name=CHAIN_RULE.label).click()
    page.wait_for_url(re.compile(r"/chain-rule\?.*weight=2\.2\.1"))
