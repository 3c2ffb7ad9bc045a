/**
 * Sessions of onnxruntime: the layer that real work runs on. The only module that knows onnxruntime-node.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ModelProto } from "onnx-buf"
import type { InferenceSession, OnnxValue, Tensor as OrtTensor } from "onnxruntime-node"
import type { Signature } from "../onnx/decode.ts"
import { type Tensor, type Tensors, tensor } from "../tensor/Tensor.ts"
import { findBlock, inBlocksOf, type RunOnce } from "./blocked/blocks.ts"
import { hasConvolutions } from "./blocked/rewrite.ts"
import { openCompiled } from "./compiled.ts"
import { DeviceUnavailable, ModelRejected, RunFailed } from "./Errors.ts"
import { checkData, checkRun, describe, inspect } from "./inspect.ts"
import { type Program, Session } from "./Session.ts"

type Onnxruntime = typeof import("onnxruntime-node")

export interface OnnxOptions {
  /** `cpu` (the default), `cuda` or `webgpu`. What a device has no kernel for is run by the processor in between. */
  readonly device?: string
  /** Threads of one run. One by default: two processes of one thread each do twice the work of one. */
  readonly threads?: number
  /** Run models as they are written, with ops that every processor has. Default: in the form that is fastest on this one */
  readonly portable?: boolean
}

/** What onnxruntime says, without the line of its own sources that a failed check begins with. */
const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause))
    .trim()
    .replace(/^.*was false\. /, "")
    .replace(/\.+$/, "")

const load = (device: string): Effect.Effect<Onnxruntime, DeviceUnavailable> =>
  Effect.tryPromise({
    try: async () => {
      const onnxruntime = await import("onnxruntime-node")
      // Before anything runs: what is wrong is thrown as well, and reported once, as a failure.
      onnxruntime.env.logLevel = "fatal"
      return onnxruntime
    },
    catch: (cause) =>
      new DeviceUnavailable({
        device,
        available: [],
        reason: messageOf(cause),
        install: "Install the packages again with `npm ci`; onnxruntime-node has binaries for Linux, macOS and Windows."
      })
  })

/**
 * What onnxruntime must not do to a graph. MatMulScaleFusion moves scalars of float64 graphs into an attribute that is a float32: an
 * error of 5e-8. Pad_Fusion makes zeros around an image the padding of a maximum over windows, which does not count, and so gives
 * negative numbers where 0 is larger; where there are as many zeros as a window has, it refuses the model.
 */
const wrongOptimizers = ["MatMulScaleFusion", "Pad_Fusion"]

const sessionOptions = (
  { device = "cpu", threads = 1 }: OnnxOptions,
  externalData: ReadonlyArray<{ readonly path: string; readonly data: Uint8Array }>
): InferenceSession.SessionOptions => ({
  executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: "sequential",
  logSeverityLevel: 4, // as above
  // All of it: transposes of data are done once, here, and Gemm is fused with its activation. Bits depend on the level.
  graphOptimizationLevel: "all",
  externalData,
  extra: {
    optimization: { disable_specified_optimizers: wrongOptimizers.join(";") },
    // Idle threads of one session would otherwise spin and steal the core from the next.
    session: { intra_op: { allow_spinning: "0" } }
  }
})

const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

const hints: ReadonlyArray<readonly [pattern: RegExp, hint: string]> = [
  [
    /could not find an implementation/i,
    "The device has no kernel for this op in this element type; use another op or dtype."
  ],
  [/opset|ir_version|ir version/i, "The model is newer than this onnxruntime; use the pinned version of both."],
  [
    /shape|dimension/i,
    "The graph is inconsistent: this is a bug in the rule of an op or in the encoder; please report it."
  ]
]

/** The ways in which messages of onnxruntime name a node. */
const nodePattern = /node with name '([^']+)'|node \(([^)]+)\)|in node, \("([^"]+)"/i

/** Only the processor has float64: on another device such a model would silently be run there. */
const withoutFloat64 = ({ model, inputs, outputs, data }: Signature, device: string) => {
  const wide = [...inputs, ...outputs, ...data].find(({ dtype }) => dtype === "float64")
  if (device !== "webgpu" || wide === undefined) return undefined
  const reason = `${wide.name} is float64, which ${device} does not have`
  return new ModelRejected({ model, node: "–", reason, hint: "Build the model in float32, or use the device cpu." })
}

