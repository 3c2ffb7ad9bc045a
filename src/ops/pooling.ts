/**
 * Pooling over windows that tile an image, and its adjoint.
 */
import { InvalidAttribute } from "../graph/Errors.ts"
import type { Node } from "../graph/Node.ts"
import { type Shape, sizeOf } from "../tensor/Shape.ts"
import type { Builder, Window } from "./Build.ts"
import { define } from "./Op.ts"
import { checkWhole, type ImageSizes, imageSizes, oneFloat } from "./rules.ts"

const pooledShape =
  (op: string) =>
  ([a]: readonly [Shape], { size }: Window): Shape => {
    const [samples, channels, rows, columns] = imageSizes(op, 0, a)
    checkWhole(op, "size", size, 2, 1)
    const [height, width] = [size[0]!, size[1]!]
    if (rows % height === 0 && columns % width === 0) return [samples, channels, rows / height, columns / width]
    const expected = `windows that tile an image of ${rows} × ${columns}`
    throw new InvalidAttribute({ op, attribute: "size", expected, actual: size })
  }

/** For each element of an image, the index of its window. */
const windows = ([samples, channels, rows, columns]: ImageSizes, { size }: Window): Int32Array => {
  const [height, width] = [size[0]!, size[1]!]
  const [across, result] = [columns / width, new Int32Array(samples * channels * rows * columns)]
  for (let row = 0; row < samples * channels * rows; row++)
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = Math.floor(row / height) * across + Math.floor(column / width)
  return result
}

const areaOf = ({ size }: Window): number => size[0]! * size[1]!

const times = (g: Builder, value: number, a: Node): Node => g.mul(g.constant(value, a.shape, a.dtype), a)

/** The sizes of windows on axes of their own. [N, C, H, W] → [N, C, H/h, h, W/w, w] */
const tiled = (g: Builder, a: Node, { size }: Window): Node => {
  const [samples, channels, rows, columns] = imageSizes("tiled", 0, a.shape)
  const [height, width] = [size[0]!, size[1]!]
  return g.reshape(a, { shape: [samples, channels, rows / height, height, columns / width, width] })
}

/** Mean of every window. Source: onnx.ai/onnx/operators/onnx__AveragePool.html */
export const avgPool2d = define(
  "avgPool2d",
  1
)<Window>({
  shape: pooledShape("avgPool2d"),
  dtype: oneFloat("avgPool2d"),
  vjp: [({ g, attributes, ct }) => g.upsample2d(times(g, 1 / areaOf(attributes), ct), attributes)], // ā = ȳ / area, repeated
  jvp: "multilinear",
  evaluate: ([a], [shape], attributes, result) => {
    const total = new Float64Array(sizeOf(result))
    windows(imageSizes("avgPool2d", 0, shape), attributes).forEach((window, i) => {
      total[window] = total[window]! + a[i]!
    })
    return total.map((value) => value / areaOf(attributes))
  },
  onnx: [
    {
      opType: "AveragePool",
      since: 11,
      attributes: { kernel_shape: { from: "size" }, strides: { from: "size" } }
    }
  ],
  composed: ({ g, x: [a], attributes, dtype }) =>
    dtype === "float64"
      ? times(g, 1 / areaOf(attributes), g.sum(tiled(g, a, attributes), { axes: [3, 5], keepDims: false }))
      : undefined,
  examples: [
    { shapes: [[2, 1, 4, 6]], attributes: { size: [2, 2] } },
    { shapes: [[1, 2, 4, 3]], attributes: { size: [2, 3] } }
  ]
})

/** Every element repeated over a window. Source: onnx.ai/onnx/operators/onnx__Resize.html */
export const upsample2d = define(
  "upsample2d",
  1
)<Window>({
  shape: ([a], { size }) => {
    const [samples, channels, rows, columns] = imageSizes("upsample2d", 0, a)
    checkWhole("upsample2d", "size", size, 2, 1)
    return [samples, channels, rows * size[0]!, columns * size[1]!]
  },
  dtype: oneFloat("upsample2d"),
  vjp: [({ g, attributes, ct }) => times(g, areaOf(attributes), g.avgPool2d(ct, attributes))], // ā = Σ ȳ over windows
  jvp: "multilinear",
  evaluate: ([a], _, attributes, shape) =>
    Float64Array.from(windows(imageSizes("upsample2d", 0, shape), attributes), (window) => a[window]!),
  onnx: [
    {
      opType: "Resize",
      since: 19,
      attributes: {
        mode: { string: "nearest" },
        coordinate_transformation_mode: { string: "asymmetric" },
        nearest_mode: { string: "floor" }
      },
      operands: ["absent", "absent", { shape: "result" }]
    }
  ],
  composed: ({ g, x: [a], attributes: { size }, dtype, shape }) => {
    if (dtype !== "float64") return undefined
    const [samples, channels, rows, columns] = imageSizes("upsample2d", 0, a.shape)
    const apart = g.reshape(a, { shape: [samples, channels, rows, 1, columns, 1] })
    const repeated = g.expand(apart, { shape: [samples, channels, rows, size[0]!, columns, size[1]!] })
    return g.reshape(repeated, { shape })
  },
  examples: [
    { shapes: [[2, 1, 2, 3]], attributes: { size: [2, 2] } },
    { shapes: [[1, 2, 2, 1]], attributes: { size: [2, 3] } }
  ]
})

/** [a = max]: where the largest of every window are, and the mean of that, which is how many there are / area. */
const peaks = (g: Builder, a: Node, y: Node, attributes: Window) => {
  const mask = g.equal(a, g.upsample2d(y, attributes))
  return { mask, density: g.avgPool2d(mask, attributes) }
}

/**
 * The largest of every window. Where several are, they share the derivative evenly; PyTorch's `max_pool2d` gives it to the
 * first. Both are right where equal values move together, as in a region of equal pixels.
 * Source: onnx.ai/onnx/operators/onnx__MaxPool.html
 */
export const maxPool2d = define(
  "maxPool2d",
  1
)<Window>({
  shape: pooledShape("maxPool2d"),
  dtype: oneFloat("maxPool2d"),
  vjp: [
    ({ g, x: [a], y, attributes, ct }) => {
      const { mask, density } = peaks(g, a, y, attributes)
      const share = g.div(ct, times(g, areaOf(attributes), density))
      return g.mul(mask, g.upsample2d(share, attributes)) // ā = [a = y] ȳ / count
    }
  ],
  jvp: [
    ({ g, x: [a], y, attributes, d }) => {
      const { mask, density } = peaks(g, a, y, attributes)
      return g.div(g.avgPool2d(g.mul(mask, d), attributes), density) // ẏ = Σ [a = y] ȧ / count
    }
  ],
  evaluate: ([a], [shape], attributes, result) => {
    const largest = new Float64Array(sizeOf(result)).fill(Number.NEGATIVE_INFINITY)
    windows(imageSizes("maxPool2d", 0, shape), attributes).forEach((window, i) => {
      largest[window] = Math.max(largest[window]!, a[i]!)
    })
    return largest
  },
  onnx: [
    {
      opType: "MaxPool",
      since: 12,
      attributes: { kernel_shape: { from: "size" }, strides: { from: "size" } }
    }
  ],
  examples: [
    { shapes: [[2, 1, 4, 6]], attributes: { size: [2, 2] } },
    { shapes: [[1, 2, 2, 3]], attributes: { size: [2, 3] } }
  ]
})
