"""Writes coming-from/saelens.json (evaluation metrics of tests/Golden/saelens/standard) and coming-from/saelens-keys.json (every configuration key).

The metrics restate get_sparsity_and_variance_metrics of SAELens 6.18.0 (sae_lens/evals.py, commit 91ca16c) in numpy, for one batch, from the codes and outputs of the fixture, which
check_saelens.py holds to SAELens' own classes. The keys are read from the annotated fields of its configuration classes.
Made with Python 3.11, numpy 1.24.2. Usage: python3 coming_from_saelens.py PATH_OF_A_SAELENS_CHECKOUT
"""
import ast
import json
import pathlib
import struct
import sys

import numpy as np

from coming_from_problem import keep, write

HERE = pathlib.Path(__file__).parent


def read(path):
    raw = path.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8:8 + size])
    kinds = {"F32": "<f4", "F64": "<f8"}
    return {name: np.frombuffer(raw[8 + size:][slice(*t["data_offsets"])], kinds[t["dtype"]]).reshape(t["shape"]).astype(float) for name, t in head.items() if name != "__metadata__"}


expected = read(HERE / "saelens" / "standard" / "expected.safetensors")
x, out, codes = expected["x"], expected["out"], expected["codes"]
residual = ((x - out) ** 2).sum(1)
norm_in, norm_out = np.linalg.norm(x, axis=1), np.linalg.norm(out, axis=1)
keep("mse", (residual / len(x)).mean())
keep("l2_ratio", (norm_out / norm_in).mean())
keep("relative_reconstruction_bias", (norm_out ** 2).mean() / (x * out).sum(1).mean())
keep("cossim", ((x / norm_in[:, None]) * (out / norm_out[:, None])).sum(1).mean())
keep("l0", (codes > 0).sum(1).mean())
keep("l1", codes.sum(1).mean())
keep("explained_variance", 1 - residual.mean() / ((x ** 2).sum(1).mean() - (x ** 2).mean() ** 2))
keep("feature_density", (codes > 0).mean(0))
write("saelens.json", "numpy %s, formulas of SAELens 6.18.0" % np.__version__)

keys = {}
for file in ["config.py", *("saes/%s.py" % name for name in ("sae", "standard_sae", "topk_sae", "batchtopk_sae", "jumprelu_sae", "gated_sae", "matryoshka_batchtopk_sae", "transcoder"))]:
    for node in ast.parse((pathlib.Path(sys.argv[1]) / "sae_lens" / file).read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("Config") and node.name not in ("TrainCoefficientConfig", "PretokenizeRunnerConfig", "CacheActivationsRunnerConfig", "SAETrainerConfig"):
            fields = [item.target.id for item in node.body if isinstance(item, ast.AnnAssign)]
            if fields:
                keys[node.name] = fields
target = HERE / "coming-from" / "saelens-keys.json"
target.write_text(json.dumps(keys, indent=1) + "\n")
print({name: len(fields) for name, fields in keys.items()})
