"""Prints the numbers that LarsTests and LassoTests hold, and writes diabetes.csv if it is not there.

Made with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1 (Debian 12), float64. Usage: python3 lasso_golden.py
The diabetes data (Efron, Hastie, Johnstone, Tibshirani 2004) come with scikit-learn: load_diabetes(), columns centred and of unit norm, y not centred.
"""
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, lars_path

np.set_printoptions(precision=15, linewidth=170, suppress=True)
warnings.filterwarnings("ignore")
print("numpy", np.__version__, "scikit-learn", sklearn.__version__)

x, y = load_diabetes(return_X_y=True)
n = len(y)
print("== diabetes")
for method, positive in (("lar", False), ("lasso", False), ("lasso", True)):
    alphas, active, path = lars_path(x, y, method=method, positive=positive)
    print(method, "positive" if positive else "", "order", active)
    print(" C", n * alphas)
    print(" l1", np.abs(path).sum(0))
    print(" final", path[:, -1])
tight = Lasso(alpha=0.5, fit_intercept=False, tol=1e-14, max_iter=100000).fit(x, y)
print("lasso alpha .5", tight.coef_)

print("== the 5 x 5 problem of R's lars (scikit-learn issue 7778)")
y5 = np.array([-6.45006793, -3.51251449, -8.52445396, 6.12277822, -19.42109366])
x5 = np.array([[.47299829, 0, 0, 0, 0], [.08239882, .85784863, 0, 0, 0], [.30114139, -.07501577, .80895216, 0, 0],
               [-.01460346, -.1015233, .0407278, .80338378, 0], [-.69363927, .06754067, .18064514, -.0803561, .40427291]]).T
alphas, active, path = lars_path(x5, y5, method="lasso")
print(" C", 5 * alphas)
for column in path.T:
    print("  ", column)

print("== sine dictionary")
i, j, b = np.arange(1, 17)[:, None], np.arange(1, 33)[None, :], np.arange(1, 5)[None, :]
d = np.sin(i * j + 0.3 * j * j)
d /= np.linalg.norm(d, axis=0)
signals = np.cos(0.7 * i * b + 0.11 * i * i)
for k in range(4):
    s = signals[:, k]
    for positive in (False, True):
        z = Lasso(alpha=0.3 / 16, fit_intercept=False, positive=positive, tol=1e-15, max_iter=1000000).fit(d, s).coef_
        r = s - d @ z
        support = np.flatnonzero(z)
        print(" b%d" % k, "positive" if positive else "signed", "objective %.12f" % (0.5 * r @ r + 0.3 * np.abs(z).sum()), support, z[support])
alphas, active, path = lars_path(d, signals[:, 0], method="lasso", max_iter=12)
print(" b0 breakpoints", 16 * alphas)
alphas, active, path = lars_path(d, signals[:, 1], method="lasso")
errors = ((signals[:, 1][:, None] - d @ path) ** 2).sum(0)
last = int(np.argmax(errors <= 1))
low, high = 0.0, 1.0
for _ in range(200):
    middle = (low + high) / 2
    z = path[:, last - 1] + middle * (path[:, last] - path[:, last - 1])
    r = signals[:, 1] - d @ z
    low, high = (middle, high) if r @ r > 1 else (low, middle)
print(" b1 error 1: C %.12f" % (16 * (alphas[last - 1] + high * (alphas[last] - alphas[last - 1]))), np.flatnonzero(z), z[z != 0])
