"""Wrong answers to broadcast_shape, each under what its writer is to read."""

from itertools import zip_longest

from d2lcourse.exercises.bank import again, mistake


@mistake("the shapes are aligned at the first axis: put the 1s in front of the shorter one, not behind it")
def broadcast_shape(one, other):
    shape = []
    for m, n in zip_longest(one, other, fillvalue=1):
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        shape.append(m if n == 1 else n)
    return tuple(shape)


@mistake(
    "zip stops at the end of the shorter shape, and the other axes are lost: first make both equally long",
    needs=r"\bzip\(",
)
def broadcast_shape(one, other):
    shape = []
    for m, n in zip(reversed(one), reversed(other), strict=False):
        if m != n and 1 not in (m, n):
            raise ValueError("no")
        shape.append(m if n == 1 else n)
    return tuple(reversed(shape))


@mistake("nothing is refused: sizes that differ, neither of them 1, must raise ValueError")
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    return tuple(m if n == 1 else n for m, n in reversed(pairs))


@mistake("shapes that do not fit are to raise ValueError, so that nobody goes on with None")
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        return None
    return tuple(m if n == 1 else n for m, n in reversed(pairs))


@mistake("a size of 1 fits every other size and is repeated: only two others that differ are an error")
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=None))
    if any(m != n and None not in (m, n) for m, n in pairs):
        raise ValueError("no")
    return tuple(n if m is None else m for m, n in reversed(pairs))


@mistake("the larger size is 1 where the other is 0: it is the size that is not 1 that counts")
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        raise ValueError("no")
    return tuple(max(m, n) for m, n in reversed(pairs))


@mistake(
    "the axes come out in the wrong order: they were compared from the last one, so turn the result round"
)
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        raise ValueError("no")
    return tuple(m if n == 1 else n for m, n in pairs)


@mistake("two different lengths are no error: the shorter shape gets 1s in front")
def broadcast_shape(one, other):
    if len(one) != len(other):
        raise ValueError("no")
    if any(m != n and 1 not in (m, n) for m, n in zip(one, other, strict=True)):
        raise ValueError("no")
    return tuple(m if n == 1 else n for m, n in zip(one, other, strict=True))


@mistake("only the second tensor is repeated here: a size of 1 in the first one is repeated as well")
def broadcast_shape(one, other):
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    if any(m != n and n != 1 for m, n in pairs):
        raise ValueError("no")
    return tuple(m for m, n in reversed(pairs))


@again
def broadcast_shape(one, other):
    rank = max(len(one), len(other))
    one = (1,) * (rank - len(one)) + tuple(one)
    other = (1,) * (rank - len(other)) + tuple(other)
    for m, n in zip(one, other, strict=True):
        if m != n and n != 1:
            raise ValueError("no")
    return one


@mistake("a size that divides the other is no fit: two sizes must be equal, or one of them 1")
def broadcast_shape(one, other):
    rank = max(len(one), len(other))
    one, other = (1,) * (rank - len(one)) + one, (1,) * (rank - len(other)) + other
    shape = []
    for m, n in zip(one, other, strict=True):
        if m == n or n == 1:
            shape.append(m)
        elif m == 1 or (m and n % m == 0):
            shape.append(n)
        elif n and m % n == 0:
            shape.append(m)
        else:
            raise ValueError(f"{one} and {other} do not fit")
    return tuple(shape)


@mistake("a single 1 is put in front, but several axes may be missing: as many as the longer shape has more")
def broadcast_shape(one, other):
    if len(one) < len(other):
        one = (1, *one)
    if len(other) < len(one):
        other = (1, *other)
    shape = []
    for m, n in zip(one, other, strict=True):
        if m != n and 1 not in (m, n):
            raise ValueError(f"{one} and {other} do not fit")
        shape.append(n if m == 1 else m)
    return tuple(shape)


@mistake("`is` asks whether two names mean one object, which equal numbers need not be: ==", needs=r"\bis\b")
def broadcast_shape(one, other):
    length = max(len(one), len(other))
    one, other = (1,) * (length - len(one)) + one, (1,) * (length - len(other)) + other
    for m, n in zip(one, other, strict=True):
        if not (m is n or m == 1 or n == 1):
            raise ValueError("the shapes do not fit")
    return tuple(n if m == 1 else m for m, n in zip(one, other, strict=True))
