"""Checks ONNX files as ONNX itself does: every node against the schema of its op, every shape by inference.

Argument: a folder, of which every .onnx file below is checked; data of a model lies beside it. Prints a line of JSON: version,
opset: of the package onnx; checked: how many files; failures: a line per file that fails; restated: how many files were
restated in an older form first, because the package knows no newer one.
"""
import json
import os
import sys
from pathlib import Path

import onnx
from onnx import checker, defs, numpy_helper

KNOWN = defs.onnx_opset_version()


def graphs(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs(attribute.g)


def axes_as_attribute(graphs):
    """ReduceMax has its axes as an input since opset 18, and as an attribute before."""
    constants = {tensor.name: tensor for graph in graphs for tensor in graph.initializer}
    for graph in graphs:
        for node in graph.node:
            if node.op_type == "ReduceMax" and len(node.input) == 2:
                axes = numpy_helper.to_array(constants[node.input.pop()])
                node.attribute.append(onnx.helper.make_attribute("axes", axes.tolist()))


def restate(model):
    """The same model for a package that knows opset 17 or less. Only ReduceMax has changed its form; Resize has it since 13."""
    axes_as_attribute(list(graphs(model.graph)))
    model.ir_version = min(model.ir_version, onnx.IR_VERSION)
    for stated in (model, *model.functions):
        stated.opset_import[0].version = KNOWN


def failure(path):
    model = onnx.load(path, load_external_data=False)
    own = {(function.domain, function.name) for function in model.functions}
    nodes = [node for graph in (*graphs(model.graph), *model.functions) for node in graph.node]
    foreign = {node.domain for node in nodes if node.domain not in ("", "ai.onnx") and (node.domain, node.op_type) not in own}
    if foreign or {entry.domain for entry in model.opset_import} != {"", *(domain for domain, _ in own)}:
        return f"ops that are not of ONNX: {', '.join(sorted(foreign))}", False
    is_newer = model.opset_import[0].version > KNOWN
    os.chdir(path.parent)
    try:
        if is_newer:
            restate(model)
        checker.check_model(model, full_check=True)
    except Exception as error:
        return str(error).strip().split("\n")[0], is_newer
    return None, is_newer


root = Path(sys.argv[1]).resolve()
found = [(path, *failure(path)) for path in sorted(root.rglob("*.onnx"))]
print(json.dumps({
    "version": onnx.__version__,
    "opset": KNOWN,
    "checked": len(found),
    "failures": [f"{path.relative_to(root)}: {reason}" for path, reason, _ in found if reason is not None],
    "restated": sum(is_newer for _, _, is_newer in found),
}))
