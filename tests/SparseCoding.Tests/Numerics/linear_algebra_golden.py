"""Golden numbers of LinearAlgebraTests.cs and CoherenceTests: NumPy 1.24.2 (Debian 12, LAPACK). Run: python3 linear_algebra_golden.py"""
import numpy as np

i = np.arange(1, 17)[:, None]
j = np.arange(1, 33)[None, :]
d = np.sin(i * j + 0.3 * j * j)
d /= np.linalg.norm(d, axis=0)
print(np.__version__)
print("sine singular values", [float(v) for v in np.linalg.svd(d, compute_uv=False)])
h = 1 / (np.arange(8)[:, None] + np.arange(8)[None, :] + 1.0)
print("hilbert 8 eigenvalues", [float(v) for v in np.linalg.eigvalsh(h)[::-1]])
p = np.linalg.pinv(d.T)
print("pinv(sine^T)[0,0], [15,31], norm", float(p[0, 0]), float(p[15, 31]), float(np.linalg.norm(p)))
# The same number by another way, since one reading of it was once copied with a wrong digit.
print("by normal equations [15,31]", float(np.linalg.solve(d @ d.T, d)[15, 31]))
b = np.cos(0.7 * np.arange(1, 33))
print("least squares", [float(v) for v in np.linalg.lstsq(d.T, b, rcond=None)[0][:3]])
g = np.abs(d.T @ d)
np.fill_diagonal(g, 0)
print("coherence", float(g.max()), np.unravel_index(g.argmax(), g.shape))
print("babel", [float(v) for v in np.sort(g, axis=1)[:, ::-1].cumsum(1).max(0)[:6]])
