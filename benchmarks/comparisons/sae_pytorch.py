"""Training steps and encoding of a sparse autoencoder in PyTorch, as well as a competent user can write them for a processor.

    python3 sae_pytorch.py                          prints a table of its own
    python3 sae_pytorch.py --serve [folder]         answers requests, one JSON object a line, for the alternating comparison

Options: --threads 2 --dimension 768 --atoms 16384 --active 32 --batch 1024. The folder may hold signals.npy [batches * batch, d], encoder.npy
[atoms, d], atoms.npy [atoms, d] and offset.npy [1, d] to start from, so that both sides can be seen to compute the same.

The loss is the mean over rows of 1/2 |x - u|^2, u = z D + b, z = top-k(relu((x - b) W' + c)); all of W, c, D, b move by dense Adam
(1e-3, .9, .999, 1e-8), so the moments of silent atoms decay too; the atoms are scaled to norm 1 after each step.

    topk-dense     autograd through topk, scatter and two dense products; torch.optim.Adam: the step that most people write
    topk-lookup    the selection without a gradient; embedding_bag with its own backward decodes, the encoder's gradient comes through a gather of the
                   selected rows; Adam in blocks of rows that stay in cache
    topk-best      no autograd: embedding_bag decodes, a batched product gives the codes' gradient, both weight gradients are embedding_bags over the support
                   sorted by atom, Adam in blocks
    relu-dense     relu and an l1 penalty, autograd, torch.optim.Adam
    encode         products and topk in batches, to the three arrays of a CSR matrix with ascending columns
"""

import argparse
import json
import os
import platform
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dimension", type=int, default=768)
    parser.add_argument("--atoms", type=int, default=16384)
    parser.add_argument("--active", type=int, default=32)
    parser.add_argument("--batch", type=int, default=1024)
    return parser.parse_args()


ARGS = arguments()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(ARGS.threads)

import numpy
import torch
import torch.nn.functional as F

torch.set_num_threads(ARGS.threads)
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
D, N, K, B = ARGS.dimension, ARGS.atoms, ARGS.active, ARGS.batch


def stored(name):
    path = os.path.join(ARGS.folder, name) if ARGS.folder else None
    return torch.from_numpy(numpy.load(path)) if path and os.path.exists(path) else None


def data():
    signals, encoder, atoms = stored("signals.npy"), stored("encoder.npy"), stored("atoms.npy")
    generator = torch.Generator().manual_seed(1)
    if signals is None:
        signals = torch.randn(4 * B, D, generator=generator)
    if atoms is None:
        atoms = F.normalize(torch.randn(N, D, generator=generator), dim=1)
    return signals, atoms.clone() if encoder is None else encoder, atoms


