"""Writes coming-from/sklearn.json, the numbers that ComingFromScikitLearn holds this library to.

Made with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1 (Debian 12), float64. Usage: python3 coming_from_sklearn.py
The regions are the Python blocks of docs/coming-from/scikit-learn.md, word for word (a test compares them).
The problem is made of formulas, rounded to float32 as this library stores it: the sine dictionary of lasso_golden.py, its four signals, and 64 sparse mixtures to learn from.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn.decomposition import NMF, DictionaryLearning, MiniBatchDictionaryLearning, SparseCoder, sparse_encode
from sklearn.linear_model import (ElasticNet, Lasso, LassoCV, LassoLars, LassoLarsIC, OrthogonalMatchingPursuit, OrthogonalMatchingPursuitCV,
                                  lars_path, orthogonal_mp, orthogonal_mp_gram)
from sklearn.datasets import make_sparse_coded_signal
from sklearn.model_selection import KFold

warnings.filterwarnings("ignore")
golden = {}


def single(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def keep(name, values):
    values = np.asarray(values, dtype=np.float64)
    golden[name] = {"shape": list(values.shape), "values": [float("%.10g" % v) for v in values.ravel()]}


i, j, b = np.arange(1, 17)[None, :], np.arange(1, 33)[:, None], np.arange(1, 5)[:, None]
D = single(unit(np.sin(i * j + 0.3 * j * j)))            # [32 atoms, 16]
X = single(np.cos(0.7 * i * b + 0.11 * i * i))           # [4 signals, 16]
n = np.arange(64)[:, None]
many = single(sum(np.cos(1.3 * n + 2.1 * k + .5) * D[(7 * n[:, 0] + 11 * k * k + 5 * k) % 32] for k in range(3)))      # [64 signals, 16]
j24 = np.arange(1, 25)[:, None]
start = single(unit(np.cos(0.9 * i * j24 + 0.2 * j24 * j24)))      # [24 atoms, 16]
parts = single(np.abs(many[:40]))                        # [40 signals, 16], not negative

# region sparse-encode
omp = sparse_encode(X, D, algorithm="omp", n_nonzero_coefs=6)
homotopy = sparse_encode(X, D, algorithm="lasso_lars", alpha=0.3)
descent = sparse_encode(X, D, algorithm="lasso_cd", alpha=0.3)
kept = sparse_encode(X, D, algorithm="threshold", alpha=0.9)
positive = sparse_encode(X, D, algorithm="lasso_lars", alpha=0.3, positive=True)
# endregion
for name, codes in (("omp", omp), ("lasso_lars", homotopy), ("lasso_cd", descent), ("threshold", kept), ("positive", positive)):
    keep(name, codes)

# region sparse-coder
coder = SparseCoder(D, transform_algorithm="lasso_lars", transform_alpha=0.3)
codes = coder.transform(X)
approximation = codes @ D
# endregion
keep("approximation", approximation)

# region pursuit
six = OrthogonalMatchingPursuit(n_nonzero_coefs=6, fit_intercept=False, normalize=False).fit(D.T, X.T).coef_
until = OrthogonalMatchingPursuit(tol=1.0, fit_intercept=False, normalize=False).fit(D.T, X.T).coef_
by_gram = orthogonal_mp_gram(D @ D.T, D @ X.T, n_nonzero_coefs=6).T
path = orthogonal_mp(D.T, X[0], n_nonzero_coefs=6, return_path=True)
# endregion
for name, codes in (("omp_six", six), ("omp_tol", until), ("omp_gram", by_gram), ("omp_path", path.T)):
    keep(name, codes)

# region lars-path
alphas, active, coefs = lars_path(D.T, X[0], method="lasso", alpha_min=0.01)
# endregion
keep("lars_path_alphas", alphas)
keep("lars_path_coefs", coefs.T)

# region lasso
lasso = Lasso(alpha=0.02, fit_intercept=False, tol=1e-12, max_iter=100000).fit(D.T, X.T).coef_
lars = LassoLars(alpha=0.02, fit_intercept=False, normalize=False).fit(D.T, X.T).coef_
net = ElasticNet(alpha=0.05, l1_ratio=0.4, fit_intercept=False, tol=1e-12, max_iter=100000).fit(D.T, X.T).coef_
# endregion
for name, codes in (("lasso", lasso), ("lasso_lars_estimator", lars), ("elastic_net", net)):
    keep(name, codes)

# region choose
bic = LassoLarsIC(criterion="bic", noise_variance=0.05, fit_intercept=False, normalize=False).fit(D.T, X[1]).alpha_
folds = KFold(4)
curve = LassoCV(alphas=[0.08, 0.04, 0.02, 0.01, 0.005], cv=folds, fit_intercept=False, tol=1e-10, max_iter=100000).fit(D.T, X[1])
count = OrthogonalMatchingPursuitCV(cv=folds, max_iter=6, fit_intercept=False, normalize=False).fit(D.T, X[1]).n_nonzero_coefs_
# endregion
keep("bic", bic)
keep("cv_alpha", curve.alpha_)
keep("cv_curve", curve.mse_path_.mean(axis=1))
keep("cv_count", count)

# region lars
lar = sparse_encode(X, D, algorithm="lars", n_nonzero_coefs=4)
# endregion
keep("lars", lar)

# region dictionary-learning
batch = DictionaryLearning(n_components=24, alpha=0.1, fit_algorithm="lars", max_iter=20, tol=0,
                           dict_init=start, code_init=np.zeros((64, 24)), transform_algorithm="lasso_lars").fit(many)
# endregion
keep("batch_components", batch.components_)
codes = sparse_encode(many, batch.components_, algorithm="lasso_lars", alpha=0.1)
keep("batch_objective", 0.5 * ((many - codes @ batch.components_) ** 2).sum() + 0.1 * np.abs(codes).sum())

# region online
online = MiniBatchDictionaryLearning(n_components=24, alpha=0.1, fit_algorithm="lars", batch_size=16, dict_init=start, transform_algorithm="lasso_lars")
for sweep in range(4):
    for first in range(0, 64, 16):
        online.partial_fit(many[first:first + 16])
# endregion
keep("online_components", online.components_)
codes = sparse_encode(many, online.components_, algorithm="lasso_lars", alpha=0.1)
keep("online_objective", 0.5 * ((many - codes @ online.components_) ** 2).sum() + 0.1 * np.abs(codes).sum())

if __name__ == "__main__":
    golden = {"versions": "Python %s, numpy %s, scikit-learn %s" % (sys.version.split()[0], np.__version__, sklearn.__version__), **golden}
    lines = ["%s: %s" % (json.dumps(name), json.dumps(value, separators=(",", ":"))) for name, value in golden.items()]
    target = pathlib.Path(__file__).parent / "coming-from" / "sklearn.json"
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(target.stat().st_size, "bytes")
    print("norms", np.linalg.norm(batch.components_, axis=1), np.linalg.norm(online.components_, axis=1))
    print(golden["batch_objective"], golden["online_objective"], batch.error_, batch.n_iter_)
