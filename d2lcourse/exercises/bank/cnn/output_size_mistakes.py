"""Wrong answers to output_size, each under what its writer is to read."""

import math

from d2lcourse.exercises.bank import again, mistake


@mistake("the first place is not counted: add 1 after the division")
def output_size(n, k, padding, stride):
    return (n + 2 * padding - k) // stride


@mistake("the padding is counted once: the zeros are put to both ends, 2 * padding")
def output_size(n, k, padding, stride):
    return (n + padding - k) // stride + 1


@mistake("1 is added before the division: divide first, that counts the steps; the places are one more")
def output_size(n, k, padding, stride):
    return (n + 2 * padding - k + 1) // stride


@mistake("a last step that would overshoot is counted: round down, //")
def output_size(n, k, padding, stride):
    return math.ceil((n + 2 * padding - k) / stride) + 1


@mistake("the padding is left out: there are n + 2 padding numbers to lie on")
def output_size(n, k, padding, stride):
    return (n - k) // stride + 1


@mistake("the stride is left out: from one place to the next it is `stride` pixels, so divide by it")
def output_size(n, k, padding, stride):
    return n + 2 * padding - k + 1


@mistake("this is a fraction: `/` gives one where the stride does not fit; round down, //", needs=" / ")
def output_size(n, k, padding, stride):
    return (n + 2 * padding - k) / stride + 1


@mistake(
    "the kernel's length is left out: its last pixel must still lie on the image, so it begins k earlier"
)
def output_size(n, k, padding, stride):
    return (n + 2 * padding) // stride


@again
def output_size(n, k, padding, stride):
    return len(range(0, n + 2 * padding - stride + 1, stride))


@mistake(
    "the quotient is rounded to the nearest whole number: a place that is not whole does not count, so //",
    needs="round",
)
def output_size(n, k, padding, stride):
    return round((n + 2 * padding - k) / stride) + 1
