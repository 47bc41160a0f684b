# %% [markdown]
# # 11.1 Minima and saddles

# %%
from d2l import torch as d2l

x = d2l.arange(-1.0, 2.0, 0.01)
d2l.set_figsize((4.5, 2.5))
d2l.plot(x, [x * d2l.cos(d2l.np.pi * x)], "x", "f(x)")
d2l.annotate("local minimum", (-0.3, -0.25), (-0.77, -1.0))
d2l.annotate("global minimum", (1.1, -0.95), (0.6, 0.8))
assert [text.get_text() for text in d2l.plt.gca().texts] == ["local minimum", "global minimum"]

# %%
x, y = d2l.meshgrid(d2l.linspace(-1.0, 1.0, 31), d2l.linspace(-1.0, 1.0, 31))
axes = d2l.plt.figure().add_subplot(111, projection="3d")
axes.plot_wireframe(x, y, x**2 - y**2, rstride=10, cstride=10)
assert x[:, 0].equal(y[0])

# %% [markdown]
# # 11.3 Gradient descent in the plane

# %%
from d2l import torch as d2l


def f_2d(x1, x2):
    return x1**2 + 2 * x2**2


def gd_2d(x1, x2, s1, s2, f_grad):
    g1, g2 = f_grad(x1, x2)
    return x1 - 0.1 * g1, x2 - 0.1 * g2, 0, 0


results = d2l.train_2d(gd_2d, f_grad=lambda x1, x2: (2 * x1, 4 * x2))
assert len(results) == 21
assert abs(results[-1][0] + 5 * 0.8**20) < 1e-9

# %%
d2l.show_trace_2d(f_2d, results)

# %%
results = d2l.train_2d(lambda x1, x2, s1, s2: (x1 - 0.2 * x1, x2 - 0.4 * x2, s1, s2), steps=5)
assert len(results) == 6

# %% [markdown]
# # 11.5 Minibatches (airfoil)

# %%
import torch
from d2l import torch as d2l

data_iter, feature_dim = d2l.get_data_ch11(batch_size=100, n=1500)
assert feature_dim == 5
print(len(data_iter), d2l.DATA_HUB["airfoil"])


# %%
def sgd(params, states, hyperparams):
    for p in params:
        p.data.sub_(hyperparams["lr"] * p.grad)
        p.grad.data.zero_()


times, losses = d2l.train_ch11(sgd, None, {"lr": 0.4}, data_iter, feature_dim, num_epochs=1)
assert losses[-1] < 0.35

# %%
d2l.train_concise_ch11(torch.optim.SGD, {"lr": 0.05}, data_iter, num_epochs=1)
