"""The comparisons, in the order of the tables."""

from collections.abc import Callable, Iterator
from statistics import median

from . import cases, fresh
from .notebook import watched_curves
from .timing import Row, Work, alternate, seconds

USED = "import d2lcore; d2lcore.train_ch3; d2lcore.load_array; d2lcore.Animator"


def softmax(repeats: int) -> Iterator[Row]:
    """An epoch of softmax regression on Fashion-MNIST, evaluation included."""
    yield from _epochs("softmax epoch", cases.softmax_regression, {0: 14, 4: None}, repeats)


def mlp(repeats: int) -> Iterator[Row]:
    """An epoch of a multilayer perceptron with 256 hidden units, likewise."""
    yield from _epochs("MLP epoch", cases.mlp, {0: 5, 4: 8}, repeats)


def _epochs(
    name: str, make_net: cases.MakeNet, limits: dict[int, float | None], repeats: int
) -> Iterator[Row]:
    """limits: for each number of workers of the book's loader, how many times faster ours should be."""
    ours = cases.our_epoch(make_net)
    for workers, limit in limits.items():
        theirs = cases.book_epoch(make_net, workers=workers)
        yield Row(f"{name}: the book's way, {workers} workers", *alternate(ours, theirs, repeats), limit)
    runs = alternate(ours, cases.bare_epoch(make_net), 3 * repeats)  # short and close: more runs
    yield Row(f"{name}: bare loop", *runs, 1.15, at_most=True)


def load_array(repeats: int) -> Iterator[Row]:
    """A shuffled pass over 100,000 rows in batches of ten."""
    yield Row("load_array: DataLoader", *alternate(*cases.array_passes(100_000), 3 * repeats), 4)


def animator(repeats: int) -> Iterator[Row]:
    """300 points on each of three curves, without a display and in a notebook."""
    yield Row("Animator, headless: replot at every add", *alternate(*cases.curves(300), repeats), 20)
    yield Row(
        "Animator, in a notebook (5 redraws a second): display at every add",
        *watched_curves(300, repeats),
        20,
    )


def imports(repeats: int) -> Iterator[Row]:
    """Importing d2lcore, and the names that training uses, in a new process."""
    codes = ("import torch", "import d2lcore", USED)
    runs = [[fresh.import_seconds(code) for code in codes] for _ in range(1 + repeats)]
    theirs, bare, used = (list(times) for times in zip(*runs[1:], strict=True))
    yield Row("import d2lcore: import torch", bare, theirs, 1.1, at_most=True)
    name = "import d2lcore and use train_ch3, load_array, Animator: import torch"
    yield Row(name, used, theirs, 1.1, at_most=True)


def threads(repeats: int) -> Iterator[Row]:
    """Training with threads that sleep while they wait, as d2lcore asks for, beside ones that spin."""
    spinning = f"import torch; {fresh.MLP_RUN}"  # torch before d2lcore

    def compare(name: str) -> Row:
        return Row(name, *alternate(lambda: fresh.run_seconds(fresh.MLP_RUN),
                                    lambda: fresh.run_seconds(spinning), repeats))  # fmt: skip

    run = f"the MLP chapter's scratch run, {fresh.MLP_EPOCHS} epochs"
    yield compare(f"{run}: torch's threads as they are")
    with fresh.busy_cores():
        yield compare(f"{run}, beside a busy process a core: torch's threads as they are")


SIZES = (1, 2, 4)
GROWTH_HEADER = ("growth", "side", "1x (s)", *(f"{size}x" for size in SIZES))


def growth(repeats: int, fashion: bool) -> Iterator[list[str]]:
    """The time of 2 and 4 times the data over the time of the data; `fashion`: with the epochs."""

    def epoch(make_net: cases.MakeNet) -> Callable[[int], tuple[Work, Work]]:
        return lambda size: (cases.our_epoch(make_net, size / 4), cases.book_epoch(make_net, size / 4))

    pairs: dict[str, Callable[[int], tuple[Work, Work]]] = {}
    if fashion:
        pairs["softmax epoch, 15,000 to 60,000 images"] = epoch(cases.softmax_regression)
        pairs["MLP epoch, 15,000 to 60,000 images"] = epoch(cases.mlp)
    pairs["load_array, 25,000 to 100,000 rows"] = lambda size: cases.array_passes(25_000 * size)
    pairs["Animator, headless, 300 to 1,200 points"] = lambda size: cases.curves(300 * size)
    for name, pair in pairs.items():
        for side, works in zip(("ours", "theirs"), zip(*map(pair, SIZES), strict=True), strict=True):
            works[0]()  # not counted
            times = [median(seconds(work) for _ in range(repeats)) for work in works]
            yield [name, side, f"{times[0]:.4f}", *(f"{time / times[0]:.2f}" for time in times)]


MEMORY_HEADER = ("peak memory of a process (GB)", "in all", "import torch", "counted", "target", "met")


def memory() -> Iterator[list[str]]:
    """The largest resident set of a run of the MLP chapter, and of a pass over enlarged images."""
    torch_alone = fresh.peak_gb("import torch")
    mlp, resized = fresh.peak_gb(fresh.MLP_RUN), fresh.peak_gb(fresh.RESIZED_PASS)
    for name, peak, counted, target, met in (
        (
            f"the MLP chapter's scratch run, {fresh.MLP_EPOCHS} epochs",
            mlp, mlp - torch_alone, "<= 1.3 above import torch", mlp - torch_alone <= 1.3,
        ),
        (
            f"load_data_fashion_mnist(256, resize=224), {fresh.RESIZED_BATCHES} of 235 batches",
            resized, resized, "< 1.5 in all", resized < 1.5,
        ),
    ):  # fmt: skip
        figures = (f"{number:.2f}" for number in (peak, torch_alone, counted))
        yield [name, *figures, target, "yes" if met else "NO"]
