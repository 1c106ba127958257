"""Writes coming-from/spams.json, the numbers that ComingFromSpams holds this library to.

Made with Python 3.11, numpy 1.24.2, SPAMS 2.6.13 (samuelstjean/spams-python b750f49, built privately; GPL, nothing of it is here), float64, one thread.
Usage: python3 coming_from_spams.py, with spams importable. The regions are the Python blocks of docs/coming-from/spams.md, word for word (a test compares them).
SPAMS has signals and atoms in columns: X and D below are the transposes of coming_from_problem.py's.
"""
import sys

import numpy as np
import spams
from scipy.sparse import csc_matrix

from coming_from_problem import D as rows, X as signals, keep, many, parts, start, write

# region orientation
X = np.asfortranarray(signals.T)        # [16, 4 signals]
D = np.asfortranarray(rows.T)           # [16, 32 atoms]
# endregion

# region omp
six = spams.omp(X, D, L=6)
until = spams.omp(X, D, eps=1.0)
# endregion
keep("omp_six", six.toarray().T)
keep("omp_eps", until.toarray().T)

# region lasso
penalty = spams.lasso(X, D, lambda1=0.3)                                # mode 2, PENALTY
budget = spams.lasso(X, D, lambda1=3.0, mode=spams.L1COEFFS)            # mode 0
error = spams.lasso(X, D, lambda1=1.0, mode=spams.L2ERROR)              # mode 1
net = spams.lasso(X, D, lambda1=0.5, lambda2=0.2)
positive = spams.lasso(X, D, lambda1=0.3, pos=True)
few = spams.lasso(X, D, L=4, lambda1=0.0)
# endregion
for name, codes in (("penalty", penalty), ("budget", budget), ("error", error), ("net", net), ("positive", positive), ("few", few)):
    keep(name, codes.toarray().T)
stuck = spams.lasso(X, D, L=32, lambda1=0.32, lambda2=0.48).toarray()
assert np.count_nonzero(stuck[:, 3]) == 16, "more active atoms than dimensions are never reached: the elastic net of signal 3 has 21"
for mode in (spams.SPARSITY, spams.L2ERROR2, spams.PENALTY2):
    assert abs(spams.lasso(X, D, lambda1=3.0, mode=mode) - budget).max() == 0, "modes 3 to 5 of lasso are silently mode 0"

# region cd
first = csc_matrix((32, 4))
descent = spams.cd(X, D, first, lambda1=0.3, itermax=10000, tol=1e-8)
# endregion
keep("cd", descent.toarray().T)
loose = spams.cd(X, D, first, lambda1=0.3)
keep("cd_default", loose.toarray().T)

# region fista
proximal = spams.fistaFlat(X, D, np.zeros((32, 4), order="F"), loss="square", regul="l1", lambda1=0.3, max_it=10000, tol=1e-10)
# endregion
keep("fista", proximal.T)

# region path
codes, path = spams.lasso(X[:, :1].copy(order="F"), D, lambda1=0.3, return_reg_path=True)      # path: [32 atoms, breakpoints]
# endregion
keep("path", path[:, np.abs(path).sum(0) > 0].T)

# region train
Y = np.asfortranarray(many.T)
batch = spams.trainDL(Y, D=np.asfortranarray(start.T), lambda1=0.1, batch=True, iter=20, numThreads=1, verbose=False)
online = spams.trainDL(Y, D=np.asfortranarray(start.T), lambda1=0.1, batchsize=16, iter=80, numThreads=1, verbose=False)
# endregion


def objective(signals, atoms, codes, weight):
    return 0.5 * ((signals - atoms @ codes.toarray()) ** 2).sum() + weight * abs(codes).sum()


keep("batch_objective", objective(Y, batch, spams.lasso(Y, batch, lambda1=0.1), 0.1))
keep("online_objective", objective(Y, online, spams.lasso(Y, online, lambda1=0.1), 0.1))
# region train-omp
sparse = spams.trainDL(Y, D=np.asfortranarray(start.T), lambda1=3, mode=spams.SPARSITY, batch=True, iter=200, numThreads=1, verbose=False)
# endregion
keep("sparse_error", 2 * objective(Y, sparse, spams.omp(Y, sparse, L=3), 0))

# region nmf
P = np.asfortranarray(parts.T)
U, V = spams.nmf(P, return_lasso=True, K=6, iter=200, batch=True, numThreads=1)
# endregion
keep("nmf_error", 2 * objective(P, U, V, 0))

write("spams.json", "Python %s, numpy %s, SPAMS 2.6.13" % (sys.version.split()[0], np.__version__))
