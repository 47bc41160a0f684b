"""For each rule of the checkup a training with its mistake, and the same training without it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import small_trainings as m
import torch
from torch import Tensor, nn

import d2lcore as d2l
from d2lcore.training_checks import (
    data_rules,
    evaluation_rules,
    graph_rules,
    loop_rules,
    mode_rules,
    number_rules,
    optimizer_rules,
    output_rules,
    relation_rules,
    scale_rules,
    split_rules,
    start_rules,
    update_rules,
)

Build = Callable[[], dict[str, Any]]
GOOD = "updater.zero_grad(); l.backward(); updater.step()"
BY_HAND = (
    "net.zero_grad(); l.backward()\nwith torch.no_grad():\n    for p in net.parameters(): p -= 0.2 * p.grad"
)


def of_loop(body: str) -> Build:
    return lambda: m.loop(m.classifier(), body)


def rate_from(n: str) -> Build:
    """The learning rate of the next step by the number of this one."""
    return of_loop(f"{GOOD}; updater.param_groups[0]['lr'] = {n}")


def with_net(
    make: Callable[[], nn.Module], build: Callable[..., dict[str, Any]] = m.classifier, **more: Any
) -> Build:
    return lambda: build(net=make(), **more)


def appended(*layers: nn.Module) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(*m.net_of(4, 16, 3), *layers)


def with_sgd(**settings: Any) -> Build:
    def build() -> dict[str, Any]:
        given = m.classifier()
        return given | {"updater": torch.optim.SGD(given["net"].parameters(), **settings)}

    return build


class Forward(nn.Module):
    """A net whose forward is `f(self, X)`."""

    def __init__(self, f: Callable[..., Tensor], sizes: tuple[int, ...] = (4, 16, 3)) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b, self.act, self.f = nn.Linear(*sizes[:2]), nn.Linear(*sizes[1:]), nn.ReLU(), f

    def forward(self, X: Tensor) -> Tensor:
        return self.f(self, X)


def plain(self: Any, X: Tensor) -> Tensor:
    return self.b(self.act(self.a(X)))


def other_net() -> dict[str, Any]:
    return m.classifier(updater=torch.optim.SGD(m.net_of(4, 16, 3).parameters(), lr=0.2))


def misses_head() -> dict[str, Any]:
    given = m.classifier()
    return given | {"updater": torch.optim.SGD(given["net"][0].parameters(), lr=0.2)}


def with_list() -> dict[str, Any]:
    hidden = [nn.Linear(4, 4)]
    return m.classifier(net=Forward(lambda self, X: plain(self, torch.relu(hidden[0](X)))))


def frozen(i: int) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        net = m.net_of(4, 16, 3)
        net[i].requires_grad_(False)
        return net

    return make


def started(value: float) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        net = m.net_of(4, 16, 3)
        for p in net.parameters():
            nn.init.constant_(p, value)
        return net

    return make


def dead() -> nn.Module:
    net = m.net_of(4, 16, 3)
    nn.init.constant_(net[0].bias, -50.0)
    return net


def scaled_weights(factor: float, *sizes: int, act: Any = nn.ReLU) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        net = m.net_of(*sizes, act=act)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(factor)
        return net

    return make


def train_data(
    change: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], shuffle: bool = True, build: Any = m.classifier
) -> Build:
    data = m.blobs if build is m.classifier else m.line
    return lambda: build(train_iter=d2l.load_array(change(*data()), 24, shuffle))


def tested_on(change: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Build:
    return lambda: m.classifier(test_iter=d2l.load_array(change(*m.blobs(120, seed=1)), 60, False))


def put_nan(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    X = X.clone()
    X[7, 2] = float("nan")
    return X, y


def binary(**changes: Any) -> dict[str, Any]:
    X, y = m.blobs()
    it = d2l.load_array((X, (y == 0).float().reshape(-1, 1)), 24)
    return m.classifier(**({"net": m.net_of(4, 1), "train_iter": it, "test_iter": None,
                            "loss": nn.BCEWithLogitsLoss()} | changes))  # fmt: skip


def evaluating(count: Callable[[Tensor, Tensor], float], mode: bool = True, **changes: Any) -> Build:
    def evaluate(net: nn.Module, data_iter: Any) -> float:
        net.eval() if mode else net.train()
        with torch.no_grad():
            return sum(count(net(X), y) for X, y in data_iter) / sum(len(y) for _, y in data_iter)

    def build() -> dict[str, Any]:
        net = changes["net"]() if "net" in changes else None
        return m.classifier(evaluate=evaluate, net=net)

    return build


def right(out: Tensor, y: Tensor) -> float:
    return float((out.argmax(1) == y).sum())


def dropped(net: nn.Module, X: Tensor) -> Tensor:
    return nn.functional.dropout(plain(net, X), 0.3, training=True)


def with_dropout(mode: str) -> dict[str, Any]:
    """Its step sets the mode before it computes the loss."""
    given = m.classifier(net=DROPOUT())
    net, loss, updater = given["net"], given["loss"], given["updater"]

    def step(X: Tensor, y: Tensor) -> Tensor:
        exec(mode, {"net": net})
        updater.zero_grad()
        l = loss(net(X), y)
        l.backward()
        updater.step()
        return l.detach()

    return given | {"step": step}


def DROPOUT() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))


def far_targets(lr: float = 0.03, **changes: Any) -> dict[str, Any]:
    given = m.regression(**changes)
    return given | {"updater": torch.optim.Adam(given["net"].parameters(), lr=lr)}


def in_precision(dtype: torch.dtype) -> dict[str, Any]:
    X, y = m.blobs()
    net = m.net_of(4, 16, 3).to(dtype)
    return m.classifier(net=net, train_iter=d2l.load_array((X.to(dtype), y), 24), test_iter=None)


# The rule, the set-up that it must find, and the same without the mistake (None: a healthy classifier).
CASES: list[tuple[ModuleType, str, Build, Build | None]] = [
    (loop_rules, "no_backward", of_loop("updater.zero_grad(); updater.step()"), of_loop(GOOD)),
    (loop_rules, "no_step", of_loop("updater.zero_grad(); l.backward()"), of_loop(GOOD)),
    (loop_rules, "no_step", of_loop("updater.zero_grad(); l.backward()"), of_loop(BY_HAND)),
    (loop_rules, "no_step", of_loop("updater.zero_grad(); l.backward()"), with_sgd(lr=0.0)),
    (
        loop_rules,
        "zero_grad_misplaced",
        of_loop("l.backward(); updater.zero_grad(); updater.step()"),
        of_loop(GOOD),
    ),
    (
        loop_rules,
        "no_zero_grad",
        of_loop("l.backward(); updater.step()"),
        of_loop("(l / 3).backward()\nif n % 3 == 0: updater.step(); updater.zero_grad()"),
    ),
    (
        loop_rules,
        "wrong_sign",
        of_loop("updater.zero_grad(); (-l).backward(); updater.step()"),
        of_loop(GOOD),
    ),
    (
        update_rules,
        "update_size",
        of_loop("updater.zero_grad(); (l / len(y)).backward(); updater.step()"),
        of_loop(GOOD),
    ),
    (
        update_rules,
        "clipped_to_nothing",
        of_loop(
            "updater.zero_grad(); l.backward(); "
            "nn.utils.clip_grad_norm_(net.parameters(), 1e-4); updater.step()"
        ),
        of_loop(
            "updater.zero_grad(); l.backward(); "
            "nn.utils.clip_grad_norm_(net.parameters(), 1.0); updater.step()"
        ),
    ),
    (
        update_rules,
        "schedule_at_zero",
        of_loop(GOOD + "; updater.param_groups[0]['lr'] *= 0.3"),
        of_loop(GOOD + "; updater.param_groups[0]['lr'] *= 0.99"),
    ),
    # The rate comes back, or is gone at the very end of the first steps only.
    (update_rules, "schedule_at_zero", with_sgd(lr=0.0), rate_from("0.2 * (n % 10 < 5)")),
    (update_rules, "schedule_at_zero", rate_from("0.2 * (n < 10)"), rate_from("0.2 * (n < 18)")),
    (optimizer_rules, "optimizer_misses", other_net, None),
    (optimizer_rules, "optimizer_misses", misses_head, None),
    (optimizer_rules, "layers_in_list", with_list, None),
    (
        optimizer_rules,
        "layer_made_in_forward",
        with_net(lambda: Forward(lambda self, X: nn.Linear(16, 3)(self.act(self.a(X))))),
        None,
    ),
    (optimizer_rules, "frozen_layer", with_net(frozen(2)), None),
    (output_rules, "probabilities_under_logits", with_net(appended(nn.Softmax(dim=1))), None),
    (output_rules, "probabilities_under_logits", with_net(appended(nn.Sigmoid())), None),
    (output_rules, "limited_logits", with_net(appended(nn.ReLU())), None),
    (
        output_rules,
        "target_out_of_range",
        with_net(lambda: nn.Sequential(nn.Linear(3, 1), nn.Tanh()), m.regression),
        m.regression,
    ),
    (output_rules, "single_output_softmax", lambda: binary(loss=nn.CrossEntropyLoss()), binary),
    (
        output_rules,
        "not_log_probabilities",
        lambda: m.classifier(loss=nn.NLLLoss()),
        with_net(appended(nn.LogSoftmax(dim=1)), loss=nn.NLLLoss()),
    ),
    (
        output_rules,
        "loss_prefers_wrong",
        lambda: m.classifier(loss=lambda out, y: out.log_softmax(1)[range(len(y)), y].mean()),
        None,
    ),
    (
        output_rules,
        "loss_arguments_swapped",
        lambda: binary(loss=lambda out, y: nn.functional.binary_cross_entropy_with_logits(y, out)),
        binary,
    ),
    (output_rules, "broadcast", train_data(lambda X, y: (X, y[:, 0]), build=m.regression), m.regression),
    (
        output_rules,
        "regression_on_class_numbers",
        lambda: m.regression(
            net=m.net_of(4, 1),
            train_iter=d2l.load_array((lambda X, y: (X, y.float()[:, None]))(*m.blobs()), 24),
        ),
        m.regression,
    ),
    (
        graph_rules,
        "graph_cut",
        with_net(lambda: Forward(lambda self, X: self.b(self.act(self.a(X)).detach()))),
        None,
    ),
    (
        graph_rules,
        "zero_gradient",
        with_net(lambda: Forward(lambda self, X: self.b(torch.round(self.a(X))))),
        None,
    ),
    (
        graph_rules,
        "examples_mixed",
        with_net(lambda: Forward(lambda self, X: plain(self, X - X.mean(0) * 2))),
        None,
    ),
    (
        graph_rules,
        "missing_activation",
        with_net(lambda: Forward(lambda self, X: self.b(self.a(X)))),
        with_net(lambda: Forward(plain)),
    ),
    (graph_rules, "missing_bias", with_net(lambda: nn.Linear(3, 1, bias=False), m.regression), m.regression),
    (start_rules, "equal_start", with_net(started(0.1)), None),
    (start_rules, "equal_start", with_net(started(0.0)), None),
    (start_rules, "dead_units", with_net(dead), None),
    (start_rules, "large_start", with_net(scaled_weights(30.0, 4, 64, 64, 3)), None),
    (
        start_rules,
        "vanishing_gradient",
        with_net(lambda: m.net_of(4, 16, 16, 16, 16, 16, 16, 16, 3, act=nn.Sigmoid)),
        None,
    ),
    (start_rules, "vanishing_gradient", with_net(scaled_weights(0.05, 4, 16, 16, 16, 16, 3)), None),
    (
        mode_rules,
        "eval_mode_in_training",
        lambda: with_dropout("net.eval()"),
        lambda: with_dropout("net.train()"),
    ),
    (mode_rules, "dropout_in_evaluation", with_net(lambda: Forward(dropped)), None),
    (
        mode_rules,
        "dropout_probability",
        with_net(lambda: nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.9), nn.ReLU(), nn.Linear(16, 3))),
        with_net(lambda: nn.Sequential(nn.Linear(4, 16), nn.Dropout(0.5), nn.ReLU(), nn.Linear(16, 3))),
    ),
    (mode_rules, "dropout_on_output", with_net(appended(nn.Dropout(0.3))), None),
    (data_rules, "nan_in_data", train_data(put_nan), None),
    (data_rules, "constant_inputs", train_data(lambda X, y: (X * 0, y)), None),
    (data_rules, "constant_inputs", train_data(lambda X, y: (X, y * 0)), None),
    (
        relation_rules,
        "sorted_batches",
        train_data(lambda X, y: (X[y.argsort()], y.sort().values), shuffle=False),
        None,
    ),
    (relation_rules, "labels_unrelated", train_data(lambda X, y: (X, y.roll(1))), None),
    (
        split_rules,
        "test_in_train",
        lambda: m.classifier(test_iter=d2l.load_array(m.blobs(60), 30, False)),
        None,
    ),
    (
        split_rules,
        "label_in_features",
        train_data(lambda X, y: (torch.cat([X[:, :3], y[:, None].float()], 1), y)),
        None,
    ),
    (split_rules, "test_prepared_differently", tested_on(lambda X, y: (X / 10, y)), None),
    (split_rules, "labels_numbered_differently", tested_on(lambda X, y: (X, (y + 1) % 3)), None),
    (
        scale_rules,
        "inputs_unscaled",
        train_data(lambda X, y: (X * torch.tensor([1.0, 1, 1e3, 1]) + 500, y)),
        None,
    ),
    (
        scale_rules,
        "targets_unscaled",
        train_data(lambda X, y: (X, 1e5 * y), build=far_targets),
        far_targets,
    ),
    (
        number_rules,
        "half_precision",
        lambda: in_precision(torch.float16),
        lambda: in_precision(torch.float32),
    ),
    (number_rules, "learning_rate_high", with_sgd(lr=300.0), None),
    (number_rules, "learning_rate_low", with_sgd(lr=1e-6), with_sgd(lr=0.05)),
    (number_rules, "momentum_high", with_sgd(lr=0.2, momentum=0.999), with_sgd(lr=0.02, momentum=0.9)),
    (
        number_rules,
        "weight_decay_high",
        with_sgd(lr=0.2, weight_decay=2.0),
        with_sgd(lr=0.2, weight_decay=1e-3),
    ),
    (
        evaluation_rules,
        "accuracy_wrong",
        evaluating(lambda out, y: float((out.argmax(1) == y[:, None]).float().mean() * len(y))),
        evaluating(right),
    ),
    (
        mode_rules,
        "evaluate_in_training_mode",
        evaluating(right, False, net=DROPOUT),
        evaluating(right, net=DROPOUT),
    ),
]
