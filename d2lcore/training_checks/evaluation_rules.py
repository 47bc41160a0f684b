"""The number that the reader's own evaluation reports."""

from .finding import Finding
from .measurements import Measurements, Rule
from .mode_rules import evaluate_in_training_mode


def accuracy_wrong(m: Measurements) -> list[Finding]:
    """The reported number is none of those that one may want to report."""
    if m.setting.evaluate is None or "accuracy" not in m.run.honest or evaluate_in_training_mode(m):
        return []
    reported, honest = m.run.reported, m.run.honest
    if reported is None or not _whole(m):
        return []
    if _is_one(reported, honest):
        return []
    accuracy = honest["accuracy"]
    batches = honest["mean of the batches' accuracies"]
    if abs(reported - batches) < 1e-5:
        return [_mean_of_means(reported, accuracy)]
    training = honest.get("accuracy on the training data")
    elsewhere = training is not None and abs(reported - training) < 1e-5
    return [
        Finding(
            "accuracy_wrong", "wrong",
            f"after a short training evaluate(net, ...) reports {reported:.4g}, and the accuracy counted "
            "here is "
            f"{accuracy:.4g}" + (f"; {training:.4g} is that on the training data" if elsewhere else ""),
            "evaluate measures on the training data, whatever it is given." if elsewhere else
            "The reported number is not the share of right predictions. Usual reasons: (n,) compared with "
            "(n, 1), which "
            "gives n times n answers; the wrong threshold (0 for logits, 0.5 for probabilities); argmax "
            "along the wrong "
            "dimension; a division by something other than the number of examples.",
            "Use the data_iter that is given." if elsewhere else
            "Compare shapes first: assert y_hat.argmax(1).shape == y.shape. Then correct / total, or "
            "d2l.evaluate_accuracy(net, data_iter).",
            notes="004 3.2.5",
        )
    ]  # fmt: skip


def _whole(m: Measurements) -> bool:
    return m.setting.test.whole if m.setting.test else m.setting.train.whole


def _is_one(reported: float, honest: dict[str, float]) -> bool:
    accuracy = honest["accuracy"]
    known = [accuracy, 1 - accuracy, 100 * accuracy, 100 * (1 - accuracy), honest["correct"], honest["loss"],
             honest["sum of losses"], honest["examples"] - honest["correct"]]  # fmt: skip
    return any(abs(reported - one) <= 2e-4 * max(1.0, abs(one)) for one in known)


def _mean_of_means(reported: float, accuracy: float) -> Finding:
    return Finding(
        "accuracy_wrong", "note" if abs(reported - accuracy) < 0.01 else "suspect",
        f"evaluate reports {reported:.4f}, the mean of the batches' accuracies; the accuracy is "
        f"{accuracy:.4f}",
        "A short last batch counts as much as a full one, so its examples weigh more.",
        "Add up the right predictions, and divide by the number of examples at the end.",
        notes="004 3.2.5",
    )  # fmt: skip


RULES: list[Rule] = [accuracy_wrong]
