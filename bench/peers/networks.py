"""The peer of ../networks.ts: networks of images in PyTorch, on one thread.

The networks are the ones whose golden values are in ../../test/golden/torch. Arguments: a folder with inputs.f32 [N, D],
targets.f32 [N, C], weights.f32 and direction.f32 (all parameters, flat), and settings as JSON: architecture, samples N,
outputs C, learningRate, parameters [{name, shape}] in the order of the flat vectors, and batches: the numbers of samples to
work on at once that are tried. The fastest of them and of the memory formats is taken, once for steps and once for products.
A command is a line "NAME TIMES"; the answer is a line {"cpu", "wall": ms of one, "value": to compare}:
  step    full-batch gradient descent, from where the last one ended; value: the loss before the last step
  hvp     a Hessian-vector product at the start by double backward; value: <v, H v>
  again   nothing but that the next step starts from the beginning
  format  nothing; the answer has a "format" for each of both
"""
import json
import os
import sys
import time

import numpy
import torch

from answer import answer

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "test", "golden", "torch"))
import networks  # noqa: E402

torch.set_num_threads(1)
torch.set_default_dtype(torch.float32)
folder, settings = sys.argv[1], json.loads(sys.argv[2])
architecture, count, outputs = settings["architecture"], settings["samples"], settings["outputs"]
rate, named = settings["learningRate"], settings["parameters"]


def load(name):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name + ".f32"), dtype=numpy.float32))


def split(flat):
    at, parts = 0, []
    for entry in named:
        size = int(numpy.prod(entry["shape"]))
        parts.append(flat[at : at + size].view(entry["shape"]).clone())
        at += size
    return parts


inputs = load("inputs").view(count, -1)
targets = load("targets").view(count, outputs)
weights, direction = split(load("weights")), split(load("direction"))


class Setting:
    """The network in one memory format, working on so many samples at once."""

    def __init__(self, layout, size):
        self.name = f"{layout}, {size} samples at once"
        layouts = {"contiguous": torch.contiguous_format, "channels last": torch.channels_last}
        model = networks.MODULES[architecture["kind"]](architecture, inputs.shape[1], outputs).float()
        self.model = model.to(memory_format=layouts[layout])
        self.parameters = [dict(self.model.named_parameters())[entry["name"]] for entry in named]
        self.direction = [v.clone(memory_format=torch.preserve_format) for v in direction]
        self.size = size
        self.again()

    def again(self):
        with torch.no_grad():
            for parameter, value in zip(self.parameters, weights):
                parameter.copy_(value)
        return 0.0

    def losses(self):
        for x, y in zip(inputs.split(self.size), targets.split(self.size)):
            yield 0.5 * (self.model(x) - y).square().sum() / count

    def step(self):
        total, sums = 0.0, None
        for loss in self.losses():
            gradients = torch.autograd.grad(loss, self.parameters)
            sums = gradients if sums is None else torch._foreach_add(sums, gradients)
            total += loss.item()
        with torch.no_grad():
            torch._foreach_add_(self.parameters, sums, alpha=-rate)
        return total

    def hvp(self):
        total = 0.0
        for loss in self.losses():
            gradients = torch.autograd.grad(loss, self.parameters, create_graph=True)
            images = torch.autograd.grad(gradients, self.parameters, self.direction)
            total += sum((v * image).sum() for v, image in zip(self.direction, images)).item()
        return total


def seconds(work):
    begun = time.process_time()
    work()
    return time.process_time() - begun


def fastest(settings, name):
    work = [getattr(setting, name) for setting in settings]
    for once in work:
        once()
    return settings[min(range(len(work)), key=lambda i: min(seconds(work[i]) for _ in range(3)))]


layouts = ["contiguous"] if architecture["kind"] == "vit" else ["contiguous", "channels last"]
every = [Setting(layout, size) for layout in layouts for size in settings["batches"]]
best = {name: fastest(every, name) for name in ("step", "hvp")}
at_start = Setting(*[("contiguous" if "contiguous" in best["hvp"].name else "channels last"), best["hvp"].size])
best["step"].again()
work = {"step": best["step"].step, "hvp": at_start.hvp, "again": best["step"].again, "format": lambda: 0.0}
formats = {name: setting.name for name, setting in best.items()}
answer(work, format=formats)
