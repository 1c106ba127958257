"""Writes coming-from/sklearn.json, the numbers that ComingFromScikitLearn holds this library to.

Made with Python 3.11, numpy 1.24.2, scikit-learn 1.2.1 (Debian 12), float64. Usage: python3 coming_from_sklearn.py
The regions are the Python blocks of docs/coming-from/scikit-learn.md, word for word (a test compares them).
The problem is that of coming_from_problem.py.
"""
import sys
import warnings

import numpy as np
import sklearn
from sklearn.decomposition import NMF, DictionaryLearning, MiniBatchDictionaryLearning, SparseCoder, sparse_encode
from sklearn.linear_model import (ElasticNet, Lasso, LassoCV, LassoLars, LassoLarsIC, OrthogonalMatchingPursuit, OrthogonalMatchingPursuitCV,
                                  lars_path, orthogonal_mp, orthogonal_mp_gram)
from sklearn.datasets import make_sparse_coded_signal
from sklearn.model_selection import KFold

from coming_from_problem import D, X, keep, many, parts, start, write

warnings.filterwarnings("ignore")

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
count = OrthogonalMatchingPursuitCV(cv=folds, max_iter=6, fit_intercept=False, normalize=True).fit(D.T, X[1]).n_nonzero_coefs_
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
online = MiniBatchDictionaryLearning(n_components=24, alpha=0.1, fit_algorithm="lars", batch_size=16, dict_init=start, random_state=0)
for sweep in range(4):
    for first in range(0, 64, 16):
        online.partial_fit(many[first:first + 16])
# endregion
keep("online_components", online.components_)
codes = sparse_encode(many, online.components_, algorithm="lasso_lars", alpha=0.1)
keep("online_objective", 0.5 * ((many - codes @ online.components_) ** 2).sum() + 0.1 * np.abs(codes).sum())

first = parts[[36, 39, 7, 12, 35, 16]]                    # the signals that NmfLearner draws at seed 0
H0 = first / np.linalg.norm(first, axis=1, keepdims=True)
W0 = parts @ H0.T
W0, H0 = W0 + 1e-3, H0 + 1e-3                            # multiplicative updates cannot leave a zero
# region nmf
multiplicative = NMF(n_components=6, init="custom", solver="mu", max_iter=50, tol=0)
W = multiplicative.fit_transform(parts, W=W0, H=H0)
approximation = W @ multiplicative.components_
hals = NMF(n_components=6, init="custom", solver="cd", max_iter=200).fit(parts, W=W0.copy(), H=H0.copy())
# endregion
keep("nmf_mu", approximation)
keep("nmf_cd_error", hals.reconstruction_err_ ** 2)

# region world
signals, atoms, world_codes = make_sparse_coded_signal(n_samples=500, n_components=32, n_features=16, n_nonzero_coefs=3, random_state=0, data_transposed=False)
# endregion
keep("world_active", np.unique(np.count_nonzero(world_codes, axis=1)))
keep("world_norms", [np.linalg.norm(atoms, axis=1).min(), np.linalg.norm(atoms, axis=1).max()])
keep("world_error", np.abs(signals - world_codes @ atoms).max())

write("sklearn.json", "Python %s, numpy %s, scikit-learn %s" % (sys.version.split()[0], np.__version__, sklearn.__version__))
