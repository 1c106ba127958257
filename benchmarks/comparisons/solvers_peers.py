"""Sparse coding, dictionary learning and assignment in scikit-learn, SciPy and, where they can be imported, SPAMS and lapx, as a competent user calls them.

    python3 solvers_peers.py                           a table of its own on random data, one thread
    python3 solvers_peers.py --serve --threads 2       answers requests, one JSON object a line, for the alternating comparison (solvers-vs-peers)

scikit-learn and SciPy are Debian's python3-sklearn and python3-scipy. SPAMS (module spams) and lapx (module lap) are optional: whoever has them puts them on PYTHONPATH.
A request names a peer, the files signals.npy [rows, d] and atoms.npy [atoms, d] (float32) by a prefix, the rows to take and the parameter (active atoms or lambda of
1/2 |x - zD|^2 + lambda |z|_1). Answered are wall and processor milliseconds; "setup" is the part that does not grow with the rows (the Gram of
scikit-learn), "peak" the most resident MiB beyond the start. The codes go to <prefix>.indptr, .indices (int32) and .data (float32), CSR by signal, where "save" asks for it.
"""

import argparse
import json
import os
import platform
import sys
import time
import warnings


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


ARGS = arguments()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(ARGS.threads)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
warnings.filterwarnings("ignore")

import numpy
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csc_matrix, csr_matrix
from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode

try:
    import spams
except ImportError:
    spams = None
try:
    import lap
except ImportError:
    lap = None

STORE = {}


def load(path):
    """The last few files, so that no round reads them again."""
    if path not in STORE:
        if len(STORE) > 3:
            STORE.clear()
        STORE[path] = numpy.load(path)
    return STORE[path]


def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(key)) / 1024


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def scikit(algorithm, positive=False):
    def run(x, d, parameter):
        jobs = None if ARGS.threads == 1 else ARGS.threads
        start = time.perf_counter()
        gram = d @ d.T
        setup = time.perf_counter() - start
        if algorithm == "omp":
            codes = sparse_encode(x, d, gram=gram, algorithm="omp", n_nonzero_coefs=int(parameter), n_jobs=jobs, check_input=False)
        else:
            codes = sparse_encode(x, d, gram=gram, algorithm=algorithm, alpha=parameter, positive=positive, n_jobs=jobs, check_input=False)
        return codes, setup
    return run


def fortran(x, d):
    """SPAMS has signals and atoms as columns: the same memory."""
    return x.T, d.T


def spams_omp(x, d, parameter):
    columns, atoms = fortran(x, d)
    # Without eps and lambda1 its wrapper sometimes returns codes of nothing but zeros.
    return spams.omp(columns, atoms, L=int(parameter), eps=0.0, lambda1=0.0, numThreads=ARGS.threads), 0


def spams_cd(x, d, parameter):
    columns, atoms = fortran(x, d)
    start = csc_matrix((d.shape[0], x.shape[0]), dtype=numpy.float32)
    return spams.cd(columns, atoms, start, lambda1=parameter, mode=2, itermax=1000, tol=1e-3, numThreads=ARGS.threads), 0


def spams_lasso(positive):
    def run(x, d, parameter):
        columns, atoms = fortran(x, d)
        return spams.lasso(columns, atoms, lambda1=parameter, mode=2, pos=positive, numThreads=ARGS.threads), 0
    return run


CODERS = {
    "scikit-learn omp": scikit("omp"),
    "scikit-learn lasso_cd": scikit("lasso_cd"),
    "scikit-learn lasso_cd, positive": scikit("lasso_cd", True),
    "scikit-learn lasso_lars": scikit("lasso_lars"),
}
if spams:
    CODERS.update({
        "SPAMS omp (OLS)": spams_omp,
        "SPAMS cd": spams_cd,
        "SPAMS lasso": spams_lasso(False),
        "SPAMS lasso, positive": spams_lasso(True),
    })


def timed(work):
    forget_peak()
    before = status("VmRSS")
    processor, clock = time.process_time(), time.perf_counter()
    result = work()
    wall = time.perf_counter() - clock
    return result, {"wall": 1000 * wall, "processor": 1000 * (time.process_time() - processor), "peak": status("VmHWM") - before}


def by_signal(codes, rows):
    """CSR [rows, atoms] of whatever a peer returned."""
    if isinstance(codes, csc_matrix) and codes.shape[1] == rows:
        return codes.indptr, codes.indices, codes.data
    sparse = csr_matrix(codes)
    return sparse.indptr, sparse.indices, sparse.data


