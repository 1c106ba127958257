"""Golden numbers of the greedy solvers: greedy.csv and diabetes_gram.csv.

Run once with Python 3.11, numpy 1.24.2, scipy 1.10.1, scikit-learn 1.2.1 (float64):  python3 make_greedy.py
Never run again to make a test pass: a difference is a finding.

greedy.csv: case;signal;atoms in the order of selection;coefficients;squared error.
  OMP     scikit-learn orthogonal_mp (order and coefficients from return_path)
  OLS     by definition: least squares with every candidate added, the best one taken
  NNOMP   argmax of the correlation, scipy.optimize.nnls on the support; what is 0 leaves it
  NNLS    scipy.optimize.nnls on the first 12 atoms (with all 32 the fit is exact and the code not unique)
  MP, GP  dense residual form of Mallat & Zhang 1993, Blumensath & Davies 2008
  ITO     the same as GP with a positive argmax, clipped at 0 after each step
Dictionary and signals of all but the diabetes case: the formula of sine_problem below.

diabetes_gram.csv: G = X'X [10, 10], c0 = X'y [10] and |y|^2 of the diabetes data (Efron, Hastie, Johnstone, Tibshirani 2004) as
scikit-learn's load_diabetes scales them; the sufficient statistics of every solver in Gram form, not the data.
"""
import platform
import numpy as np
import scipy
import sklearn
from scipy.optimize import nnls
from sklearn.datasets import load_diabetes
from sklearn.linear_model import orthogonal_mp

VERSIONS = f"python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"


def sine_problem():
    i, j, b = np.arange(1, 17)[:, None], np.arange(1, 33)[None, :], np.arange(1, 5)[None, :]
    d = np.sin(i * j + 0.3 * j * j)
    return d / np.linalg.norm(d, axis=0), np.cos(0.7 * i * b + 0.11 * i * i)


def omp(d, y, k):
    path = orthogonal_mp(d, y, n_nonzero_coefs=k, return_path=True).reshape(d.shape[1], -1)
    order = []
    for step in range(path.shape[1]):
        order += [int(a) for a in np.flatnonzero(path[:, step]) if a not in order]
    return order, path[order, -1]


def ols(d, y, k):
    order = []
    for _ in range(k):
        def error(a):
            s = order + [a]
            return np.sum((y - d[:, s] @ np.linalg.lstsq(d[:, s], y, rcond=None)[0]) ** 2)
        order.append(min((a for a in range(d.shape[1]) if a not in order), key=error))
    return order, np.linalg.lstsq(d[:, order], y, rcond=None)[0]


def nnomp(d, y, k):
    order, z = [], np.zeros(0)
    while len(order) < k:
        c = d.T @ (y - d[:, order] @ z)
        c[order] = -np.inf
        if c.max() <= 1e-12:
            break
        order.append(int(np.argmax(c)))
        z = nnls(d[:, order], y)[0]
        order, z = [a for a, v in zip(order, z) if v > 0], z[z > 0]
    return order, z


def nnls_all(d, y):
    z = nnls(d, y)[0]
    order = [int(a) for a in np.flatnonzero(z)]
    return order, z[order]


def mp(d, y, steps):
    order, z, r = [], np.zeros(d.shape[1]), y.copy()
    for _ in range(steps):
        c = d.T @ r
        a = int(np.argmax(np.abs(c)))
        if a not in order:
            order.append(a)
        z[a] += c[a]
        r = r - c[a] * d[:, a]
    return order, z[order]


def gp(d, y, steps, conjugate=False, positive=False):
    order, z, previous = [], np.zeros(d.shape[1]), None
    for _ in range(steps):
        r = y - d @ z
        c = d.T @ r
        a = int(np.argmax(c if positive else np.abs(c)))
        if a not in order:
            order.append(a)
        g = np.zeros_like(z)
        g[order] = c[order]
        p = g
        if conjugate and previous is not None:
            image = d @ previous
            p = g - (image @ (d @ g)) / (image @ image) * previous
        image = d @ p
        z = z + (image @ r) / (image @ image) * p
        if positive:
            z = np.maximum(z, 0)
        previous = p
    order = [a for a in order if z[a] != 0]
    return order, z[order]


def main():
    d, y = sine_problem()
    assert abs(d[0, 0] - .3395249821218635) < 1e-14 and abs(d[15, 31] - .24174203491058865) < 1e-13
    rows = []

    def add(name, signal, x, target, result):
        order, z = result
        rss = np.sum((target - x[:, order] @ z) ** 2)
        rows.append(";".join([name, str(signal), " ".join(map(str, order)), " ".join(f"{v:.17g}" for v in z), f"{rss:.17g}"]))

    for b in range(4):
        t = y[:, b]
        add("OMP", b, d, t, omp(d, t, 6))
        add("OLS", b, d, t, ols(d, t, 6))
        add("NNOMP", b, d, t, nnomp(d, t, 6))
        add("NNLS", b, d, t, nnls_all(d[:, :12], t))
        add("MP", b, d, t, mp(d, t, 12))
        add("GP", b, d, t, gp(d, t, 8))
        add("ACGP", b, d, t, gp(d, t, 8, conjugate=True))
        add("ITO", b, d, t, gp(d, t, 8, positive=True))
    x, target = load_diabetes(return_X_y=True)
    for k in range(1, 11):
        add("DIABETES", k, x, target, omp(x, target, k))
    with open("greedy.csv", "w") as f:
        f.write(f"# make_greedy.py, {VERSIONS}\n" + "\n".join(rows) + "\n")
    gram, c0 = x.T @ x, x.T @ target
    with open("diabetes_gram.csv", "w") as f:
        f.write("# Diabetes, Efron et al. 2004, as scikit-learn scales it: 10 rows of X'X, then X'y, then |y|^2. make_greedy.py, " + VERSIONS + "\n")
        for row in [*gram, c0, [target @ target]]:
            f.write(",".join(f"{v:.17g}" for v in row) + "\n")


main()
