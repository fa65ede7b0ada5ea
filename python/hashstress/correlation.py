"""What makes a matrix one of correlations: docs/model/joint.md."""

from __future__ import annotations

import math
from collections.abc import Sequence

PIVOT = 1e-9  # below it a pivot is nothing; that far below 0 the matrix is none of correlations

Matrix = Sequence[Sequence[float]]


def check_correlation(matrix: Matrix, names: Sequence[str]) -> None:
    """Raises ValueError, with the cells, unless the matrix is square, symmetric, 1 on the diagonal and positive semi-definite."""
    size = len(names)
    if len(matrix) != size or any(len(row) != size for row in matrix):
        found = ", ".join(str(len(row)) for row in matrix)
        raise ValueError(f"expected {size} rows of {size}, one for each of {', '.join(names)}; found rows of {found}")
    wrong = [text for i in range(size) for j in range(size) if (text := _wrong(matrix, i, j, names))]
    if wrong:
        raise ValueError("; ".join(wrong))
    if not is_positive(matrix):
        raise ValueError(
            f"the matrix of {', '.join(names)} is not positive semi-definite: no shocks can be correlated like that; "
            "bring the numbers nearer to 0, or to each other's products"
        )


def _wrong(matrix: Matrix, i: int, j: int, names: Sequence[str]) -> str | None:
    """What is wrong with one cell."""
    cell, where = matrix[i][j], f"row {i + 1}, column {j + 1} ({names[i]}, {names[j]})"
    if i == j and cell != 1:
        return f"{where} is {cell}, expected 1 on the diagonal"
    if not -1 <= cell <= 1:
        return f"{where} is {cell}, expected a correlation from -1 to 1"
    if i > j and cell != matrix[j][i]:
        return f"{where} is {cell}, expected {matrix[j][i]}, as in row {j + 1}, column {i + 1}"
    return None


def is_positive(matrix: Matrix) -> bool:
    """Whether Cholesky's factor of a symmetric matrix exists, up to rounding."""
    lower: list[list[float]] = []
    for i, cells in enumerate(matrix):
        row: list[float] = []
        for j in range(i):
            rest, pivot = cells[j] - _dot(row, lower[j]), lower[j][j]
            if pivot == 0 and abs(rest) > PIVOT:
                return False
            row.append(rest / pivot if pivot > 0 else 0.0)
        rest = cells[i] - _dot(row, row)
        if rest < -PIVOT:
            return False
        row.append(math.sqrt(rest) if rest > PIVOT else 0.0)
        lower.append(row)
    return True


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=False))
