"""Arguments kept as attributes, methods added to classes, and classes brought back."""

import pkgutil
from importlib import import_module

import pytest

from d2lcore import editions
from d2lcore.editions import hyperparameters
from d2lcore.editions.classifiers import Classifier, LeNet
from d2lcore.editions.hyperparameters import HyperParameters, add_to_class, reset
from d2lcore.editions.modules import LinearRegression, Module
from d2lcore.editions.switch import install_as_d2l, uninstall_as_d2l
from d2lcore.editions.trainer import Trainer


class Kept(HyperParameters):
    def __init__(self, a, b=2, *, c, _d=4, **more):
        e = 5  # noqa: F841 - what has a name by now is kept too
        self.save_hyperparameters(ignore=["c"])


def test_arguments_are_attributes_and_hparams_but_for_the_ignored_and_private_ones() -> None:
    kept = Kept(1, c=3, f=6)
    assert kept.hparams == {"a": 1, "b": 2, "e": 5, "more": {"f": 6}}
    assert (kept.a, kept.b, kept.e) == (1, 2, 5)
    assert not hasattr(kept, "c")
    assert not hasattr(kept, "_d")


def test_ignore_may_be_one_name_and_the_object_any_name() -> None:
    class Kept(HyperParameters):
        def __init__(this, first, second):
            this.save_hyperparameters(ignore="first")

    assert Kept(1, 2).hparams == {"second": 2}


def test_a_subclass_keeps_its_own_arguments_beside_those_of_its_base() -> None:
    class Base(HyperParameters):
        def __init__(self, a):
            self.save_hyperparameters()

    around = "a variable of the function around the class, which is no argument"

    class Sub(Base):
        def __init__(self, a, b):
            super().__init__(10 * a)
            self.text = around
            self.save_hyperparameters(ignore=["a"])

    sub = Sub(1, 2)
    assert (sub.a, sub.b) == (10, 2)
    assert sub.hparams == {"b": 2}


def test_outside_a_method_there_is_nothing_to_save() -> None:
    with pytest.raises(RuntimeError, match="call it in a method"):
        HyperParameters().save_hyperparameters()


def test_a_method_added_reaches_objects_and_subclasses_and_keeps_its_name() -> None:
    model = LinearRegression(lr=0.1)

    @add_to_class(Module)
    def double_lr(self):
        return 2 * self.lr

    assert model.double_lr() == double_lr(model) == 0.2

    @add_to_class(Module)
    @property
    def tenth(self):
        return self.lr / 10

    assert model.tenth == pytest.approx(0.01)


@pytest.mark.parametrize("wrong", [LinearRegression, Trainer])
def test_an_object_in_the_place_of_its_class_is_named(wrong: type, unchecked: None) -> None:
    with pytest.raises(TypeError, match=rf"^Class: expected a class, got a {wrong.__name__}; "):
        add_to_class(wrong(1))


def test_reset_takes_back_what_was_added_replaced_assigned_or_deleted() -> None:
    made = {Class: dict(vars(Class)) for Class in (Module, Trainer, Classifier)}

    @add_to_class(Trainer)
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    @add_to_class(Module)
    def summary(self):
        return "added"

    @add_to_class(Classifier)
    def __repr__(self):
        return "shown"

    Trainer.fit = None  # type: ignore[assignment, method-assign]
    del Classifier.accuracy

    assert Trainer(0).max_epochs == 0
    reset()
    for Class, original in made.items():
        assert {name: vars(Class)[name] for name in original} == original
        assert {name for name in set(vars(Class)) - set(original) if callable(vars(Class)[name])} == set()
    with pytest.raises(ValueError, match="max_epochs"):
        Trainer(0)
    assert not hasattr(LeNet(), "summary")


def test_reset_leaves_alone_what_readers_derive() -> None:
    class Mine(Module):
        pass

    @add_to_class(Mine)
    def own(self):
        return 1

    reset()
    assert Mine().own() == 1


def test_taking_the_name_d2l_back_takes_back_what_was_added() -> None:
    install_as_d2l()
    try:
        from d2l import torch as d2l

        assert d2l.Module is Module

        @d2l.add_to_class(d2l.Module)
        def added(self):
            return 1

        assert hasattr(Module, "added")
    finally:
        uninstall_as_d2l()
    assert not hasattr(Module, "added")


def test_every_class_of_the_edition_comes_back() -> None:
    modules = [
        import_module(f"{editions.__name__}.{m.name}") for m in pkgutil.iter_modules(editions.__path__)
    ]
    classes = {
        value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, HyperParameters) and not name.startswith("_")
    }
    assert len(classes) >= 12
    assert classes == set(hyperparameters._originals)
