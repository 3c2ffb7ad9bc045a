/**
 * Convolution, and its two adjoints. All three are one trilinear form
 *
 *     T(x, w, c) = Σ c · conv2d(x, w)
 *
 * with one of the three arguments left open, so each is bilinear, and the derivatives of each are the other two. How they
 * are calculated is in `convolutionForms.ts`.
 */
import { ShapeMismatch } from "../tensor/Errors.ts"
import type { Convolution } from "./Build.ts"
import { columnsForm, imageForm, kernelForm } from "./convolutionForms.ts"
import { checkConvolution, contract, operationsOf, reach } from "./convolutionSizes.ts"
import { define } from "./Op.ts"
import { checkWhole, imageSizes, oneFloat } from "./rules.ts"

/** Images with kernels, not flipped. Source: onnx.ai/onnx/operators/onnx__Conv.html */
export const conv2d = define(
  "conv2d",
  2
)<Convolution>({
  shape: ([x, w], attributes) => {
    const [samples, channels] = imageSizes("conv2d", 0, x)
    const [outputs, inputs, height, width] = imageSizes("conv2d", 1, w)
    if (inputs !== channels) {
      const expected = [outputs, channels, height, width]
      throw new ShapeMismatch({ op: "conv2d", where: "input 1", expected, actual: w })
    }
    checkConvolution("conv2d", attributes, [height, width])
    const { size } = reach(x, w, attributes)
    if (size.some((count) => count < 1)) {
      const expected = [samples, channels, Math.max(x[2]!, height), Math.max(x[3]!, width)]
      throw new ShapeMismatch({ op: "conv2d", where: "input 0, smaller than the kernel,", expected, actual: x })
    }
    return [samples, outputs, ...size]
  },
  dtype: oneFloat("conv2d"),
  vjp: [
    ({ g, x: [x, w], attributes, ct }) =>
      g.conv2dImage(ct, w, { ...attributes, outputPadding: reach(x.shape, w.shape, attributes).rest }),
    ({ g, x: [x, w], attributes, ct }) => g.conv2dKernel(x, ct, { ...attributes, kernel: w.shape.slice(2) })
  ],
  jvp: "multilinear",
  evaluate: ([x, w], [images, kernels], attributes, shape) =>
    contract({ x: images, w: kernels, c: shape, attributes }, shape, (result, atX, atW, atC) => {
      result[atC] = result[atC]! + x[atX]! * w[atW]!
    }),
  operations: ([, w], shape) => operationsOf(w, shape),
  onnx: [{ opType: "Conv", since: 11, attributes: { strides: { from: "strides" }, pads: { from: "padding" } } }],
  composed: ({ g, x: [x, w], attributes, dtype }) =>
    dtype === "float64" ? columnsForm(g, x, w, attributes) : undefined,
  examples: [
    {
      shapes: [
        [2, 2, 4, 3],
        [3, 2, 3, 3]
      ],
      attributes: { strides: [1, 1], padding: [1, 1, 1, 1] }
    },
    {
      shapes: [
        [1, 2, 5, 4],
        [2, 2, 3, 2]
      ],
      attributes: { strides: [2, 1], padding: [0, 1, 1, 0] }
    },
    {
      shapes: [
        [1, 2, 5, 7],
        [2, 2, 3, 3]
      ],
      attributes: { strides: [2, 3], padding: [1, 1, 1, 1] }
    },
    {
      shapes: [
        [1, 2, 5, 6],
        [2, 2, 1, 1]
      ],
      attributes: { strides: [2, 2], padding: [0, 0, 0, 0] }
    }
  ]
})

