"""Solves symmetric systems that couple each unknown with the next two (pentadiagonal), all rows at once."""

import numpy as np

from pp_core.tracking.rules.track import Floats


def solved(main: Floats, next_one: Floats, next_two: Floats, wanted: Floats) -> Floats:
    """What times the matrix is `wanted`; shapes (n,), (n-1,), (n-2,) and (n, k) give (n, k).

    `main` is the diagonal, the others stand beside it. The matrix must be positive definite. Block cyclic reduction
    (Heller 1976, SIAM Journal on Numerical Analysis 13(4)): two unknowns make a block, every other block is eliminated,
    until one is left; that is log2(n) rounds of whole columns instead of n steps. Without pivots it is as stable as
    Cholesky's method, because it is that method in another order.
    """
    size, sides = wanted.shape
    blocks = max(1, (size + 1) // 2)
    diagonal = np.zeros((2, 2, blocks))
    diagonal[1, 1] = 1  # what makes the last block whole
    coupling = np.zeros((2, 2, blocks))  # of block i (rows) with i + 1 (columns)
    right = np.zeros((2, sides, blocks))
    for row in range(2):
        diagonal[row, row, : len(main[row::2])] = main[row::2]
        right[row, :, : len(wanted[row::2])] = wanted[row::2].T
        coupling[row, row, : len(next_two[row::2])] = next_two[row::2]
    diagonal[0, 1, : len(next_one[::2])] = next_one[::2]
    diagonal[1, 0] = diagonal[0, 1]
    coupling[1, 0, : len(next_one[1::2])] = next_one[1::2]
    return _reduced(diagonal, coupling, right).transpose(2, 0, 1).reshape(-1, sides)[:size]


def _reduced(diagonal: Floats, coupling: Floats, right: Floats) -> Floats:
    blocks = diagonal.shape[2]
    if blocks == 1:
        return _times(_inverse(diagonal), right)
    # The odd blocks go. Each has the even block before it, and, but perhaps for the last, the one after it.
    odd = _inverse(diagonal[:, :, 1::2])
    after = right.shape[2] - blocks // 2 - 1  # how many even blocks follow an odd one
    before = blocks // 2
    from_before = _times(coupling[:, :, 0::2][:, :, :before], odd)
    from_after = _times(coupling[:, :, 1::2][:, :, :after].swapaxes(0, 1), odd[:, :, :after])
    even = diagonal[:, :, 0::2].copy()
    rest = right[:, :, 0::2].copy()
    even[:, :, :before] -= _times(from_before, coupling[:, :, 0::2][:, :, :before].swapaxes(0, 1))
    rest[:, :, :before] -= _times(from_before, right[:, :, 1::2])
    even[:, :, 1:] -= _times(from_after, coupling[:, :, 1::2][:, :, :after])
    rest[:, :, 1:] -= _times(from_after, right[:, :, 1::2][:, :, :after])
    between = np.zeros_like(even)
    between[:, :, :after] = -_times(from_before[:, :, :after], coupling[:, :, 1::2][:, :, :after])
    found = np.empty_like(right)
    evens = found[:, :, 0::2] = _reduced(even, between, rest)
    known = right[:, :, 1::2] - _times(coupling[:, :, 0::2][:, :, :before].swapaxes(0, 1), evens[:, :, :before])
    known[:, :, :after] -= _times(coupling[:, :, 1::2][:, :, :after], evens[:, :, 1:])
    found[:, :, 1::2] = _times(odd, known)
    return found


def _times(left: Floats, right: Floats) -> Floats:
    return np.asarray(left[:, 0, None] * right[None, 0] + left[:, 1, None] * right[None, 1])


def _inverse(of: Floats) -> Floats:
    inverse: Floats = np.array([[of[1, 1], -of[0, 1]], [-of[1, 0], of[0, 0]]]) / (
        of[0, 0] * of[1, 1] - of[0, 1] * of[1, 0]
    )
    return inverse
