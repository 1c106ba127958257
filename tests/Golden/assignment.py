"""Makes assignment.json: totals and matchings of scipy.optimize.linear_sum_assignment on small fixed matrices.

    python3 assignment.py > assignment.json

Matchings are given only where the optimum is unique with probability one (continuous entries).
"""

import json
import platform

import numpy
import scipy
from scipy.optimize import linear_sum_assignment


def instance(name, cost, maximize, unique):
    rows, columns = linear_sum_assignment(cost, maximize=maximize)
    matching = [-1] * cost.shape[0]
    for i, j in zip(rows, columns):
        matching[int(i)] = int(j)
    return {
        "name": name,
        "rows": cost.shape[0],
        "columns": cost.shape[1],
        "maximize": maximize,
        "cost": cost.ravel().tolist(),
        "total": float(cost[rows, columns].sum()),
        "rowToColumn": matching if unique else None,
    }


def main():
    random = numpy.random.RandomState(20240117)
    # Multiples of 2^-20 are exact in float32 and in decimal, so that both overloads see the same numbers.
    grid = lambda *shape: random.randint(-2 ** 19, 2 ** 19, shape) / 2.0 ** 20
    instances = [
        instance("square 12", grid(12, 12), False, True),
        instance("square 17 maximum", grid(17, 17), True, True),
        instance("wide 6 x 11", grid(6, 11), False, True),
        instance("tall 13 x 7 maximum", grid(13, 7), True, True),
        instance("integers 10 with ties", random.randint(0, 4, (10, 10)).astype(float), False, False),
        instance("integers 9 x 14 with ties, maximum", random.randint(-2, 3, (9, 14)).astype(float), True, False),
    ]
    print(json.dumps({
        "versions": f"scipy {scipy.__version__}, numpy {numpy.__version__}, python {platform.python_version()}",
        "instances": instances,
    }))


if __name__ == "__main__":
    main()
