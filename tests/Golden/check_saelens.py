"""Runs SAELens' own classes over SAELens folders: over the golden ones, whose expected values they must give, and over any other given.

Usage: python3 check_saelens.py <checkout of SAELens> [<folder> <expected.safetensors>]...
Needs numpy and torch (1.13 is enough). What SAELens imports and its forward pass does not use (hooks of transformer_lens, types, downloads) is replaced
by empty stand-ins, and its safetensors reader by the format's text; config defaulting, loading, encode and decode are SAELens' own code.
Checked with the snapshot of SAELens 6.18.0 (commit 91ca16cc, October 2025), Python 3.11.2, torch 1.13.0, numpy 1.24.2.
"""
import json
import os
import struct
import sys
import types

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class Anything(types.ModuleType):
    """A module whose every name is a harmless class."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__class_getitem__": classmethod(lambda cls, item: cls), "__init__": lambda self, *a, **k: None})
        setattr(self, name, made)
        return made


def stand_in(name, **members):
    module = Anything(name)
    module.__path__ = []
    for key, value in members.items():
        setattr(module, key, value)
    sys.modules[name] = module


class HookPoint(nn.Identity):
    pass


class HookedRootModule(nn.Module):
    def setup(self):
        pass


def read(path):
    raw = open(path, "rb").read()
    (n,) = struct.unpack("<Q", raw[:8])
    out = {}
    for name, info in json.loads(raw[8:8 + n]).items():
        if name == "__metadata__":
            continue
        begin, end = info["data_offsets"]
        data = raw[8 + n + begin:8 + n + end]
        if info["dtype"] == "BF16":
            array = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
        else:
            array = np.frombuffer(data, {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[info["dtype"]])
        out[name] = torch.tensor(array.reshape(info["shape"]).copy())
    return out


class SafeOpen:
    def __init__(self, path, **_):
        self.tensors = read(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def keys(self):
        return self.tensors.keys()

    def get_tensor(self, key):
        return self.tensors[key]


class Version(tuple):
    def __new__(cls, text):
        return super().__new__(cls, [int(p) for p in text.split("-")[0].split(".")[:3]])


def passthrough(f):
    return f


stand_in("transformer_lens")
stand_in("transformer_lens.hook_points", HookPoint=HookPoint, HookedRootModule=HookedRootModule)
stand_in("safetensors", safe_open=SafeOpen)
stand_in("safetensors.torch")
stand_in("typing_extensions", override=passthrough, overload=passthrough, deprecated=lambda *a, **k: passthrough)
stand_in("packaging")
stand_in("packaging.version", Version=Version)
for name in ("einops", "jaxtyping", "huggingface_hub", "huggingface_hub.utils", "requests", "tqdm", "tqdm.auto", "yaml", "datasets", "simple_parsing", "wandb", "transformers"):
    try:
        __import__(name)
    except ImportError:
        stand_in(name)

# The package's __init__ imports trainers and models: only its version and these submodules are wanted.
checkout = sys.argv[1]
package = Anything("sae_lens")
package.__path__ = [os.path.join(checkout, "sae_lens")]
package.__version__ = next(line.split('"')[1] for line in open(os.path.join(checkout, "sae_lens", "__init__.py")) if line.startswith("__version__"))
sys.modules["sae_lens"] = package
inner = types.ModuleType("sae_lens.saes")
inner.__path__ = [os.path.join(checkout, "sae_lens", "saes")]
sys.modules["sae_lens.saes"] = package.saes = inner
stand_in("sae_lens.loading.pretrained_saes_directory")
stand_in("sae_lens.config")
import sae_lens.registry as registry  # noqa: E402
import sae_lens.saes.sae as base  # noqa: E402
from sae_lens.saes.jumprelu_sae import JumpReLUSAE, JumpReLUSAEConfig  # noqa: E402
from sae_lens.saes.standard_sae import StandardSAE, StandardSAEConfig  # noqa: E402
from sae_lens.saes.topk_sae import TopKSAE, TopKSAEConfig  # noqa: E402

for architecture, sae, cfg in (("standard", StandardSAE, StandardSAEConfig), ("topk", TopKSAE, TopKSAEConfig), ("jumprelu", JumpReLUSAE, JumpReLUSAEConfig)):
    registry.register_sae_class(architecture, sae, cfg)


def check(folder, expected_file):
    sae = base.SAE.load_from_disk(folder)
    sae = sae.to(torch.float64)  # the expected values are in float64; the weights are already rounded
    expected = read(expected_file)
    scaler = os.path.join(folder, "activation_scaler.json")
    scale = json.load(open(scaler))["scaling_factor"] if os.path.exists(scaler) else None
    x = expected["x"].double()
    with torch.no_grad():
        codes = sae.encode(x * scale if scale else x)
        out = sae.decode(codes)
    out = out / scale if scale else out
    wanted = expected["codes"].double(), expected["out"].double()
    worst = max((codes - wanted[0]).abs().max().item(), (out - wanted[1]).abs().max().item())
    support = bool(((codes != 0) == (wanted[0] != 0)).all())
    print(f"{os.path.basename(folder):28} {type(sae).__name__:12} {sae.cfg.normalize_activations:26} support equal: {support}  largest difference: {worst:.2e}")
    tolerance = 1e-9 if expected["codes"].dtype == torch.float64 else 2e-5
    assert support and worst < tolerance * (1 + wanted[1].abs().max().item())


print("SAELens", package.__version__, "torch", torch.__version__)
golden = os.path.join(HERE, "saelens")
for name in sorted(os.listdir(golden)):
    check(os.path.join(golden, name), os.path.join(golden, name, "expected.safetensors"))
for folder, expected_file in zip(sys.argv[2::2], sys.argv[3::2]):
    check(folder, expected_file)
print("all equal")
