"""What is done once in a process that checks many answers: torch's import, and the references."""

import os
import sys
import warnings

from .exercise import Exercise


def load_torch() -> None:
    """Import torch without GPUs: where there is one, who has computed gradients cannot be forked."""
    if "torch" not in sys.modules:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import torch

    torch.set_num_threads(1)


def warm(exercise: Exercise) -> None:
    """Run the reference and the known mistakes, once for every check of the exercise."""
    from .attempt import right
    from .diagnose import diagnoses

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        diagnoses(exercise, right(exercise))
