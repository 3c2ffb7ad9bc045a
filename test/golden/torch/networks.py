#!/usr/bin/env python3
"""Golden values for every kind of network, computed by PyTorch (modules and autograd only).

What it makes: networks.json, with for each case (a network and a loss)
  loss, gradient, one product with the Hessian and one with its Gauss-Newton part, the
  largest and smallest eigenvalue of the Hessian with the eigenvector of the largest, in
  float64; the losses of 20 steps of full-batch gradient descent in float64 and float32.

`architecture` and `loss` are written as brink names them; parameters have the names that
the PyTorch modules below give them. Loss: mean over samples; "mse" is 0.5 * sum over
outputs of squared error, "crossEntropy" is torch's, "labelSmoothing" too; "logistic" and
"exponential" sum log(1 + exp(-y f)) and exp(-y f) over outputs, y = 1 where the target is
positive, else -1; "weightDecay" adds 0.5 * weightDecay * sum of squares of all parameters,
and counts as curvature of the loss, not of the network. Targets are one-hot.

Inputs, weights and vectors come from an integer formula (see `u`), exact in IEEE double
arithmetic, so any language can rebuild them bit for bit.

Made with: PyTorch 1.13.1 (Debian 12 python3-torch, reports itself as 1.13.0a0), NumPy
1.24.2, Python 3.11, OpenBLAS, one thread.
Command: OMP_NUM_THREADS=1 /usr/bin/python3 networks.py > networks.json
"""
import functools
import json
import math
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.stateless import functional_call

torch.set_num_threads(1)
F64 = torch.float64

STREAM_INPUT, STREAM_VECTOR = 100, 200
STEPS = 20


def u(count, s):
    """u(i, s) for i < count: multiples of 2^-15 in [-1, 1)."""
    i = np.arange(count, dtype=np.int64)
    h = (31 * i * i + (7919 + 613 * s) * i + 104729 * s + 17) % 65521
    return torch.from_numpy(h / 32768 - 1)


ACTIVATIONS = {
    "tanh": torch.tanh,
    "relu": F.relu,
    "gelu": F.gelu,
    "geluTanh": lambda z: F.gelu(z, approximate="tanh"),
    "silu": F.silu,
    "softplus": F.softplus,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "softsign": F.softsign,
}


class Mlp(nn.Module):
    def __init__(self, a, features, outputs):
        super().__init__()
        sizes = [features, *a["widths"], outputs]
        for k in range(len(sizes) - 1):
            self.add_module(f"layer{k}", nn.Linear(sizes[k], sizes[k + 1]))
        self.act = ACTIVATIONS[a["activation"]]

    def forward(self, x):
        *hidden, last = self.children()
        for layer in hidden:
            x = self.act(layer(x))
        return last(x)


class DeepLinear(nn.Module):
    def __init__(self, a, features, outputs):
        super().__init__()
        sizes = [features, *a["widths"], outputs]
        for k in range(len(sizes) - 1):
            self.add_module(f"layer{k}", nn.Linear(sizes[k], sizes[k + 1], bias=False))

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


class Diagonal(nn.Module):
    """f(x) = <beta, x>; every weight is a vector of the size of x."""

    NAMES = {
        "power": lambda depth: ["weight"],
        "difference": lambda depth: ["positive", "negative"],
        "product": lambda depth: [f"layer{k}.weight" for k in range(depth)],
    }

    def __init__(self, a, features, outputs):
        super().__init__()
        self.form, self.depth = a["form"], a["depth"]
        for name in self.NAMES[self.form](self.depth):
            owner, _, last = name.rpartition(".")
            if owner:
                self.add_module(owner, nn.Module())
            self.get_submodule(owner).register_parameter(last, nn.Parameter(torch.zeros(features)))

    def forward(self, x):
        names = self.NAMES[self.form](self.depth)
        w = [functools.reduce(getattr, name.split("."), self) for name in names]
        if self.form == "power":
            beta = w[0] ** self.depth
        elif self.form == "difference":
            beta = w[0] ** self.depth - w[1] ** self.depth
        else:
            beta = torch.stack(w).prod(0)
        return (x * beta).sum(1, keepdim=True)


