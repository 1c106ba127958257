"""Learns a dictionary with scikit-learn's DictionaryLearning (coordinate descent, defaults otherwise, at most 30 iterations).

    python3 digits_dictionary_sklearn.py signals.npy result.npy atoms alpha

Writes the atoms and prints one JSON object: seconds of fit and versions.
"""

import json
import platform
import sys
import time
import warnings

import numpy
import sklearn
from sklearn.decomposition import DictionaryLearning


def main():
    warnings.simplefilter("ignore")  # its inner solver says at almost every signal that it stopped early
    signals = numpy.load(sys.argv[1])
    learner = DictionaryLearning(
        n_components=int(sys.argv[3]), alpha=float(sys.argv[4]), max_iter=30, tol=1e-4, fit_algorithm="cd", random_state=0)
    begin = time.perf_counter()
    learner.fit(signals)
    seconds = time.perf_counter() - begin
    numpy.save(sys.argv[2], numpy.ascontiguousarray(learner.components_, dtype=numpy.float32))
    print(json.dumps({
        "seconds": seconds,
        "versions": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, python {platform.python_version()}",
    }))


if __name__ == "__main__":
    main()
