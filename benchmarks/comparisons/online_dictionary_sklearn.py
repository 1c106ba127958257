"""Times scikit-learn's MiniBatchDictionaryLearning with coordinate descent on given batches from a given start.

    python3 online_dictionary_sklearn.py signals.npy start.npy result.npy alpha passes batch

Batches are taken in order, the same in every pass; only partial_fit is inside the clock, which is that of the processor. Writes the atoms and prints one JSON object.
"""

import json
import platform
import sys
import time

import numpy
import sklearn
from sklearn.decomposition import MiniBatchDictionaryLearning


def main():
    signals = numpy.load(sys.argv[1])
    start = numpy.load(sys.argv[2])
    alpha, passes, batch = float(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6])
    learner = MiniBatchDictionaryLearning(
        n_components=start.shape[0], alpha=alpha, batch_size=batch, fit_algorithm="cd", dict_init=start, random_state=0)
    seconds = 0.0
    for _ in range(passes):
        for first in range(0, signals.shape[0] - batch + 1, batch):
            block = signals[first:first + batch]
            begin = time.process_time()
            learner.partial_fit(block)
            seconds += time.process_time() - begin
    numpy.save(sys.argv[3], numpy.ascontiguousarray(learner.components_, dtype=numpy.float32))
    print(json.dumps({
        "seconds": seconds,
        "versions": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, python {platform.python_version()}",
    }))


if __name__ == "__main__":
    main()
