"""The problem of docs/coming-from, and the file of recorded numbers. ComingFromGolden makes the same problem from the same formulas in C#.

The sine dictionary of lasso_golden.py with its four signals, 64 sparse mixtures to learn from, a start, and non-negative signals; all rounded to float32, as this library stores them.
"""
import json
import pathlib

import numpy as np


def single(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


i, j, b = np.arange(1, 17)[None, :], np.arange(1, 33)[:, None], np.arange(1, 5)[:, None]
D = single(unit(np.sin(i * j + 0.3 * j * j)))            # [32 atoms, 16]
X = single(np.cos(0.7 * i * b + 0.11 * i * i))           # [4 signals, 16]
n = np.arange(64)[:, None]
many = single(sum(np.cos(1.3 * n + 2.1 * k + .5) * D[(7 * n[:, 0] + 11 * k * k + 5 * k) % 32] for k in range(3)))      # [64 signals, 16]
j24 = np.arange(1, 25)[:, None]
start = single(unit(np.cos(0.9 * i * j24 + 0.2 * j24 * j24)))      # [24 atoms, 16]
parts = np.abs(many[:40])                                # [40 signals, 16], not negative

golden = {}


def keep(name, values):
    values = np.asarray(values, dtype=np.float64)
    golden[name] = {"shape": list(values.shape), "values": [float("%.10g" % v) for v in values.ravel()]}


def write(file, versions):
    lines = ["%s: %s" % (json.dumps(name), json.dumps(value, separators=(",", ":"))) for name, value in {"versions": versions, **golden}.items()]
    target = pathlib.Path(__file__).parent / "coming-from" / file
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(target, target.stat().st_size, "bytes")
