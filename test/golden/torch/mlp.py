#!/usr/bin/env python3
"""Golden values for fully connected nets, computed by PyTorch (autograd only).

What it makes: mlp.json, with
  tiny   7-5-6-3 net, N = 11, float64, tanh and relu: loss, full gradient, one
         Hessian-vector product, all 97 Hessian eigenvalues.
  mnist  784-64-64-10 tanh net on the first 200 MNIST training images / 255:
         losses of 50 full-batch gradient-descent steps in float32 and float64,
         and the three largest Hessian eigenvalues before and after (float64).

Loss everywhere: 0.5 * sum over outputs of squared error, mean over samples;
one-hot 0/1 targets. Weights are [out, in], biases [out], row-major.

Inputs, weights and vectors come from an integer formula (see `u`), exact in
IEEE double arithmetic, so any language can rebuild them bit for bit.

Made with: PyTorch 1.13.1 (Debian 12 python3-torch, reports itself as 1.13.0a0), NumPy 1.24.2, Python 3.11,
OpenBLAS, one thread.
Command: OMP_NUM_THREADS=1 python3 mlp.py MNIST_FOLDER > mlp.json
  MNIST_FOLDER holds train-images-idx3-ubyte and train-labels-idx1-ubyte,
  plain or with .gz.
"""
import gzip
import json
import math
import os
import sys

import numpy as np
import torch

torch.set_num_threads(1)
F64 = torch.float64

STREAM_INPUT, STREAM_VECTOR = 100, 200


def u(count, s):
    """u(i, s) for i < count: multiples of 2^-15 in [-1, 1)."""
    i = np.arange(count, dtype=np.int64)
    h = (31 * i * i + (7919 + 613 * s) * i + 104729 * s + 17) % 65521
    return torch.from_numpy(h / 32768 - 1)


def shapes(dims):
    out = {}
    for k in range(len(dims) - 1):
        out[f"layer{k}.weight"] = (dims[k + 1], dims[k])
        out[f"layer{k}.bias"] = (dims[k + 1],)
    return out


