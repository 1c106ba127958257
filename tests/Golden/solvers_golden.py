"""Prints the numbers that ElasticNetTests, BaselineTests and SelectionTests hold.

Made with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1 (Debian 12), float64. Usage: python3 solvers_golden.py
The sine dictionary is the one of lasso_golden.py: d_ij = sin(ij + 0.3 j^2), i = 1..16, j = 1..32, columns of norm 1; signal b is cos(0.7 i b + 0.11 i^2).
"""
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes
from sklearn.decomposition import sparse_encode
from sklearn.linear_model import ElasticNet, LassoCV, LassoLarsIC, OrthogonalMatchingPursuit, enet_path
from sklearn.model_selection import KFold

np.set_printoptions(precision=12, linewidth=170, suppress=True)
warnings.filterwarnings("ignore")
print("numpy", np.__version__, "scikit-learn", sklearn.__version__)
i, j, b = np.arange(1, 17)[:, None], np.arange(1, 33)[None, :], np.arange(1, 5)[None, :]
d = np.sin(i * j + 0.3 * j * j)
d /= np.linalg.norm(d, axis=0)
signals = np.cos(0.7 * i * b + 0.11 * i * i)

print("== elastic net, alpha .05, l1_ratio .4 (lambda .32, ridge .48)")
for k in range(4):
    for positive in (False, True):
        z = ElasticNet(alpha=.05, l1_ratio=.4, fit_intercept=False, positive=positive, tol=1e-15, max_iter=1000000).fit(d, signals[:, k]).coef_
        r = signals[:, k] - d @ z
        print(" b%d" % k, "positive" if positive else "signed", "objective %.12f" % (0.5 * r @ r + .32 * np.abs(z).sum() + .24 * z @ z), "nonzero", np.count_nonzero(z))
        if k == 1:
            print("   ", np.flatnonzero(z), z[z != 0])
x, y = load_diabetes(return_X_y=True)
z = ElasticNet(alpha=.01, l1_ratio=.7, fit_intercept=False, tol=1e-15, max_iter=1000000).fit(x, y).coef_
print("diabetes alpha .01 l1_ratio .7 (442 rows)", z)

print("== threshold, alpha .9, signed and positive")
for positive in (False, True):
    z = sparse_encode(signals.T, d.T, algorithm="threshold", alpha=.9, positive=positive)
    for k in range(4):
        print(" b%d" % k, np.flatnonzero(z[k]), z[k][z[k] != 0])

print("== LassoLarsIC, noise_variance .05")
for k in range(4):
    for criterion in ("aic", "bic"):
        m = LassoLarsIC(criterion=criterion, fit_intercept=False, normalize=False, noise_variance=.05, max_iter=500).fit(d, signals[:, k])
        print(" b%d %s" % (k, criterion), "lambda %.12f criterion %.12f nonzero %d" % (16 * m.alpha_, m.criterion_.min(), np.count_nonzero(m.coef_)))

print("== LassoCV, 4 contiguous folds, alphas")
alphas = np.array([.08, .04, .02, .01, .005])
total = 0
for k in range(4):
    m = LassoCV(alphas=alphas, cv=KFold(4), fit_intercept=False, tol=1e-12, max_iter=1000000).fit(d, signals[:, k])
    total = total + m.mse_path_.mean(1)
    print(" b%d" % k, "lambda %.6f" % (16 * m.alpha_), m.mse_path_.mean(1))
print(" mean of all", total / 4)

print("== orthogonal matching pursuit, 4 contiguous folds, 1 to 6 atoms")
total = np.zeros(6)
for k in range(4):
    errors = np.zeros(6)
    for train, test in KFold(4).split(d):
        for n in range(1, 7):
            z = OrthogonalMatchingPursuit(n_nonzero_coefs=n, fit_intercept=False, normalize=False).fit(d[train] / np.linalg.norm(d[train], axis=0), signals[train, k]).coef_
            errors[n - 1] += ((signals[test, k] - (d[test] / np.linalg.norm(d[train], axis=0)) @ z) ** 2).mean() / 4
    total += errors / 4
    print(" b%d" % k, errors)
print(" mean of all", total)
