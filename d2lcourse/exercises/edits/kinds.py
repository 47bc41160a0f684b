"""What is of one kind, so that one may be written for the other, and how it is called in a sentence."""

# Of one kind: another of the row is what a slip writes. A trailing _ is the kind that works in place.
KINDS = [
    ("sum", "mean", "amax", "amin", "prod", "std", "var", "median"),
    ("mean", "nanmean"), ("sum", "nansum"), ("norm", "square"), ("sum", "any", "all"),
    ("max", "min"), ("amax", "amin"), ("maximum", "minimum"), ("argmax", "argmin"), ("values", "indices"),
    ("rand", "randn"), ("rand_like", "randn_like"), ("uniform_", "normal_"), ("zeros", "ones", "eye"),
    ("new_zeros", "new_ones"),
    ("zeros_like", "ones_like"), ("zero_", "fill_"), ("exp", "log", "sqrt", "square"),
    ("exp", "expm1", "exp2"), ("log", "log1p", "log2", "log10"), ("sqrt", "rsqrt"), ("abs", "square"),
    ("sin", "cos"), ("floor", "ceil", "round", "trunc"), ("any", "all"), ("cumsum", "cumprod"),
    ("add_", "sub_", "mul_", "div_"), ("add", "sub", "mul", "div"), ("eq", "ne"), ("lt", "le", "gt", "ge"),
    ("softmax", "log_softmax"), ("train", "eval"), ("float", "double", "long"), ("mul", "matmul", "mm"),
    ("view", "reshape"), ("unsqueeze", "squeeze"), ("append", "extend"),
    ("zero_grad", "step"), ("vstack", "hstack"), ("logsumexp", "sum"), ("outer", "dot"),
]  # fmt: skip
IN_PLACE = ("add", "sub", "mul", "div", "zero", "fill", "copy", "clamp", "neg", "exp", "sqrt")
NOUNS = {
    "sum": "the sum", "mean": "the mean", "amax": "the maximum", "amin": "the minimum",
    "max": "the maximum", "min": "the minimum", "std": "the standard deviation", "var": "the variance",
    "argmax": "the place of the maximum", "argmin": "the place of the minimum", "prod": "the product",
    "norm": "the norm", "softmax": "softmax", "log_softmax": "the logarithm of softmax",
    "exp": "the exponential", "log": "the logarithm", "sqrt": "the square root", "square": "the square",
    "abs": "the absolute value", "median": "the median", "cumsum": "the sum so far",
}  # fmt: skip
KEEPS = {  # takes dim and keepdim
    "sum", "mean", "amax", "amin", "max", "min", "std", "var", "argmax", "argmin", "prod", "norm",
    "logsumexp", "any", "all", "median",
}  # fmt: skip
REDUCE = {  # takes dim
    *KEEPS, "softmax", "log_softmax", "cumsum", "cumprod", "cat", "stack", "squeeze", "unsqueeze", "flip",
}  # fmt: skip
WRAPS = {  # missing calls: text, words, cost
    "_x[::-1]": ("the order has to be turned round", 2.2),
    "_x.exp()": ("the exponential is missing", 2.2),
    "_x.log()": ("the logarithm is missing", 2.2),
    "_x.sqrt()": ("the square root is missing", 1.9),
    "_x ** 0.5": ("the square root is missing", 2.0),
    "_x ** 2": ("the square is missing", 2.0),
    "_x.abs()": ("the absolute value is missing", 2.2),
    "_x.sum()": ("the sum is missing", 2.0),
    "_x.mean()": ("the mean is missing", 2.0),
    "_x.detach()": ("`.detach()` is missing: gradients go where they should not", 2.4),
    "_x.clone()": ("`.clone()` is missing: what is changed here is the caller's own", 1.9),
    "_x.float()": ("the type is not float: `.float()` is missing", 1.8),
    "_x.double()": ("the type is not float64: `.double()` is missing", 1.8),
    "_x.item()": ("a plain number is needed: `.item()` is missing", 1.85),
    "bool(_x)": ("True or False is needed: `bool` is missing", 1.8),
    "_x.squeeze()": ("a dimension of 1 is too many: `.squeeze()` is missing", 1.9),
    "_x.unsqueeze(1)": ("a column is needed: a dimension is missing", 1.9),
    "_x.reshape(-1)": ("a row of numbers without a second dimension is needed", 1.9),
    "_x.reshape(-1, 1)": ("a column is needed", 1.95),
}
