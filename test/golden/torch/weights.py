#!/usr/bin/env python3
"""Weights of a PyTorch module in the safetensors format, as PyTorch names them.

What it makes: weights.safetensors, the state_dict of an nn.Sequential 3-4-5-3 with tanh, float32, with the start of the case
"mlp, tanh" of networks.json: parameter t is u(i, t) / sqrt(fan-in), for a bias its size. The format is written by hand from its
definition (8 bytes of header length, a JSON header, the elements), since Debian has no package of the library.

Source: https://huggingface.co/docs/safetensors/index#format
Made with: PyTorch 1.13.1 (Debian 12 python3-torch), NumPy 1.24.2, Python 3.11.
Command: /usr/bin/python3 weights.py > weights.safetensors
"""
import json
import math
import struct
import sys

import torch
from torch import nn

from networks import u

model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
with torch.no_grad():
    for t, parameter in enumerate(model.parameters()):
        shape = tuple(parameter.shape)
        fan = math.prod(shape[1:]) if len(shape) > 1 else shape[0]
        parameter.copy_((u(parameter.numel(), t) / math.sqrt(fan)).view(shape))

header, data = {}, b""
for name, tensor in model.state_dict().items():
    start = len(data)
    data += tensor.contiguous().numpy().tobytes()
    header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, len(data)]}
text = json.dumps(header).encode()
sys.stdout.buffer.write(struct.pack("<Q", len(text)) + text + data)
