"""Pages in the shape of note 004, 3.2 to 3.6, after the alias: `import d2l` and what follows it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

import d2lcore
from d2lcore.data.datasets import fetch_images

TEXT = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
# as printed -> here, from the table of the notes' lines
LINES = dict(re.findall(r"^\| 004 [\d.]+ \| `([^`|]+)` \| [^|]* \| `([^`|]+)` \|$", TEXT, flags=re.MULTILINE))

WEIGHT_DECAY = """
import torch
from torch import nn
import d2l

true_w, true_b = torch.ones((50, 1)) * 0.01, 0.05
train_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 20), 5)
test_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 20), 5, is_train=False)

def train(lambd):
    w, b = torch.normal(0, 1, size=(50, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
    net, loss = lambda X: d2l.linreg(X, w, b), d2l.squared_loss
    animator = d2l.Animator(xlabel='epochs', ylabel='loss', yscale='log', legend=['train', 'test'])
    for epoch in range(20):
        for X, y in train_iter:
            l = loss(net(X), y) + lambd * torch.sum(w ** 2) / 2
            l.sum().backward()
            d2l.sgd([w, b], 0.003, 5)
        losses = d2l.evaluate_loss(net, train_iter, loss), d2l.evaluate_loss(net, test_iter, loss)
        animator.add(epoch + 1, losses)
    plt.show()
    return torch.norm(w).item()

free, decayed = train(lambd=0), train(lambd=3)
net = nn.Sequential(nn.Linear(50, 1))
trainer = torch.optim.SGD([{'params': net[0].weight, 'weight_decay': 3}, {'params': net[0].bias}], lr=0.003)
d2l.train_epoch_ch3(net, train_iter, nn.MSELoss(reduction='none'), trainer)
"""

DROPOUT = """
import torch
from torch import nn
from d2l import torch as d2l
import d2l1

class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.lin1, self.lin2 = nn.Linear(784, 32), nn.Linear(32, 10)
    def forward(self, X):
        H = torch.relu(self.lin1(X.reshape(-1, 784)))
        if self.training:
            H = (torch.rand(H.shape) > 0.2).float() * H / 0.8
        return self.lin2(H)

net = Net()
loss = nn.CrossEntropyLoss(reduction='none')
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
trainer = torch.optim.SGD(net.parameters(), lr=0.5)
d2l1.train_ch3(net, train_iter, test_iter, loss, 1, trainer)
"""

PERCEPTRON = """
import torch
from torch import nn
import torchvision
from torchvision import transforms
import torch.utils.data as data
import d2l

trans = transforms.ToTensor()
minist_train = torchvision.datasets.FashionMNIST(root=root, train=True, transform=trans, download=True)
minist_test = torchvision.datasets.FashionMNIST(root=root, train=False, transform=trans, download=True)
train_iter = data.DataLoader(data.Subset(minist_train, range(2560)), batch_size=256, shuffle=True)
test_iter = data.DataLoader(data.Subset(minist_test, range(500)), batch_size=256, shuffle=False)

W1, b1 = nn.Parameter(torch.randn(784, 64) * 0.01), nn.Parameter(torch.zeros(64))
W2, b2 = nn.Parameter(torch.randn(64, 10) * 0.01), nn.Parameter(torch.zeros(10))
params = [W1, b1, W2, b2]

def net(X):
    H = torch.max(X.reshape(-1, 784) @ W1 + b1, torch.zeros(1))
    return (H@W2 + b2)

loss = nn.CrossEntropyLoss(reduction='none')
d2l.train_ch3(net, train_iter, test_iter, loss, 2, torch.optim.SGD(params, lr=0.1))

net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
net.apply(lambda m: nn.init.normal_(m.weight, std=0.01) if type(m) == nn.Linear else None)
d2l.train_ch3(net, train_iter, test_iter, loss, 2, torch.optim.SGD(net.parameters(), lr=0.1))
"""


@pytest.fixture(autouse=True)
def _alias() -> Iterator[None]:
    for name in [name for name in sys.modules if name.split(".")[0] == "d2l"]:
        del sys.modules[name]
    d2lcore.install_as_d2l()
    torch.manual_seed(0)
    yield
    d2lcore.uninstall_as_d2l()


def run(snippet: str, **names: object) -> dict:
    namespace = {"__name__": "__main__", **names}
    exec(compile(snippet, "snippet", "exec"), namespace)
    return namespace


def changed(snippet: str) -> tuple[str, int]:
    """The snippet with the lines of the table as they must be here, and how many these were."""
    count = 0
    for printed, here in LINES.items():
        count += snippet.count(printed)
        snippet = snippet.replace(printed, here)
    return snippet, count


def test_weight_decay_runs_but_for_the_name_of_pyplot() -> None:
    with pytest.raises(NameError, match="'plt'"):
        run(WEIGHT_DECAY)
    snippet, count = changed(WEIGHT_DECAY)
    assert count == 1
    result = run(snippet)
    assert result["decayed"] < 0.7 * result["free"]


@pytest.mark.slow
def test_dropout_runs_but_for_the_module_of_the_author_s_own(
    fashion_mnist: str, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(ModuleNotFoundError, match="d2l1"):
        run(DROPOUT)
    snippet, count = changed(DROPOUT)
    assert count == 2
    run(snippet)
    accuracy = re.findall(r"test_acc (\S+)", capsys.readouterr().out)[-1]
    assert float(accuracy) > 0.6


@pytest.mark.slow
def test_multilayer_perceptrons_run_as_printed(fashion_mnist: str, capsys: pytest.CaptureFixture) -> None:
    assert changed(PERCEPTRON)[1] == 0
    run(PERCEPTRON, root=fetch_images(fashion_mnist))
    assert capsys.readouterr().out.count("test_acc") == 4