def code(request):
    prefix, rows = request["prefix"], request["rows"]
    signals, atoms = load(prefix + "signals.npy")[:rows], load(prefix + "atoms.npy")
    (codes, setup), answer = timed(lambda: CODERS[request["peer"]](signals, atoms, request["parameter"]))
    answer["setup"] = 1000 * setup
    if not (codes != 0).sum():
        raise ValueError(request["peer"] + " returned codes of nothing but zeros")
    if request.get("save"):
        indptr, indices, data = by_signal(codes, rows)
        for name, values, kind in (("indptr", indptr, "int32"), ("indices", indices, "int32"), ("data", data, "float32")):
            numpy.asarray(values, dtype=kind).tofile(prefix + name)
    return answer


def learn(request):
    signals, start = load(request["prefix"] + "signals.npy"), load(request["prefix"] + "atoms.npy")
    batch, passes, penalty = request["batch"], request["passes"], request["lambda"]
    steps = passes * (signals.shape[0] // batch)
    if request["peer"] == "SPAMS trainDL":
        columns, atoms = fortran(signals, start)
        result, answer = timed(lambda: spams.trainDL(
            columns, D=numpy.asfortranarray(atoms.copy()), lambda1=penalty, mode=2, batchsize=batch, iter=steps, numThreads=ARGS.threads, verbose=False))
        result = result.T
    else:
        learner = MiniBatchDictionaryLearning(
            n_components=start.shape[0], alpha=penalty, batch_size=batch, fit_algorithm=request["peer"].split()[-1], dict_init=start, random_state=0)

        def run():
            done = 0
            for _ in range(passes):
                for first in range(0, signals.shape[0] - batch + 1, batch):
                    if done < request.get("steps", steps):
                        learner.partial_fit(signals[first:first + batch])
                        done += 1
            return done
        done, answer = timed(run)
        answer["steps"] = done
        result = learner.components_
    numpy.save(request["prefix"] + "learned.npy", numpy.ascontiguousarray(result, dtype=numpy.float32))
    return answer


def assign(request):
    cost = load(request["prefix"] + "cost.npy")
    if request["peer"] == "SciPy":
        wide = numpy.ascontiguousarray(cost, dtype=numpy.float64)
        (rows, columns), answer = timed(lambda: linear_sum_assignment(wide))
    else:
        (rows, columns), answer = timed(lambda: lap.lapjvs(cost, return_cost=False, jvx_like=True))
    answer["total"] = float(cost[rows, columns].sum(dtype=numpy.float64))
    return answer


def forget(request):
    STORE.clear()
    return {}


def versions():
    return {
        "versions": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {numpy.__version__}, python {platform.python_version()}"
                    + (", SPAMS" if spams else "") + (", lapx" if lap else ""),
        "peers": list(CODERS) + ["SciPy", "scikit-learn cd", "scikit-learn lars"] + (["SPAMS trainDL"] if spams else []) + (["lapx lapjvs"] if lap else []),
    }


def serve():
    print(json.dumps(versions()), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"code": code, "learn": learn, "assign": assign, "forget": forget}[request["work"]](request)), flush=True)


def table():
    print(versions()["versions"])
    generator = numpy.random.default_rng(0)
    for dimension, atoms, parameter, names in (
            (64, 256, 10, ("omp",)), (256, 1024, 32, ("omp",)), (256, 1024, 0.15, ("cd", "lasso")), (256, 1024, 0.1, ("cd", "lasso"))):
        d = generator.standard_normal((atoms, dimension), dtype=numpy.float32)
        d /= numpy.linalg.norm(d, axis=1, keepdims=True)
        x = generator.standard_normal((2000, dimension), dtype=numpy.float32)
        x /= numpy.linalg.norm(x, axis=1, keepdims=True)
        for peer, coder in CODERS.items():
            if any(name in peer for name in names) and "positive" not in peer and "lars" not in peer:
                rows = 100 if peer.startswith("scikit") else 2000
                walls = sorted(timed(lambda: coder(x[:rows], d, parameter))[1]["wall"] for _ in range(3))
                print(f"({dimension}, {atoms}), {parameter}: {peer:24} {1000 * rows / walls[1]:10.0f} signals/s")


if __name__ == "__main__":
    serve() if ARGS.serve else table()
