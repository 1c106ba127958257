"""Inertia of scikit-learn's Lloyd from a given start, printed for KMeansTests.cs. Made with scikit-learn 1.2.1, numpy 1.24.2."""
import numpy as np
from sklearn.cluster import KMeans

i, j = np.meshgrid(np.arange(200), np.arange(5), indexing="ij")
x = (np.sin(1.3 * i * (j + 1)) + 2 * np.cos(0.7 * (i % 7) + j)).astype(np.float32).astype(np.float64)
for k in (3, 7, 12):
    fit = KMeans(k, init=x[:k], n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(x)
    print(k, repr(fit.inertia_), fit.n_iter_, np.bincount(fit.labels_).tolist())
