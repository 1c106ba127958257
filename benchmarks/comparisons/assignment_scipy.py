"""Times scipy.optimize.linear_sum_assignment on one instance.

    python3 assignment_scipy.py instance.npy [repeats]

The matrix becomes float64 and contiguous before the clock starts, since SciPy would convert it in every call. Prints one JSON object:
the milliseconds of each repeat, the total of the matching (float64) and the versions.
"""

import json
import platform
import sys
import time

import numpy
import scipy
from scipy.optimize import linear_sum_assignment


def main():
    cost = numpy.ascontiguousarray(numpy.load(sys.argv[1]), dtype=numpy.float64)
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    milliseconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        rows, columns = linear_sum_assignment(cost)
        milliseconds.append(1000 * (time.perf_counter() - start))
    print(json.dumps({
        "milliseconds": milliseconds,
        "total": float(cost[rows, columns].sum()),
        "versions": f"scipy {scipy.__version__}, numpy {numpy.__version__}, python {platform.python_version()}",
    }))


if __name__ == "__main__":
    main()