class Weights:
    def __init__(self, grad):
        signals, encoder, atoms = data()
        self.signals = signals
        self.at = 0
        self.encoder, self.bias = encoder.clone(), torch.zeros(N)
        offset = stored("offset.npy")
        self.atoms, self.offset = atoms.clone(), torch.zeros(D) if offset is None else offset.view(-1)
        self.all = [self.encoder, self.bias, self.atoms, self.offset]
        for tensor in self.all:
            tensor.requires_grad_(grad)

    def next(self):
        first = self.at * B
        self.at = (self.at + 1) % (self.signals.shape[0] // B)
        return self.signals[first:first + B]

    def normalize(self):
        with torch.no_grad():
            self.atoms.div_(self.atoms.norm(dim=1, keepdim=True))


class DenseStep(Weights):
    """Autograd all the way, torch.optim.Adam."""

    def __init__(self, relu):
        super().__init__(True)
        self.relu = relu
        self.optimizer = torch.optim.Adam(self.all, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON)

    def step(self):
        x = self.next()
        pre = F.linear(x - self.offset, self.encoder, self.bias)
        if self.relu:
            codes = F.relu(pre)
        else:
            values, indices = pre.topk(K, dim=1, sorted=False)
            codes = torch.zeros_like(pre).scatter(1, indices, F.relu(values))
        residual = codes @ self.atoms + self.offset - x
        loss = 0.5 * residual.square().sum() / B
        objective = loss + 0.05 * codes.sum() / B if self.relu else loss
        self.optimizer.zero_grad(set_to_none=True)
        objective.backward()
        self.optimizer.step()
        self.normalize()
        return objective.item()


class BlockAdam:
    """Dense Adam in blocks of rows: all passes over a block find it in the cache. The norm of the atoms is done in the same visit."""

    def __init__(self, tensors, unit):
        self.tensors = tensors
        self.unit = unit
        self.moments = [(torch.zeros_like(t), torch.zeros_like(t)) for t in tensors]
        self.rows = max(1, 262144 // D)
        self.work = torch.empty(self.rows, D)
        self.count = 0

    @torch.no_grad()
    def step(self, gradients):
        self.count += 1
        size = RATE / (1 - BETA1 ** self.count)
        root = (1 - BETA2 ** self.count) ** 0.5
        for tensor, gradient, (first, second) in zip(self.tensors, gradients, self.moments):
            rows = self.rows if tensor.dim() == 2 else tensor.shape[0]
            for at in range(0, tensor.shape[0], rows):
                w, g, m, v = tensor[at:at + rows], gradient[at:at + rows], first[at:at + rows], second[at:at + rows]
                m.mul_(BETA1).add_(g, alpha=1 - BETA1)
                v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
                if tensor.dim() == 2:
                    work = self.work[:w.shape[0]]
                    torch.sqrt(v, out=work)
                    work.div_(root).add_(EPSILON)
                else:
                    work = v.sqrt().div_(root).add_(EPSILON)
                w.addcdiv_(m, work, value=-size)
                if tensor is self.unit:
                    w.div_(w.norm(dim=1, keepdim=True))


class LookupStep(Weights):
    """No dense codes: gather, embedding_bag and their own backward."""

    def __init__(self):
        super().__init__(True)
        self.optimizer = BlockAdam(self.all, self.atoms)
        self.pre = torch.empty(B, N)
        self.offsets = torch.arange(0, B * K, K)

    def step(self):
        x = self.next()
        centred = x - self.offset
        with torch.no_grad():
            torch.addmm(self.bias, centred, self.encoder.t(), out=self.pre)
            indices = self.pre.topk(K, dim=1, sorted=False)[1]
        rows = F.embedding(indices, self.encoder)
        values = F.relu(torch.bmm(rows, centred.unsqueeze(2)).squeeze(2) + self.bias[indices])
        decoded = F.embedding_bag(indices.view(-1), self.atoms, self.offsets, mode="sum", per_sample_weights=values.view(-1))
        residual = decoded + self.offset - x
        loss = 0.5 * residual.square().sum() / B
        for tensor in self.all:
            tensor.grad = None
        loss.backward()
        self.optimizer.step([tensor.grad for tensor in self.all])
        return loss.item()


class BestStep(Weights):
    """Every gradient by hand, over the support sorted by atom."""

    def __init__(self):
        super().__init__(False)
        self.optimizer = BlockAdam(self.all, self.atoms)
        self.pre = torch.empty(B, N)
        self.offsets = torch.arange(0, B * K, K)
        self.row_of = torch.arange(B).repeat_interleave(K)

    @torch.no_grad()
    def step(self):
        x = self.next()
        centred = x - self.offset
        torch.addmm(self.bias, centred, self.encoder.t(), out=self.pre)
        values, indices = self.pre.topk(K, dim=1, sorted=False)
        values.clamp_(min=0)
        flat = indices.view(-1)
        residual = F.embedding_bag(flat, self.atoms, self.offsets, mode="sum", per_sample_weights=values.view(-1)).add_(self.offset).sub_(x)
        loss = 0.5 * residual.square().sum() / B
        wanted = torch.bmm(self.atoms.index_select(0, flat).view(B, K, D), residual.unsqueeze(2)).view(B, K)
        wanted.mul_(values > 0).div_(B)

        # The support by atom: row r of the gradient is the sum over the places of atom r.
        order = flat.argsort()
        rows = self.row_of[order]
        starts = torch.zeros(N, dtype=torch.long)
        torch.cumsum(torch.bincount(flat, minlength=N)[:-1], 0, out=starts[1:])
        code_gradient = wanted.view(-1)
        encoder = F.embedding_bag(rows, centred, starts, mode="sum", per_sample_weights=code_gradient[order])
        atoms = F.embedding_bag(rows, residual, starts, mode="sum", per_sample_weights=values.view(-1)[order].div_(B))
        bias = torch.zeros(N).index_add_(0, flat, code_gradient)
        offset = residual.sum(0).div_(B).sub_(bias @ self.encoder)
        self.optimizer.step([encoder, bias, atoms, offset])
        return loss.item()


class Encoding(Weights):
    """CSR of all rows: pointers, ascending columns, values."""

    def __init__(self):
        super().__init__(False)
        self.weights = self.encoder.t()

    @torch.no_grad()
    def run(self, signals):
        rows = signals.shape[0]
        counts = torch.zeros(rows + 1, dtype=torch.long)
        columns, values = [], []
        for at in range(0, rows, B):
            pre = torch.addmm(self.bias, signals[at:at + B] - self.offset, self.weights)
            v, i = pre.topk(K, dim=1, sorted=False)
            i, order = i.sort(dim=1)
            v = v.gather(1, order)
            keep = v > 0
            counts[at + 1:at + 1 + v.shape[0]] = keep.sum(1)
            columns.append(i[keep].to(torch.int32))
            values.append(v[keep])
        return counts.cumsum(0), torch.cat(columns), torch.cat(values)


def status(key):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith(key))


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        return True
    except OSError:
        return False


WORK = {
    "topk-dense": lambda: DenseStep(False),
    "topk-lookup": LookupStep,
    "topk-best": BestStep,
    "relu-dense": lambda: DenseStep(True),
    "encode": Encoding,
}
LIVE = {}


def run(work, repeats=1, rows=0):
    """Milliseconds of each repeat, by the clock and of processor time, with the losses; encoding with peak memory instead."""
    if work not in LIVE:
        LIVE.clear()
        LIVE[work] = WORK[work]()
    target = LIVE[work]
    if work == "encode":
        signals = torch.cat([target.signals] * -(-rows // target.signals.shape[0]))[:rows].contiguous()
    answer = {"wall": [], "processor": [], "loss": []}
    for _ in range(repeats):
        if work == "encode":
            before, exact = status("VmRSS"), forget_peak()
        clock, processor = time.perf_counter(), time.process_time()
        result = target.run(signals) if work == "encode" else target.step()
        answer["processor"].append(1000 * (time.process_time() - processor))
        answer["wall"].append(1000 * (time.perf_counter() - clock))
        if work == "encode":
            size = sum(t.numel() * t.element_size() for t in result) / 2 ** 20
            answer.update(peak=status("VmHWM") - before, exact=exact, result=size, entries=int(result[1].numel()), sum=float(result[2].double().sum()))
        else:
            answer["loss"].append(result)
    return answer


def versions():
    return f"PyTorch {torch.__version__}, numpy {numpy.__version__}, Python {platform.python_version()}, {ARGS.threads} threads"


def main():
    if ARGS.serve:
        print(json.dumps({"versions": versions()}), flush=True)
        for line in sys.stdin:
            print(json.dumps(run(**json.loads(line))), flush=True)
        return
    print(versions())
    for work in WORK:
        answer = run(work, 4, 4 * B) if work == "encode" else run(work, 4)
        wall, processor = sorted(answer["wall"][1:]), sorted(answer["processor"][1:])
        print(f"{work:12} {wall[1]:9.1f} ms, {processor[1]:9.1f} ms of processor time", answer["loss"] or f"{answer['peak']:.0f} MiB above the start", flush=True)


main()