def init(dims):
    """Flat float64 parameter vector; tensor t (weight 2k, bias 2k+1) is u(i, t) / sqrt(fan_in)."""
    return torch.cat([u(math.prod(s), t) / math.sqrt(dims[t // 2]) for t, s in enumerate(shapes(dims).values())])


def forward(theta, dims, act, x, pre=None):
    at, h = 0, x
    for k in range(len(dims) - 1):
        o, i = dims[k + 1], dims[k]
        w = theta[at : at + o * i].view(o, i)
        b = theta[at + o * i : at + o * i + o]
        at += o * i + o
        h = torch.nn.functional.linear(h, w, b)
        if k < len(dims) - 2:
            if pre is not None:
                pre.append(h)
            h = act(h)
    return h


def loss_fn(theta, dims, act, x, y):
    r = forward(theta, dims, act, x) - y
    return 0.5 * (r * r).sum() / x.shape[0]


def one_hot(labels, classes):
    return torch.nn.functional.one_hot(labels, classes).to(F64)


def gradient(theta, *args):
    t = theta.detach().requires_grad_(True)
    loss = loss_fn(t, *args)
    return loss.detach(), torch.autograd.grad(loss, t)[0]


def hvp_fn(theta, *args):
    t = theta.detach().requires_grad_(True)
    g = torch.autograd.grad(loss_fn(t, *args), t, create_graph=True)[0]
    return lambda v: torch.autograd.grad(g, t, v, retain_graph=True)[0].detach()


def by_name(flat, dims):
    out, at = {}, 0
    for name, s in shapes(dims).items():
        n = math.prod(s)
        out[name] = flat[at : at + n].tolist()
        at += n
    return out


def tiny(act_name):
    dims, n = [7, 5, 6, 3], 11
    act = getattr(torch, act_name)
    x = (1.5 * u(n * dims[0], STREAM_INPUT)).view(n, dims[0])
    y = one_hot(torch.arange(n) % dims[-1], dims[-1])
    theta = init(dims)
    args = (dims, act, x, y)
    loss, g = gradient(theta, *args)
    v = u(len(theta), STREAM_VECTOR)
    hv = hvp_fn(theta, *args)
    hess = torch.stack([hv(e) for e in torch.eye(len(theta), dtype=F64)])
    assert (hess - hess.T).abs().max() < 1e-13
    assert (hess @ v - hv(v)).abs().max() < 1e-12
    if act_name == "tanh":  # central differences of the gradient
        step = 1e-5
        fd = (gradient(theta + step * v, *args)[1] - gradient(theta - step * v, *args)[1]) / (2 * step)
        assert (fd - hv(v)).abs().max() < 1e-7
    pre = []
    forward(theta, dims, act, x, pre)
    return {
        "dims": dims,
        "samples": n,
        "activation": act_name,
        "dtype": "float64",
        "input": "x[n, j] = 1.5 * u(7*n + j, 100)",
        "labels": "label[n] = n mod 3",
        "minAbsPreactivation": min(float(p.abs().min()) for p in pre),
        "loss": float(loss),
        "gradient": by_name(g, dims),
        "hvpVector": "v[i] = u(i, 200), i = index in the flat parameter vector",
        "hvp": by_name(hv(v), dims),
        "hessianEigenvalues": torch.linalg.eigvalsh((hess + hess.T) / 2).flip(0).tolist(),
    }


def read_idx(folder, name, header, count):
    path = os.path.join(folder, name)
    with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz", "rb") as f:
        f.read(header)
        return torch.from_numpy(np.frombuffer(f.read(count), dtype=np.uint8).copy())


def top_eigenvalues(hv, n, k, tol=1e-11, max_products=400):
    """Lanczos, full re-orthogonalisation; returns k largest (value, relative residual), products."""
    q = u(n, STREAM_VECTOR)
    basis, a, b = [q / q.norm()], [], []
    for m in range(1, max_products + 1):
        w = hv(basis[-1])
        a.append(float(w @ basis[-1]))
        mat = torch.stack(basis)
        for _ in range(2):
            w = w - mat.T @ (mat @ w)
        beta = float(w.norm())
        ev, vec = np.linalg.eigh(np.diag(a) + np.diag(b, 1) + np.diag(b, -1))
        if m > k:
            res = [beta * abs(vec[-1, -1 - j]) / abs(ev[-1 - j]) for j in range(k)]
            if max(res) < tol:
                return [float(ev[-1 - j]) for j in range(k)], max(res), m
        b.append(beta)
        basis.append(w / beta)
    raise RuntimeError("Lanczos did not converge")


def mnist(folder):
    dims, n, lr, steps = [784, 64, 64, 10], 200, 0.1, 50
    raw = read_idx(folder, "train-images-idx3-ubyte", 16, n * 784).view(n, 784)
    labels = read_idx(folder, "train-labels-idx1-ubyte", 8, n).long()
    act, out, end = torch.tanh, {}, None
    x64, y64, theta64 = raw.to(F64) / 255, one_hot(labels, 10), init(dims)
    for name, dtype in (("float32", torch.float32), ("float64", F64)):
        theta, args = theta64.to(dtype), (dims, act, x64.to(dtype), y64.to(dtype))
        losses = []
        for k in range(steps + 1):
            loss, g = gradient(theta, *args)
            losses.append(float(loss))
            if k == 0:
                first = {"gradientL2": float(g.double().norm()), "gradientL1": float(g.double().abs().sum())}
            if k < steps:
                theta = theta - lr * g
        out[name] = {"losses": losses, **first, "endL1": float(theta.double().abs().sum()), "endL2Squared": float(theta.double().square().sum())}
        end = theta
    worst = max(abs(p - q) for p, q in zip(out["float32"]["losses"], out["float64"]["losses"]))
    assert worst < 1e-5, worst
    eigen = {}
    for name, theta in (("start", theta64), ("end", end)):
        values, residual, products = top_eigenvalues(hvp_fn(theta, dims, act, x64, y64), len(theta), 3)
        eigen[name] = {"values": values, "relativeResidual": residual, "products": products}
    flat = by_name(theta64, dims)
    return {
        "dims": dims,
        "samples": n,
        "activation": "tanh",
        "input": "first 200 MNIST training images, byte / 255, row-major; float32 = rounded float64",
        "labels": "first 200 MNIST training labels",
        "imageByteSum": int(raw.sum()),
        "labelsFirst10": labels[:10].tolist(),
        "labelSum": int(labels.sum()),
        "learningRate": lr,
        "steps": steps,
        "note": "losses[k] is the loss after k steps, k = 0..50; float32 starts from the rounded float64 parameters; end = after 50 steps",
        "startL1": float(theta64.abs().sum()),
        "startL2Squared": float(theta64.square().sum()),
        "startFirst3": {name: v[:3] for name, v in flat.items()},
        **out,
        "maxAbsLossDifference": worst,
        "hessianTop3": {"dtype": "float64", "start": eigen["start"], "end": eigen["end"]},
    }


def main():
    result = {
        "about": "Golden values by PyTorch autograd; made by mlp.py",
        "torch": torch.__version__,
        "loss": "0.5 * sum over outputs of (output - target)^2, mean over samples; one-hot 0/1 targets",
        "layout": "layerK.weight is [out, in], layerK.bias is [out]; row-major; flat order layer0.weight, layer0.bias, layer1.weight, ...",
        "u": "u(i, s) = h / 32768 - 1, h = (31*i*i + (7919 + 613*s)*i + 104729*s + 17) mod 65521; all integers < 2^53, result exact",
        "parameters": "layerK.weight[flat i] = u(i, 2*K) / sqrt(fan_in), layerK.bias[i] = u(i, 2*K + 1) / sqrt(fan_in), float64 division",
        "tiny": {"tanh": tiny("tanh"), "relu": tiny("relu")},
        "mnist": mnist(sys.argv[1]),
    }
    json.dump(result, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
