/**
 * A small model with each kind of kernel that a rewritten model uses: convolutions of few channels and of many, of each channel by
 * itself, adjoints, pools and sums. What it calculates is one row of numbers of about one size, so that an error in any of them is
 * one of all. Written node by node: whoever opens models must not depend on the table of ops.
 */
import { functionDomain, opsetVersion } from "../../onnx/Call.ts"
import { type FunctionMessage, modelBytes, type NodeMessage, valueInfo } from "../../onnx/messages.ts"
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

const ints = (name: string, values: Sizes) => ({ name, type: 7, ints: values.map(BigInt) })
const int = (name: string, value: number) => ({ name, type: 2, i: BigInt(value) })

const node = (
  opType: string,
  input: Array<string>,
  output: string,
  attribute: NodeMessage["attribute"] = [],
  domain = ""
): NodeMessage => ({ name: output, opType, domain, input, output: [output], attribute })

const constant = (name: string, dims: Sizes, data: BigInt64Array | Float32Array) => ({
  ...{ name, dataType: data instanceof Float32Array ? 1 : 7, dims: dims.map(BigInt) },
  rawData: new Uint8Array(data.buffer as ArrayBuffer)
})
const list = (name: string, values: Sizes) => constant(name, [values.length], BigInt64Array.from(values, BigInt))
const number = (name: string, value: number) => constant(name, [1, 1, 1, 1], Float32Array.of(value))

const whole = [ints("pads", [1, 1, 1, 1]), ints("strides", [1, 1])]
const strided = [ints("pads", [1, 1, 1, 1]), ints("strides", [2, 1])]
const window = [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])]
const nearest = [
  { name: "mode", type: 3, s: new TextEncoder().encode("nearest") },
  { name: "coordinate_transformation_mode", type: 3, s: new TextEncoder().encode("asymmetric") },
  { name: "nearest_mode", type: 3, s: new TextEncoder().encode("floor") }
]

/** The adjoint of a convolution in its kernels [3, 3] as one of samples for channels, for inputs that strides leave no rest of. */
const adjoint = (name: string, strides: Sizes): FunctionMessage => {
  const swap = [ints("perm", [1, 0, 2, 3])]
  return {
    ...{ name, domain: functionDomain, input: ["x", "c"], output: ["w"], attribute: ["strides", "padding", "kernel"] },
    opsetImport: [{ domain: "", version: BigInt(opsetVersion) }],
    node: [
      node("Transpose", ["x"], "images", swap),
      node("Transpose", ["c"], "kernels", swap),
      node("Conv", ["images", "kernels"], "sums", [
        ints("pads", [1, 1, 2 - strides[0]!, 1]),
        ints("dilations", strides)
      ]),
      node("Transpose", ["sums"], "w", swap)
    ]
  }
}
const calls = (opType: string, x: string, c: string, output: string, strides: Sizes): NodeMessage => {
  const attributes = [ints("strides", strides), ints("padding", [1, 1, 1, 1]), ints("kernel", [3, 3])]
  return node(opType, [x, c], output, attributes, functionDomain)
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
      node("Conv", ["image", "first", "bias"], "added", whole),
      node("Tanh", ["added"], "bent"),
      node("Mul", ["bent", "added"], "product"),
      node("ReduceSum", ["product", "positions"], "total", [int("keepdims", 1)]),
      node("AveragePool", ["bent"], "means", window),
      node("MaxPool", ["bent"], "largest", window),
      node("Add", ["means", "largest"], "both"),
      node("Resize", ["both", "", "", "wide"], "repeated", nearest),
      node("Mul", ["repeated", "total"], "scaled"),
      node("ReduceSum", ["scaled", "positions"], "sum", [int("keepdims", 1)]),
      node("Mul", ["sum", "share"], "average"),
      node("Sub", ["scaled", "average"], "shifted"),
      node("Conv", ["shifted", "second"], "convolved", strided),
      node("Relu", ["convolved"], "down"),
      calls("conv2dKernel_trial", "image", "bent", "ofFew", [1, 1]),
      calls("conv2dKernel_trial", "bent", "scaled", "ofMany", [1, 1]),
      calls("conv2dKernel_trialWithStrides", "scaled", "down", "strided", [2, 1]),
      ...rows.map((name) => node("Reshape", [name, "flat"], `${name}/row`)),
      ...["ofFew", "ofMany", "strided"].map((name) => node("Mul", [`${name}/row`, "each"], `${name}/row/share`)),
      node("Concat", ["scaled/row", "down/row", ...rows.slice(2).map((name) => `${name}/row/share`)], "y", [
        int("axis", 0)
      ])
    ],
    initializer: [
      ...[list("positions", [2, 3]), list("wide", wide), list("flat", [-1])],
      ...[number("share", 1 / 24), constant("each", [], Float32Array.of(1 / 96))]
    ],
    input: stated(inputs),
    output: stated({ y: [rows.reduce((total, name) => total + sizeOf(shapes[name]!), 0)] }),
    valueInfo: stated(shapes)
  }
  return modelBytes(graph, [adjoint("conv2dKernel_trial", [1, 1]), adjoint("conv2dKernel_trialWithStrides", [2, 1])])
}
