"""The peer of ../mlp.ts: the same network in PyTorch, on one thread.

Arguments: a folder with inputs.f32 [N, D], targets.f32 [N, C], weights.f32 and direction.f32 (all parameters, flat, in the order
weight, bias of each layer), and settings as JSON: sizes [D, widths…, C], learningRate.
A command is a line "NAME TIMES"; the answer is a line {"cpu", "wall": ms of one, "value": to compare}:
  step    full-batch gradient descent, from where the last one ended; value: the loss before the last step
  hvp     a Hessian-vector product at the start by double backward; value: ⟨v, H v⟩
  kept    the same with the graph of the gradient kept: the second backward alone
  again   nothing but that the next step starts from the beginning
"""
import json
import os
import sys

import numpy
import torch

from answer import answer

torch.set_num_threads(1)
folder, settings = sys.argv[1], json.loads(sys.argv[2])
sizes, rate = settings["sizes"], settings["learningRate"]


def load(name):
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, name + ".f32"), dtype=numpy.float32))


def parameters(flat):
    at, out = 0, []
    for i, o in zip(sizes, sizes[1:]):
        for shape in ((o, i), (o,)):
            count = int(numpy.prod(shape))
            out.append(flat[at : at + count].view(shape).clone())
            at += count
    return out


inputs = load("inputs").view(-1, sizes[0])
targets = load("targets").view(-1, sizes[-1])
direction = parameters(load("direction"))
start = load("weights")
moving = [w.requires_grad_(True) for w in parameters(start)]
fixed = [w.requires_grad_(True) for w in parameters(start)]


def loss_of(weights):
    a = inputs
    for k in range(0, len(weights), 2):
        a = torch.nn.functional.linear(a, weights[k], weights[k + 1])
        if k + 2 < len(weights):
            a = torch.tanh(a)
    return 0.5 * (a - targets).square().sum() / len(inputs)


def step():
    loss = loss_of(moving)
    gradients = torch.autograd.grad(loss, moving)
    with torch.no_grad():
        torch._foreach_add_(moving, gradients, alpha=-rate)
    return loss.item()


def again():
    global moving
    moving = [w.requires_grad_(True) for w in parameters(start)]
    return 0.0


def product(gradients, keep):
    images = torch.autograd.grad(gradients, fixed, direction, retain_graph=keep)
    return sum((v * image).sum() for v, image in zip(direction, images)).item()


def hvp():
    return product(torch.autograd.grad(loss_of(fixed), fixed, create_graph=True), False)


graph = None


def kept():
    global graph
    if graph is None:
        graph = torch.autograd.grad(loss_of(fixed), fixed, create_graph=True)
    return product(graph, True)


work = {"step": step, "hvp": hvp, "kept": kept, "again": again}
kept()  # the graph is made before anything is timed
answer(work)