const rejected = (model: string, cause: unknown): ModelRejected => {
  const reason = messageOf(cause)
  const [, node = "–"] = nodePattern.exec(reason)?.filter(Boolean) ?? []
  const hint = hints.find(([pattern]) => pattern.test(reason))?.[1] ?? "Please report it, with the model."
  return new ModelRejected({ model, node, reason, hint })
}

/** What a device needs. */
const installs: Readonly<Record<string, string>> = {
  cuda: "On Linux with an NVIDIA driver run `node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12`, or use the device cpu.",
  webgpu:
    "It needs a graphics driver with Vulkan, Metal or Direct3D 12; on Linux libvulkan1 and a driver such as mesa-vulkan-drivers. Or use the device cpu."
}

const unavailable = (onnxruntime: Onnxruntime, device: string, reason: string): DeviceUnavailable =>
  new DeviceUnavailable({
    device,
    available: onnxruntime.listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : [])),
    reason,
    install: installs[device] ?? "Use another one."
  })

const toTensor = (value: OnnxValue): Tensor => {
  const { dims, data } = value as OrtTensor
  return tensor(dims, data as Tensor["data"])
}

/** A model of which every input and the only output are float32. */
const runOnce =
  (onnxruntime: Onnxruntime): RunOnce =>
  async (bytes, inputs) => {
    const session = await onnxruntime.InferenceSession.create(bytes, sessionOptions({}, []))
    try {
      const feeds = session.inputMetadata.map((input) => {
        const shape = input.isTensor ? input.shape.map(Number) : []
        return [input.name, new onnxruntime.Tensor("float32", inputs[input.name]!, shape)] as const
      })
      const [made] = Object.values(await session.run(Object.fromEntries(feeds)))
      return (made as OrtTensor).data as Float32Array
    } finally {
      await session.release()
    }
  }

/** Sessions of onnxruntime on one device. Every session is released when its scope closes: they are not collected. */
export const layerOnnx = (options: OnnxOptions = {}): Layer.Layer<Session> => {
  const device = options.device ?? "cpu"
  /** Found when it is first asked for: it takes some tens of milliseconds. */
  let block: Promise<number | undefined> | undefined

  /** The model in the form that is fastest here. */
  const formOf = async (onnxruntime: Onnxruntime, bytes: Uint8Array, model: ModelProto): Promise<Uint8Array> => {
    if (device !== "cpu" || options.portable === true || !hasConvolutions(model.graph!)) return bytes
    block ??= findBlock(runOnce(onnxruntime))
    const size = await block
    return (size === undefined ? undefined : await inBlocksOf(model, size)) ?? bytes
  }

  const open = Effect.fn("Session.open")(function* (given: Uint8Array, data: Tensors) {
    const { model, signature } = yield* inspect(given)
    yield* checkData(signature, data)
    const onnxruntime = yield* load(device)
    if (!onnxruntime.listSupportedBackends().some(({ name }) => name === device)) {
      return yield* unavailable(onnxruntime, device, "onnxruntime has no such device on this platform")
    }
    const refused = withoutFloat64(signature, device)
    if (refused !== undefined) return yield* refused
    const bytes = yield* Effect.promise(() => formOf(onnxruntime, given, model))
    const external = signature.data.map(({ name }) => ({ path: name, data: bytesOf(data[name]!) }))
    const session = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => onnxruntime.InferenceSession.create(bytes, sessionOptions(options, external)),
        catch: (cause) =>
          device !== "cpu" && /provider|shared library|backend|adapter/i.test(messageOf(cause))
            ? unavailable(onnxruntime, device, messageOf(cause))
            : rejected(signature.model, cause)
      }),
      (opened) => Effect.promise(() => opened.release())
    )

    const toOrt = ({ dtype, data: elements, shape }: Tensor) =>
      new onnxruntime.Tensor(dtype, elements as Float32Array, shape)
    const wrapped = (tensors: Tensors) =>
      Object.fromEntries(Object.entries(tensors).map(([name, given]) => [name, toOrt(given)]))
    const madeAnew = Object.fromEntries(signature.outputs.map(({ name }) => [name, null]))
    const run: Program["run"] = Effect.fnUntraced(function* (inputs, into = {}) {
      yield* checkRun(signature, inputs, into)
      const results = yield* Effect.tryPromise({
        try: () => session.run(wrapped(inputs), { ...madeAnew, ...wrapped(into) }),
        catch: (cause) => new RunFailed({ model: signature.model, inputs: describe(inputs), cause })
      })
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, toTensor(value)]))
    })
    return { inputs: signature.inputs, outputs: signature.outputs, run }
  })

  return Layer.succeed(Session)(device === "cpu" ? { open, openCompiled } : { open })
}
