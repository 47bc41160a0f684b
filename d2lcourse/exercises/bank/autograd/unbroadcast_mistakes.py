"""Wrong answers to unbroadcast, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the mean of the copies is taken: each adds its own effect on the result, so take their sum")
def unbroadcast(gradient, shape):
    for axis, size in enumerate((1,) * (gradient.dim() - len(shape)) + tuple(shape)):
        if size == 1:
            gradient = gradient.mean(dim=axis, keepdim=True)
    return gradient.reshape(shape)


@mistake("only the axes in front are summed: an axis of size 1 that was repeated has to be summed too")
def unbroadcast(gradient, shape):
    while gradient.dim() > len(shape):
        gradient = gradient.sum(dim=0)
    return gradient


@mistake("only axes of size 1 are summed: those that broadcasting has put in front have to go as well")
def unbroadcast(gradient, shape):
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.sum(dim=axis, keepdim=True)
    return gradient


@mistake("one copy is taken, where the sum of all of them is needed")
def unbroadcast(gradient, shape):
    while gradient.dim() > len(shape):
        gradient = gradient[0]
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.narrow(axis, 0, 1)
    return gradient


@mistake(
    "axes are matched from the left: put the ones in *front* of the shape, broadcasting goes by the right"
)
def unbroadcast(gradient, shape):
    padded = tuple(shape) + (1,) * (gradient.dim() - len(shape))
    for axis, size in enumerate(padded):
        if size == 1:
            gradient = gradient.sum(dim=axis, keepdim=True)
    return gradient.reshape(shape)


@mistake("the axes of size 1 are gone: keep them with keepdim=True, the shape is asked for as it was")
def unbroadcast(gradient, shape):
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    for axis in reversed(range(len(padded))):
        if padded[axis] == 1:
            gradient = gradient.sum(dim=axis)
    return gradient


@mistake("sum(dim=()) sums over every axis, where none was repeated nothing is to be summed")
def unbroadcast(gradient, shape):
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    axes = tuple(axis for axis, size in enumerate(padded) if size == 1)
    return gradient.sum(dim=axes, keepdim=True).reshape(shape)


@mistake("the gradient still has the shape of the result: sum over what broadcasting has repeated")
def unbroadcast(gradient, shape):
    return gradient


@again
def unbroadcast(gradient, shape):
    return gradient.expand_as(gradient)
