"""Writes tests/Golden/saelens/<case>/: small SAELens folders and what they must give.

The forward passes are restated in numpy from SAELens 6.18.0 (sae_lens/saes/{sae,standard_sae,topk_sae,jumprelu_sae}.py, and for the flat layouts
handle_pre_6_0_config in sae_lens/loading/pretrained_sae_loaders.py), computed in float64 from the stored (rounded) weights.
check_saelens.py runs SAELens' own classes over the same folders.

Made with Python 3.11.2, numpy 1.24.2. Run: python3 make_saelens.py
Each folder: cfg.json, sae_weights.safetensors, expected.safetensors {x [n, d] F32, codes [n, F] F64, out [n, d] F64}, sometimes activation_scaler.json.
Never regenerated to make a test pass.
"""
import json
import os
import struct

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
D, F, N = 6, 10, 7


def write_safetensors(path, tensors):
    head, data = {}, b""
    for name, (code, array) in tensors.items():
        raw = array.tobytes()
        head[name] = {"dtype": code, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def rounded(array, dtype):
    """The stored array and the float64 values that it holds."""
    single = array.astype("<f4")
    if dtype == "float32":
        return ("F32", single), single.astype("f8")
    if dtype == "float16":
        half = single.astype("<f2")
        return ("F16", half), half.astype("f8")
    bits = single.view("<u4")
    upper = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
    return ("BF16", upper), (upper.astype("<u4") << 16).view("<f4").astype("f8")


def forward(architecture, w, x, apply, k=0, rescale=False, scale=1.0):
    """codes and output of SAELens' forward pass on scale * x, the output divided by scale (ActivationScaler.scale and unscale)."""
    u = x.astype("f8") * scale
    pre = (u - w["b_dec"] * apply) @ w["W_enc"] + w["b_enc"]
    norms = np.sqrt((w["W_dec"] ** 2).sum(1))
    if architecture == "topk":
        if rescale:
            pre = pre * norms
        order = np.argsort(-pre, axis=1, kind="stable")
        ranked = np.take_along_axis(pre, order, 1)
        assert (ranked[:, k - 1] - ranked[:, k]).min() > 1e-3, "a near tie would test rounding, not the formula"
        codes = np.zeros_like(pre)
        np.put_along_axis(codes, order[:, :k], np.maximum(ranked[:, :k], 0), 1)
    elif architecture == "jumprelu":
        assert np.abs(pre - w["threshold"]).min() > 1e-4
        codes = np.maximum(pre, 0) * (pre > w["threshold"])
    else:
        assert np.abs(pre).min() > 1e-5
        codes = np.maximum(pre, 0)
    out = ((codes / norms if rescale else codes) @ w["W_dec"] + w["b_dec"]) / scale
    return codes, out


def case(name, seed, architecture, cfg, dtype="float32", apply=True, k=0, rescale=False, scale=None, extra=None):
    rng = np.random.default_rng(seed)
    # Atoms of very different norms, so that leaving them out anywhere shows.
    w = {"W_enc": rng.normal(size=(D, F)) * 0.6, "b_enc": rng.normal(size=F) * 0.3,
         "W_dec": rng.normal(size=(F, D)) * rng.uniform(0.2, 3, size=(F, 1)), "b_dec": rng.normal(size=D)}
    if architecture == "jumprelu":
        w["threshold"] = np.concatenate([rng.uniform(0.1, 1.2, size=F - 1), [-0.5]])  # a negative threshold is a plain ReLU
    stored, values = {}, {}
    for key, array in w.items():
        stored[key], values[key] = rounded(array, dtype)
    if extra:
        stored.update(extra)
    x = (rng.normal(size=(N, D)) * (4 if scale else 1.5)).astype("<f4")
    codes, out = forward(architecture, values, x, apply, k, rescale, scale or 1.0)
    folder = os.path.join(HERE, "saelens", name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "cfg.json"), "w") as f:
        json.dump({"d_in": D, "d_sae": F, "dtype": dtype, **cfg}, f, indent=1)
    write_safetensors(os.path.join(folder, "sae_weights.safetensors"), stored)
    write_safetensors(os.path.join(folder, "expected.safetensors"),
                      {"codes": ("F64", codes.astype("<f8")), "out": ("F64", out.astype("<f8")), "x": ("F32", x)})
    if scale:
        with open(os.path.join(folder, "activation_scaler.json"), "w") as f:
            json.dump({"scaling_factor": scale}, f)


def six(architecture, **more):
    return {"device": "cpu", "apply_b_dec_to_input": True, "normalize_activations": "none", "reshape_activations": "none",
            "metadata": {"sae_lens_version": "6.18.0", "sae_lens_training_version": "6.18.0", "model_name": "none", "hook_name": "blocks.3.hook_resid_pre",
                         "hook_head_index": None, "model_from_pretrained_kwargs": {}}, "architecture": architecture, **more}


def five(**more):
    return {"hook_point": "blocks.3.hook_resid_pre", "hook_point_layer": 3, "model_name": "none", "context_size": 64, "sae_lens_training_version": None,
            "activation_fn_str": "relu", "prepend_bos": True, "normalize_activations": False, "device": "cpu", **more}


case("standard", 1, "standard", six("standard"))
case("standard-uncentred-bf16", 2, "standard", six("standard", apply_b_dec_to_input=False), dtype="bfloat16", apply=False)
case("topk-f16", 3, "topk", six("topk", k=3, rescale_acts_by_decoder_norm=False), dtype="float16", k=3)
case("topk-rescaled", 4, "topk", six("topk", k=3, rescale_acts_by_decoder_norm=True), k=3, rescale=True)
case("topk-rescaled-scaled", 5, "topk", six("topk", k=4, rescale_acts_by_decoder_norm=True, normalize_activations="expected_average_only_in"),
     k=4, rescale=True, scale=0.2817)
case("jumprelu", 6, "jumprelu", six("jumprelu", apply_b_dec_to_input=False), apply=False)
case("jumprelu-scaled", 7, "jumprelu", six("jumprelu", normalize_activations="expected_average_only_in"), scale=0.3125)
case("flat-standard", 8, "standard", five(finetuning_scaling_factor=False), extra={"scaling_factor": ("F32", np.ones(F, "<f4"))})
case("flat-topk", 9, "topk", five(activation_fn_str="topk", activation_fn_kwargs={"k": 2}, architecture="standard"), k=2)