class Factorization(nn.Module):
    def __init__(self, a, features, outputs):
        super().__init__()
        self.names = [f"factor{k}" for k in range(len(a["start"]))]
        for name in self.names:
            self.register_parameter(name, nn.Parameter(torch.zeros(1)))

    def forward(self, x):
        return x * torch.cat([getattr(self, name) for name in self.names]).prod()


def as_images(x, a):
    return x.view(len(x), a["channels"], a["height"], a["width"])


class Cnn(nn.Module):
    """Activation, then pooling."""

    def __init__(self, a, features, outputs):
        super().__init__()
        channels = [a["channels"], *a["widths"]]
        self.depth = len(a["widths"])
        for k in range(self.depth):
            self.add_module(f"conv{k}", nn.Conv2d(channels[k], channels[k + 1], 3, padding=1))
        side = 2**self.depth
        self.linear = nn.Linear(channels[-1] * (a["height"] // side) * (a["width"] // side), outputs)
        self.act = ACTIVATIONS[a["activation"]]
        self.pool = F.max_pool2d if a["pooling"] == "max" else F.avg_pool2d
        self.a = a

    def forward(self, x):
        x = as_images(x, self.a)
        for k in range(self.depth):
            x = self.pool(self.act(getattr(self, f"conv{k}")(x)), 2)
        return self.linear(x.flatten(1))


class GhostBatchNorm(nn.BatchNorm2d):
    def __init__(self, channels, samples):
        super().__init__(channels, track_running_stats=False)
        self.samples = samples

    def forward(self, x):
        return torch.cat([super(GhostBatchNorm, self).forward(part) for part in x.split(self.samples)])


def make_norm(a, channels):
    norm = a["norm"]
    if norm["kind"] == "group":
        return nn.GroupNorm(norm["groups"], channels)
    return GhostBatchNorm(channels, norm["samples"])


class Block(nn.Module):
    """torchvision's BasicBlock."""

    def __init__(self, a, start, end, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(start, end, 3, stride, padding=1, bias=False)
        self.bn1 = make_norm(a, end)
        self.conv2 = nn.Conv2d(end, end, 3, padding=1, bias=False)
        self.bn2 = make_norm(a, end)
        self.downsample = None
        if stride != 1 or start != end:
            self.downsample = nn.Sequential(nn.Conv2d(start, end, 1, stride, bias=False), make_norm(a, end))
        self.act = ACTIVATIONS[a["activation"]]

    def forward(self, x):
        y = self.bn2(self.conv2(self.act(self.bn1(self.conv1(x)))))
        return self.act(y + (x if self.downsample is None else self.downsample(x)))


class Resnet(nn.Module):
    def __init__(self, a, features, outputs):
        super().__init__()
        widths = a["widths"]
        self.conv1 = nn.Conv2d(a["channels"], widths[0], 3, padding=1, bias=False)
        self.bn1 = make_norm(a, widths[0])
        for stage, (width, count) in enumerate(zip(widths, a["blocks"])):
            blocks = [
                Block(a, widths[max(stage - 1, 0)] if i == 0 else width, width, 2 if i == 0 and stage > 0 else 1)
                for i in range(count)
            ]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(widths[-1], outputs)
        self.act = ACTIVATIONS[a["activation"]]
        self.a = a

    def forward(self, x):
        x = self.act(self.bn1(self.conv1(as_images(x, self.a))))
        for stage in range(len(self.a["widths"])):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


class Vit(nn.Module):
    def __init__(self, a, features, outputs):
        super().__init__()
        d, patch = a["dimension"], a["patch"]
        self.embedding = nn.Conv2d(a["channels"], d, patch, patch)
        self.position = nn.Parameter(torch.zeros((a["height"] // patch) * (a["width"] // patch), d))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                d, a["heads"], a["hidden"], 0.0, ACTIVATIONS[a["activation"]], batch_first=True, norm_first=True
            )
            for _ in range(a["depth"])
        )
        self.norm = nn.LayerNorm(d)
        self.head = nn.Linear(d, outputs)
        self.a = a

    def forward(self, x):
        x = self.embedding(as_images(x, self.a)).flatten(2).transpose(1, 2) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x).mean(1))

    def named_parameters(self, *args, **options):
        """A parameter of the module itself comes first in PyTorch; here it stands where it is used."""
        names = dict(super().named_parameters(*args, **options))
        first = [name for name in names if name.startswith("embedding")]
        rest = [name for name in names if name not in first and name != "position"]
        return iter([(name, names[name]) for name in [*first, "position", *rest]])


MODULES = {
    "mlp": Mlp,
    "deepLinear": DeepLinear,
    "diagonal": Diagonal,
    "factorization": Factorization,
    "cnn": Cnn,
    "resnet": Resnet,
    "vit": Vit,
}


def rule(name, shape):
    """Parameter t is offset + factor * u(i, t)."""
    is_gain = name.endswith("weight") and len(shape) == 1
    if is_gain:
        return 1.0, 0.25
    return 0.0, 1 / math.sqrt(math.prod(shape[1:]) if len(shape) > 1 else shape[0])


class Objective:
    def __init__(self, case):
        a = case["architecture"]
        self.model = MODULES[a["kind"]](a, case["features"], case["outputs"]).double().train()
        self.shapes = {name: tuple(p.shape) for name, p in self.model.named_parameters()}
        self.loss = case["loss"] if isinstance(case["loss"], dict) else {"kind": case["loss"]}
        n, d = case["samples"], case["features"]
        self.x = u(n * d, STREAM_INPUT).view(n, d)
        self.labels = torch.arange(n) % case["outputs"]
        self.y = F.one_hot(self.labels, case["outputs"]).to(F64)

    def start(self):
        parts = []
        for t, (name, shape) in enumerate(self.shapes.items()):
            offset, factor = rule(name, shape)
            parts.append(offset + factor * u(math.prod(shape), t))
        return torch.cat(parts)

    def named(self, theta):
        out, at = {}, 0
        for name, shape in self.shapes.items():
            size = math.prod(shape)
            out[name] = theta[at : at + size].view(shape)
            at += size
        return out

    def outputs(self, theta):
        return functional_call(self.model, self.named(theta), self.x.to(theta.dtype))

    def loss_of(self, f):
        kind = self.loss["kind"]
        y = self.y.to(f.dtype)
        if kind == "mse":
            return 0.5 * (f - y).square().sum() / len(f)
        if kind == "crossEntropy":
            return F.cross_entropy(f, self.labels, label_smoothing=self.loss.get("labelSmoothing", 0.0))
        against = torch.where(y > 0, -1.0, 1.0).to(f.dtype) * f
        return (F.softplus(against) if kind == "logistic" else against.exp()).sum() / len(f)

    def decay(self):
        return self.loss.get("weightDecay", 0.0)

    def value(self, theta):
        return self.loss_of(self.outputs(theta)) + 0.5 * self.decay() * theta.square().sum()

    def gauss_newton(self, theta, v):
        """J^T (Hessian of the loss in the outputs) J v, and decay times v."""
        f, moved = torch.autograd.functional.jvp(self.outputs, theta, v)
        f = f.detach()
        bent = torch.autograd.functional.hvp(self.loss_of, f, moved)[1]
        return torch.autograd.functional.vjp(self.outputs, theta, bent)[1] + self.decay() * v

    def gradient(self, theta):
        t = theta.detach().requires_grad_(True)
        loss = self.value(t)
        return loss.item(), torch.autograd.grad(loss, t)[0]

    def multiply(self, theta):
        t = theta.detach().requires_grad_(True)
        g = torch.autograd.grad(self.value(t), t, create_graph=True)[0]
        return lambda v: torch.autograd.grad(g, t, v, retain_graph=True)[0].detach()

    def descend(self, theta, rate):
        losses = []
        for _ in range(STEPS + 1):
            loss, g = self.gradient(theta)
            losses.append(loss)
            theta = theta - rate * g
        return losses


def rounded(values, digits=13):
    return [float(f"%.{digits}g" % value) for value in values.tolist()]


def measure(case):
    objective = Objective(case)
    theta = objective.start()
    loss, g = objective.gradient(theta)
    multiply = objective.multiply(theta)
    v = u(len(theta), STREAM_VECTOR)
    hv = multiply(v)
    hessian = torch.stack([multiply(e) for e in torch.eye(len(theta), dtype=F64)])
    assert (hessian - hessian.T).abs().max() < 1e-11
    step = 1e-6
    difference = (objective.gradient(theta + step * v)[1] - objective.gradient(theta - step * v)[1]) / (2 * step)
    assert (difference - hv).abs().max() < 1e-5 * max(1, hv.abs().max()), case["name"]
    eigenvalues, vectors = torch.linalg.eigh((hessian + hessian.T) / 2)
    rate = float(f"%.2g" % (0.5 / eigenvalues.abs().max().item()))
    return {
        **case,
        "parameters": [
            {"name": name, "shape": list(shape), "offset": rule(name, shape)[0], "factor": rule(name, shape)[1]}
            for name, shape in objective.shapes.items()
        ],
        "value": loss,
        "gradient": rounded(g),
        "product": rounded(hv),
        "gaussNewton": rounded(objective.gauss_newton(theta, v)),
        "largestEigenvalue": eigenvalues[-1].item(),
        "smallestEigenvalue": eigenvalues[0].item(),
        "largestEigenvector": rounded(vectors[:, -1]),
        "learningRate": rate,
        "losses": {
            "float64": objective.descend(theta, rate),
            "float32": objective.descend(theta.float(), rate),
        },
    }


IMAGE = {"channels": 2, "height": 4, "width": 4}
CNN = {"kind": "cnn", "channels": 2, "height": 8, "width": 8, "widths": [3, 4]}
RESNET = {"kind": "resnet", **IMAGE, "widths": [2, 4], "blocks": [1, 1]}
VIT = {"kind": "vit", **IMAGE, "patch": 2, "dimension": 4, "depth": 2, "heads": 2, "hidden": 6}
NETWORKS = {
    "cnn, maximum": {**CNN, "activation": "relu", "pooling": "max"},
    "cnn, average": {**CNN, "activation": "tanh", "pooling": "average"},
    "resnet, groups": {**RESNET, "activation": "relu", "norm": {"kind": "group", "groups": 2}},
    "resnet, ghost batches": {**RESNET, "activation": "silu", "norm": {"kind": "batch", "samples": 3}},
    "vit": {**VIT, "activation": "gelu"},
}


def cases():
    for name in ACTIVATIONS:
        architecture = {"kind": "mlp", "widths": [4, 5], "activation": name}
        yield {"name": f"mlp, {name}", "architecture": architecture, "loss": "crossEntropy", "features": 3}
    terms = {"kind": "crossEntropy", "labelSmoothing": 0.1, "weightDecay": 0.05}
    yield {"name": "mlp, terms", "architecture": architecture, "loss": terms, "features": 3}
    for loss in ("logistic", "exponential"):
        yield {"name": "mlp, tanh", "architecture": {**architecture, "activation": "tanh"}, "loss": loss, "features": 3}
    deep = {"kind": "deepLinear", "widths": [4, 4, 4]}
    yield {"name": "deep linear", "architecture": deep, "loss": "mse", "features": 3}
    for form, depth in (("power", 2), ("power", 3), ("difference", 2), ("product", 3)):
        diagonal = {"kind": "diagonal", "scale": 1, "form": form, "depth": depth}
        yield {"name": f"diagonal, {form} of {depth}", "architecture": diagonal, "loss": "mse", "features": 5, "outputs": 1}
    numbers = {"kind": "factorization", "start": [1, 1, 1]}
    yield {"name": "numbers", "architecture": numbers, "loss": "mse", "features": 1, "outputs": 1}
    for name, architecture in NETWORKS.items():
        for loss in ("mse", "crossEntropy"):
            features = architecture["channels"] * architecture["height"] * architecture["width"]
            yield {"name": name, "architecture": architecture, "loss": loss, "features": features}


def main():
    result = {
        "about": "Golden values by PyTorch autograd; made by networks.py",
        "torch": torch.__version__,
        "u": "u(i, s) = h / 32768 - 1, h = (31*i*i + (7919 + 613*s)*i + 104729*s + 17) mod 65521",
        "data": "inputs[n, j] = u(features*n + j, 100), label[n] = n mod outputs, one-hot",
        "start": "parameter t in its order: offset + factor * u(i, t)",
        "vector": "v[i] = u(i, 200), i = index in the flat parameter vector",
        "losses": "losses[k] is the loss after k steps, k = 0..20; float32 starts from the rounded float64 parameters",
        "cases": [measure({"samples": 6, "outputs": 3, **case}) for case in cases()],
    }
    json.dump(result, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