/** The adjoint in the images: transposed convolution. Source: onnx.ai/onnx/operators/onnx__ConvTranspose.html */
export const conv2dImage = define(
  "conv2dImage",
  2
)<Convolution & { readonly outputPadding: ReadonlyArray<number> }>({
  shape: ([c, w], attributes) => {
    const [samples, outputs, rows, columns] = imageSizes("conv2dImage", 0, c)
    const [kernels, channels, height, width] = imageSizes("conv2dImage", 1, w)
    if (kernels !== outputs) {
      const expected = [outputs, channels, height, width]
      throw new ShapeMismatch({ op: "conv2dImage", where: "input 1", expected, actual: w })
    }
    const { strides, padding, outputPadding } = attributes
    checkConvolution("conv2dImage", attributes, [height, width])
    checkWhole("conv2dImage", "outputPadding", outputPadding, 2, 0)
    const size = [rows, columns].map(
      (count, axis) =>
        (count - 1) * strides[axis]! + w[2 + axis]! + outputPadding[axis]! - padding[axis]! - padding[2 + axis]!
    )
    return [samples, channels, ...size]
  },
  dtype: oneFloat("conv2dImage"),
  vjp: [
    ({ g, x: [, w], attributes: { strides, padding }, ct }) => g.conv2d(ct, w, { strides, padding }),
    ({ g, x: [c, w], attributes: { strides, padding }, ct }) =>
      g.conv2dKernel(ct, c, { strides, padding, kernel: w.shape.slice(2) })
  ],
  jvp: "multilinear",
  evaluate: ([c, w], [results, kernels], attributes, shape) =>
    contract({ x: shape, w: kernels, c: results, attributes }, shape, (result, atX, atW, atC) => {
      result[atX] = result[atX]! + c[atC]! * w[atW]!
    }),
  operations: ([c, w]) => operationsOf(w, c),
  onnx: [
    {
      opType: "ConvTranspose",
      since: 11,
      attributes: {
        strides: { from: "strides" },
        pads: { from: "padding" },
        output_padding: { from: "outputPadding" }
      }
    }
  ],
  composed: ({ g, x: [c, w], attributes, dtype, shape }) =>
    dtype === "float64" || attributes.strides.every((step) => step === 1)
      ? imageForm(g, c, w, attributes, shape)
      : undefined,
  examples: [
    {
      shapes: [
        [2, 3, 4, 3],
        [3, 2, 3, 3]
      ],
      attributes: { strides: [1, 1], padding: [1, 1, 1, 1], outputPadding: [0, 0] }
    },
    {
      shapes: [
        [1, 2, 2, 3],
        [2, 2, 3, 2]
      ],
      attributes: { strides: [2, 1], padding: [0, 1, 1, 0], outputPadding: [1, 0] }
    },
    {
      shapes: [
        [1, 2, 3, 3],
        [2, 1, 1, 1]
      ],
      attributes: { strides: [2, 2], padding: [0, 0, 0, 0], outputPadding: [0, 1] }
    },
    {
      shapes: [
        [1, 2, 3, 3],
        [2, 1, 1, 1]
      ],
      attributes: { strides: [3, 3], padding: [0, 0, 0, 0], outputPadding: [0, 1] }
    }
  ]
})

/** The adjoint in the kernels. */
export const conv2dKernel = define(
  "conv2dKernel",
  2
)<Convolution & { readonly kernel: ReadonlyArray<number> }>({
  shape: ([x, c], attributes) => {
    const [samples, channels] = imageSizes("conv2dKernel", 0, x)
    const [, outputs] = imageSizes("conv2dKernel", 1, c)
    const { kernel } = attributes
    checkWhole("conv2dKernel", "kernel", kernel, 2, 1)
    checkConvolution("conv2dKernel", attributes, kernel)
    const w = [outputs, channels, ...kernel]
    const expected = [samples, outputs, ...reach(x, w, attributes).size]
    if (expected.some((size, axis) => size !== c[axis])) {
      throw new ShapeMismatch({ op: "conv2dKernel", where: "input 1", expected, actual: c })
    }
    return w
  },
  dtype: oneFloat("conv2dKernel"),
  vjp: [
    ({ g, x: [x, c], attributes: { strides, padding }, ct }) =>
      g.conv2dImage(c, ct, {
        strides,
        padding,
        outputPadding: reach(x.shape, ct.shape, { strides, padding }).rest
      }),
    ({ g, x: [x], attributes: { strides, padding }, ct }) => g.conv2d(x, ct, { strides, padding })
  ],
  jvp: "multilinear",
  evaluate: ([x, c], [images, results], attributes, shape) =>
    contract({ x: images, w: shape, c: results, attributes }, shape, (result, atX, atW, atC) => {
      result[atW] = result[atW]! + x[atX]! * c[atC]!
    }),
  operations: ([, c], shape) => operationsOf(shape, c),
  composed: ({ g, x: [x, c], attributes }) => kernelForm(g, x, c, attributes),
  asFunction: ["float32"], // convolutions in blocks of channels have a faster form
  examples: [
    {
      shapes: [
        [2, 2, 4, 3],
        [2, 3, 4, 3]
      ],
      attributes: { strides: [1, 1], padding: [1, 1, 1, 1], kernel: [3, 3] }
    },
    {
      shapes: [
        [1, 2, 5, 4],
        [1, 2, 2, 4]
      ],
      attributes: { strides: [2, 1], padding: [0, 1, 1, 0], kernel: [3, 2] }
    },
    {
      shapes: [
        [2, 2, 4, 5],
        [2, 1, 3, 3]
      ],
      attributes: { strides: [1, 1], padding: [0, 0, 0, 0], kernel: [2, 3] }
    },
    {
      shapes: [
        [2, 2, 3, 2],
        [2, 3, 3, 2]
      ],
      attributes: { strides: [1, 1], padding: [0, 0, 0, 0], kernel: [1, 1] }
    },
    {
      shapes: [
        [1, 1, 3, 4],
        [1, 4, 3, 4]
      ],
      attributes: { strides: [1, 1], padding: [1, 1, 1, 1], kernel: [3, 3] }
    },
    {
      shapes: [
        [1, 2, 5, 7],
        [1, 2, 3, 4]
      ],
      attributes: { strides: [2, 2], padding: [1, 1, 1, 1], kernel: [3, 3] }
    }
  ]
})
