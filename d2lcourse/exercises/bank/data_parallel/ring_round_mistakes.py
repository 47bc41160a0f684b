"""Wrong answers to ring_round, each under what its writer is to read."""

from d2lcourse.exercises.bank import again, mistake


@mistake("the chunks go to the process before: send to (r + 1) % k")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        c, following = (r - i) % k, (r - 1) % k
        if i < k - 1:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@mistake("process r sends chunk r + i: that is not the one that it got last; send chunk r - i")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        c, following = (r + i) % k, (r + 1) % k
        if i < k - 1:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@mistake("each process sends its own chunk r in every round: in round i it is chunk r - i, modulo k")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        following = (r + 1) % k
        if i < k - 1:
            chunks[following][r].add_(chunks[r][r])
        else:
            chunks[following][r].copy_(chunks[r][r])


@mistake(
    "chunks are added in every round: from round k - 1 on they are sums already, and replace what is there"
)
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        chunks[(r + 1) % k][(r - i) % k].add_(chunks[r][(r - i) % k])


@mistake(
    "chunks replace what is there in every round: in rounds 0 to k - 2 they are added, or its part is lost"
)
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        chunks[(r + 1) % k][(r - i) % k].copy_(chunks[r][(r - i) % k])


@mistake("round k - 1 still adds: there are k - 1 rounds of adding, 0 to k - 2")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        c, following = (r - i) % k, (r + 1) % k
        if i < k:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@mistake("round k - 2 takes already: rounds 0 to k - 2 add, and with k processes that is k - 1 rounds")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        c, following = (r - i) % k, (r + 1) % k
        if i < k - 2:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@mistake("the last process sends nothing: the ring is closed, and its next process is process 0")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k - 1):
        c = (r - i) % k
        if i < k - 1:
            chunks[r + 1][c].add_(chunks[r][c])
        else:
            chunks[r + 1][c].copy_(chunks[r][c])


@mistake("all processes send the chunk of one number, so one line is passed on: each sends another, r - i")
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        c, following = -i % k, (r + 1) % k
        if i < k - 1:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@mistake("every chunk is sent: in one round each process sends a single one, number r - i")
def ring_round(chunks, i):
    k = len(chunks)
    before = [[one.clone() for one in row] for row in chunks]
    for r in range(k):
        for c in range(k):
            if i < k - 1:
                chunks[(r + 1) % k][c].add_(before[r][c])
            else:
                chunks[(r + 1) % k][c].copy_(before[r][c])


@mistake("the results are put into new lists or names: change `chunks` itself, with .add_() and .copy_()")
def ring_round(chunks, i):
    k = len(chunks)
    chunks = [[one.clone() for one in row] for row in chunks]
    for r in range(k):
        c, following = (r - i) % k, (r + 1) % k
        if i < k - 1:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


@again
def ring_round(chunks, i):
    k = len(chunks)
    for r in range(k):
        mine = chunks[(r + 1) % k][(r - i) % k]
        mine = mine + chunks[r][(r - i) % k] if i < k - 1 else chunks[r][(r - i) % k]
    return chunks
