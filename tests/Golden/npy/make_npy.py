"""Writes npy.tsv: files made by numpy and scipy, as base64, with the values they hold.

Made with Python 3.11.2, numpy 1.24.2, scipy 1.10.1. Run: python3 make_npy.py > npy.tsv
Columns: name, kind (npy, npz, csr), element type, shape, values in row-major order, base64 of the file.
Never regenerated to make a test pass.
"""
import base64
import io

import numpy as np
import scipy.sparse

NAMES = {"f2": "F16", "f4": "F32", "f8": "F64", "i1": "I8", "u1": "U8", "i2": "I16", "u2": "U16",
         "i4": "I32", "u4": "U32", "i8": "I64", "u8": "U64", "b1": "Bool"}


def emit(name, kind, array, raw):
    code = array.dtype.str[1:]
    values = " ".join(repr(int(v)) if array.dtype.kind in "iub" else repr(float(v)) for v in array.ravel(order="C"))
    shape = "x".join(str(n) for n in array.shape) or "scalar"
    print("\t".join([name, kind, NAMES[code], shape, values, base64.b64encode(raw).decode()]))


def saved(array, version=None):
    out = io.BytesIO()
    if version is None:
        np.save(out, array, allow_pickle=False)
    else:
        np.lib.format.write_array(out, array, version=version, allow_pickle=False)
    return out.getvalue()


def values(code, shape):
    n = int(np.prod(shape))
    if code == "b1":
        return (np.arange(n) % 3 == 0).reshape(shape)
    if code[0] == "f":
        flat = (np.arange(n) - n / 2) * 1.1
        if n > 6:
            flat[0], flat[1], flat[2], flat[3] = np.nan, np.inf, -0.0, 6.1e-5 / 3  # the last is subnormal in f2
        return flat.astype(code).reshape(shape)
    info = np.iinfo(code)
    flat = np.array([(i * 37) % 100 - (50 if info.min < 0 else 0) for i in range(n)]).astype(code)
    if n > 6:
        flat[0] = info.min
        flat[1] = info.max if code != "u8" else 2**63 - 1
    return flat.reshape(shape)


def main():
    for code in NAMES:
        for order, spelled in (("<", "little"), (">", "big")):
            for layout in "CF":
                array = np.asarray(values(code, (3, 4)).astype(order + code), order=layout)
                emit(f"{code}-{spelled}-{layout}", "npy", array, saved(array))
    for layout in "CF":
        array = np.asarray(values("f4", (2, 3, 4)), order=layout)
        emit(f"rank3-{layout}", "npy", array, saved(array))
        array = np.asarray(values("i2", (2, 3, 2, 2)).astype(">i2"), order=layout)
        emit(f"rank4-big-{layout}", "npy", array, saved(array))
    emit("scalar", "npy", np.array(2.5), saved(np.array(2.5)))
    emit("rank1", "npy", values("f8", (7,)), saved(values("f8", (7,))))
    emit("empty", "npy", np.zeros((0, 4), "f4"), saved(np.zeros((0, 4), "f4")))
    emit("empty-columns", "npy", np.zeros((3, 0), "f4", order="F"), saved(np.zeros((3, 0), "f4", order="F")))
    emit("version2", "npy", values("f4", (3, 4)), saved(values("f4", (3, 4)), (2, 0)))
    emit("version3", "npy", values("f4", (3, 4)), saved(values("f4", (3, 4)), (3, 0)))
    for save in (np.savez, np.savez_compressed):
        out = io.BytesIO()
        array = np.asfortranarray(values("f4", (5, 4)))
        save(out, W=array, other=np.arange(3))
        emit(save.__name__, "npz", array, out.getvalue())
    dense = np.zeros((4, 6), "f4")
    dense[0, 1], dense[0, 5], dense[2, 0], dense[3, 3] = 1.5, -2.0, 3.0, 0.25
    for compressed in (False, True):
        out = io.BytesIO()
        scipy.sparse.save_npz(out, scipy.sparse.csr_matrix(dense), compressed=compressed)
        emit(f"csr-{compressed}", "csr", dense, out.getvalue())


main()
