"""What a page holds of a run, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest

from core.dataset.encoding import Missing, Scaling
from core.dataset.preparation import Dataset, prepare
from core.dataset.samples import SAMPLES, load, prepare_sample
from core.training.run import Settings
from core.training.settings import OPTIMIZERS
from pages.ui.save.page.content import PageContent, sample_arrays
from pages.ui.save.page.film import read_film, state_names
from pages.ui.save.page.step import step_part
from pages.ui.state.drafts import Draft, mazur
from pages.ui.state.run_list import Source
from tests.pages.save.page.setups import selection


def assert_same_inputs(data: Dataset) -> None:
    arrays = sample_arrays(data, np.arange(len(data.X)))
    scaled = (arrays["raw"] - arrays["shift"]) / arrays["scale"]  # as page_run.js does
    assert scaled.tobytes() == data.X.tobytes()
    assert arrays["y"].tobytes() == data.y.tobytes()
    if data.X_val is not None:
        scaled = (arrays["val_raw"] - arrays["shift"]) / arrays["scale"]
        assert scaled.tobytes() == data.X_val.tobytes()


@pytest.mark.parametrize("key", SAMPLES)
def test_the_inputs_of_a_sample_are_the_runs(key: str) -> None:
    assert_same_inputs(prepare_sample(key))


@pytest.mark.parametrize("missing", ["fill", "indicator"])
@pytest.mark.parametrize("scaling", ["minmax", "none"])
def test_gaps_and_categories_are_the_runs(missing: Missing, scaling: Scaling) -> None:
    table = load("penguins")
    features = [name for name in table.frame.columns if name != "species"]
    data = prepare(table, features=features, target="species", missing=missing, scaling=scaling)
    assert_same_inputs(data)


def test_an_exercise_has_its_numbers() -> None:
    assert_same_inputs(Source.of(mazur()).dataset)


def test_a_film_has_the_runs_epochs_to_the_last_bit() -> None:
    run = selection(Draft.of_sample("xor"), Settings(epochs=60), 60).run
    run = run.branch(40, settings=replace(run.settings, learning_rate=0.1))
    run.advance(20)
    epochs = np.array([0, 1, 2, 9, 16, 23, 40, 41, 60])
    film = read_film(run, epochs, gradients=True)
    nets = [run.at(int(epoch)) for epoch in epochs]
    weights = np.stack([np.concatenate([W.ravel() for W in net.weights]) for net in nets])
    assert film.tables["film/weights"].tobytes() == weights.tobytes()
    assert film.tables["film/losses"][:, 0].tolist() == run.losses[epochs].tolist()
    gradients = [np.concatenate([g.ravel() for g in run.update(int(e)).gradient]) for e in epochs]
    np.testing.assert_array_equal(film.tables["film/gradients"], gradients)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_film_has_the_optimizers_state(optimizer: str) -> None:
    settings = Settings(epochs=30, optimizer=optimizer, learning_rate=0.01)
    run = selection(Draft.of_sample("xor"), settings, 12).run
    run = run.branch(8, settings=replace(settings, optimizer="adam"))
    run.advance(4)
    run = run.branch(12, settings=replace(run.settings, batch_size=2))
    run.advance(3)
    names, P = state_names(run), run.template.size
    rows = read_film(run, np.arange(16), gradients=False).tables["film/state"]
    assert set(names) == {*OPTIMIZERS[optimizer], "m", "s"}
    for epoch, row in enumerate(rows):
        update = run.update(epoch)
        present = update.state_before.vectors if update.steps == 1 else {}
        for place, name in enumerate(names):
            part = row[place * P : (place + 1) * P]
            if name in present:
                flat = np.concatenate([each.ravel() for each in present[name]])
                assert part.tobytes() == flat.tobytes()
            else:
                assert np.isnan(part).all()
        none = not present
        assert np.isnan(row[-1]) if none else row[-1] == update.state_before.t


def test_plain_descent_has_no_state() -> None:
    run = selection(Draft.of_sample("xor"), Settings(epochs=4), 4).run
    assert "film/state" not in read_film(run, np.arange(5), gradients=False).tables


def test_segments_of_the_same_settings_have_the_same_texts_and_others_have_others() -> None:
    shown = selection(Draft.of_sample("xor"), Settings(epochs=12), 4, hidden=(2,))
    run = shown.run
    for start, rate in ((4, 0.25), (8, shown.run.settings.learning_rate)):
        run = run.branch(start, settings=replace(run.settings, learning_rate=rate))
        run.advance(4)
    shown = replace(shown, experiment=replace(shown.experiment, run=run))
    first, other, again = step_part(PageContent(shown, np.arange(13), np.arange(4)))["segments"]
    of_script = {"script", "lines", "epoch_line"}
    assert {name for name in first if again[name] != first[name]} <= of_script
    assert {name for name in first if other[name] != first[name]} - of_script == {"kinds"}
