# %% [markdown]
# # 2.1 Tensors

# %%
from d2l import torch as d2l

x = d2l.arange(12, dtype=d2l.float32)
X = d2l.reshape(x, (3, 4))
print(X.shape, d2l.size(X))

# %%
grid = d2l.concat((d2l.zeros((3, 2)), d2l.ones((3, 2))), dim=1)
print(X + grid, X * grid, X == grid, d2l.exp(-X))
assert d2l.reduce_sum(grid) == 6

# %%
rows, columns = d2l.reshape(d2l.arange(3), (3, 1)), d2l.reshape(d2l.arange(2), (1, 2))
assert (rows + columns).shape == (3, 2)

# %%
before = id(X)
X += d2l.randn(3, 4)  # in place
assert id(X) == before

# %%
A = d2l.numpy(X)
B = d2l.tensor(A)
print(type(A), type(B), d2l.astype(B, d2l.int32).dtype, d2l.to(B, "cpu").device)

# %% [markdown]
# # 2.2 A table with gaps

# %%
import io

from d2l import torch as d2l

table = d2l.pd.read_csv(io.StringIO("rooms,door,price\n,green,120\n3,,150\n5,,210\n"))
inputs, targets = table.iloc[:, :2], table.iloc[:, 2]

# %%
inputs = inputs.fillna(inputs.mean(numeric_only=True))
inputs = d2l.pd.get_dummies(inputs, dummy_na=True, dtype=float)
X, y = d2l.tensor(inputs.values, dtype=d2l.float32), d2l.tensor(targets.values)
assert X.tolist() == [[4, 1, 0], [3, 0, 1], [5, 0, 1]]
print(X, y)

# %% [markdown]
# # 2.3 Linear algebra

# %%
from d2l import torch as d2l

A = d2l.reshape(d2l.arange(6, dtype=d2l.float32), (2, 3))
x = d2l.ones(3)
assert d2l.transpose(A).shape == (3, 2)
assert d2l.matmul(A, d2l.eye(3)).equal(A)

# %%
print(d2l.reduce_sum(A, axis=0), d2l.reduce_mean(A, axis=1), d2l.reduce_sum(A, axis=1, keepdim=True))
assert d2l.reduce_mean(A) == d2l.reduce_sum(A) / d2l.size(A)

# %%
u = d2l.tensor([3.0, -4.0])
print(d2l.abs(u).sum(), u.norm(), d2l.matmul(A, x))

# %% [markdown]
# # 2.4 A derivative and its tangent

# %%
from d2l import torch as d2l


def f(x):
    return 3 * x**2 - 4 * x


for h in (0.1, 0.01, 0.001):
    print(f"h = {h}: {(f(1 + h) - f(1)) / h:.4f}")

# %%
d2l.use_svg_display()
x = d2l.np.arange(0, 3, 0.1)
d2l.plot(x, [f(x), 2 * x - 3], "x", "f(x)", legend=["f(x)", "tangent at 1"])

# %%
d2l.set_figsize((3, 2))
axes = d2l.plt.figure().gca()
axes.plot(x, f(x))
d2l.set_axes(axes, "x", "f(x)", [0, 3], [-2, 15], "linear", "linear", ["f"])

# %% [markdown]
# # 2.5 Automatic differentiation

# %%
from d2l import torch as d2l

x = d2l.arange(4.0, requires_grad=True)
y = 2 * d2l.reduce_sum(x * x)
y.backward()
assert x.grad.equal(4 * x)

# %%
x.grad.zero_()
d2l.reduce_sum(d2l.sin(x)).backward()
assert x.grad.equal(d2l.cos(x))

# %%
x.grad.zero_()
d2l.reduce_sum(d2l.sinh(x)).backward()
d2l.torch.testing.assert_close(x.grad, d2l.cosh(x))

# %% [markdown]
# # 2.6 Throwing a die

# %%
from d2l import torch as d2l
from torch.distributions import multinomial

fair = d2l.ones(6) / 6
counts = multinomial.Multinomial(10, fair).sample((500,))
shares = counts.cumsum(dim=0) / counts.cumsum(dim=0).sum(dim=1, keepdim=True)
assert d2l.abs(shares[-1] - fair).max() < 0.05

# %%
d2l.set_figsize((6, 4))
for i in range(6):
    d2l.plt.plot(d2l.numpy(shares[:, i]), label=f"P(die = {i + 1})")
d2l.plt.axhline(y=1 / 6, color="black", linestyle="dashed")
d2l.plt.legend()
d2l.plt.show()

# %%
inside = d2l.rand(10000, 2).square().sum(dim=1) < 1
print(4 * d2l.reduce_mean(d2l.astype(inside, d2l.float32)))
