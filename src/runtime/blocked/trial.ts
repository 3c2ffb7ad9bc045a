/**
 * A small model with each kind of kernel that a rewritten model uses: convolutions of few channels and of many, of each channel by
 * itself, adjoints, pools and sums. What it calculates is one row of numbers of about one size, so that an error in any of them is
 * one of all. Written node by node: whoever opens models must not depend on the table of ops.
 */
import { functionDomain, integers, number } from "../../onnx/Call.ts"
import type { Instruction } from "../../onnx/Instruction.ts"
import {
  type FunctionMessage,
  functionMessage,
  initializerMessage,
  modelBytes,
  type NodeMessage,
  nodeMessage,
  valueInfo
} from "../../onnx/messages.ts"
import { sizeOf } from "../../tensor/Shape.ts"

type Sizes = ReadonlyArray<number>

const inputs = { image: [16, 3, 6, 4], first: [32, 3, 3, 3], bias: [32], second: [32, 32, 3, 3] }
const wide = [16, 32, 6, 4]
const sums = [16, 32, 1, 1]
const pooled = [16, 32, 3, 2]
/** Values between, of which the shapes tell what can be done in blocks. */
const shapes: Readonly<Record<string, Sizes>> = {
  ...{ added: wide, bent: wide, product: wide, total: sums, means: pooled, largest: pooled, both: pooled },
  ...{ repeated: wide, scaled: wide, sum: sums, average: sums, shifted: wide },
  ...{
    convolved: [16, 32, 3, 4],
    down: [16, 32, 3, 4],
    ofFew: [32, 3, 3, 3],
    ofMany: [32, 32, 3, 3],
    strided: [32, 32, 3, 3]
  }
}

type Attributes = Instruction["attributes"]

const node = (
  opType: string,
  inputs: ReadonlyArray<string>,
  output: string,
  attributes: Attributes = {}
): Instruction => ({
  ...{ opType, inputs, attributes, doc: "" },
  output: { name: output, shape: shapes[output] ?? [], level: 0 }
})

const whole = { pads: { ints: [1, 1, 1, 1] }, strides: { ints: [1, 1] } }
const strided = { pads: { ints: [1, 1, 1, 1] }, strides: { ints: [2, 1] } }
const window = { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }
const kept = { keepdims: { int: 1 } }
const nearest = {
  mode: { string: "nearest" },
  coordinate_transformation_mode: { string: "asymmetric" },
  nearest_mode: { string: "floor" }
}

/** The adjoint of a convolution in its kernels [3, 3] as one of samples for channels, for inputs that strides leave no rest of. */
const adjoint = (name: string, strides: Sizes): FunctionMessage => {
  const swap = { perm: { ints: [1, 0, 2, 3] } }
  const convolution = { pads: { ints: [1, 1, 2 - strides[0]!, 1] }, dilations: { ints: strides } }
  return functionMessage({
    ...{ name, attributes: ["strides", "padding", "kernel"], inputs: ["x", "c"], output: "w", constants: [] },
    instructions: [
      node("Transpose", ["x"], "images", swap),
      node("Transpose", ["c"], "kernels", swap),
      node("Conv", ["images", "kernels"], "sums", convolution),
      node("Transpose", ["sums"], "w", swap)
    ]
  })
}
const calls = (name: string, x: string, c: string, output: string, strides: Sizes): NodeMessage => {
  const attributes = { strides: { ints: strides }, padding: { ints: [1, 1, 1, 1] }, kernel: { ints: [3, 3] } }
  return { ...nodeMessage(node(name, [x, c], output, attributes)), domain: functionDomain }
}

const rows = ["scaled", "down", "ofFew", "ofMany", "strided"]

/** Its inputs: numbers that are the same everywhere. */
export const trialInputs: Readonly<Record<string, Float32Array>> = Object.fromEntries(
  Object.entries(inputs).map(([name, shape]) => [
    name,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i + 1) / 4)
  ])
)

export const trialModel = (): Promise<Uint8Array> => {
  const stated = (of: Readonly<Record<string, Sizes>>) =>
    Object.entries(of).map(([name, shape]) => valueInfo(name, "float32", shape))
  const graph = {
    name: "trial",
    node: [
      ...[
        node("Conv", ["image", "first", "bias"], "added", whole),
        node("Tanh", ["added"], "bent"),
        node("Mul", ["bent", "added"], "product"),
        node("ReduceSum", ["product", "positions"], "total", kept),
        node("AveragePool", ["bent"], "means", window),
        node("MaxPool", ["bent"], "largest", window),
        node("Add", ["means", "largest"], "both"),
        node("Resize", ["both", "", "", "wide"], "repeated", nearest),
        node("Mul", ["repeated", "total"], "scaled"),
        node("ReduceSum", ["scaled", "positions"], "sum", kept),
        node("Mul", ["sum", "share"], "average"),
        node("Sub", ["scaled", "average"], "shifted"),
        node("Conv", ["shifted", "second"], "convolved", strided),
        node("Relu", ["convolved"], "down")
      ].map(nodeMessage),
      calls("conv2dKernel_trial", "image", "bent", "ofFew", [1, 1]),
      calls("conv2dKernel_trial", "bent", "scaled", "ofMany", [1, 1]),
      calls("conv2dKernel_trialWithStrides", "scaled", "down", "strided", [2, 1]),
      ...[
        ...rows.map((name) => node("Reshape", [name, "flat"], `${name}/row`)),
        ...["ofFew", "ofMany", "strided"].map((name) => node("Mul", [`${name}/row`, "each"], `${name}/row/share`)),
        node("Concat", ["scaled/row", "down/row", ...rows.slice(2).map((name) => `${name}/row/share`)], "y", {
          axis: { int: 0 }
        })
      ].map(nodeMessage)
    ],
    initializer: [
      { name: "positions", literal: integers("axes", [2, 3]) },
      { name: "wide", literal: integers("shape", wide) },
      { name: "flat", literal: integers("shape", [-1]) },
      { name: "share", literal: { ...number(1 / 24, "float32"), shape: [1, 1, 1, 1] } },
      { name: "each", literal: number(1 / 96, "float32") }
    ].map(initializerMessage),
    input: stated(inputs),
    output: stated({ y: [rows.reduce((total, name) => total + sizeOf(shapes[name]!), 0)] }),
    valueInfo: stated(shapes)
  }
  return modelBytes(graph, [adjoint("conv2dKernel_trial", [1, 1]), adjoint("conv2dKernel_trialWithStrides", [2, 1])])
}
