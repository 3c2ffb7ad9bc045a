/**
 * A model's graphs as functions of one vector θ: descent, gradient, loss and accuracy, Hessian-vector products. What
 * `train` and `spectral` are given. Knows the graphs' names and their inputs, not how they were made or what runs them.
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { FloatDType } from "../tensor/DType.ts"
import { type FloatArray, floats, scalar, type Tensor, type Tensors, tensor } from "../tensor/Tensor.ts"
import { InputMismatch, ModelRejected, type RunFailed } from "./Errors.ts"
import { dimensionOf, type Named, split, toDType, zeros } from "./flat.ts"
import { rowOperator } from "./rowOperator.ts"
import { type OpenError, type Program, Session } from "./Session.ts"

export type ObjectiveError = OpenError | RunFailed

export interface Samples {
  /** [N, D] */
  readonly inputs: Tensor
  /** [N, C] */
  readonly targets: Tensor
}

/** v → ∇²L v, in the precision of the model. [p] → [p] */
export type Multiply = (v: Float64Array) => Effect.Effect<FloatArray, ObjectiveError>

export interface Linearization {
  /** L at θ. */
  readonly loss: number
  /** ∇L at θ. [p] */
  readonly gradient: FloatArray
  readonly multiply: Multiply
}

/** A symmetric matrix with the eigenvalues of ∇²L, by its products. */
export interface Operator {
  readonly dimension: number
  /** [dimension] → [dimension] */
  readonly multiply: Multiply
  /** How many eigenvalues of ∇²L are left out: all of them are 0. */
  readonly zeros: number
}

export interface Objective {
  /** Length of θ, p. */
  readonly dimension: number
  /** `steps` steps of gradient descent θ ← θ − η ∇L(θ). `losses[i]` is L before step i. */
  readonly descend: (
    theta: FloatArray,
    learningRate: number,
    steps: number
  ) => Effect.Effect<{ readonly theta: FloatArray; readonly losses: FloatArray }, ObjectiveError>
  /** L and ∇L on the training samples. */
  readonly gradient: (
    theta: FloatArray
  ) => Effect.Effect<{ readonly loss: number; readonly gradient: FloatArray }, ObjectiveError>
  /**
   * L and ∇L on some of the training samples, by their indices, also several times the same: as many as the model's batch has.
   * Only of a model that was made for batches. [p], [B] → [p]
   */
  readonly batchGradient: (
    theta: FloatArray,
    samples: Int32Array
  ) => Effect.Effect<{ readonly loss: number; readonly gradient: FloatArray }, ObjectiveError>
  /** Loss and accuracy on the training and the test samples; the accuracy of one output is `null`: there is nothing to tell apart. */
  readonly evaluate: (theta: FloatArray) => Effect.Effect<
    {
      readonly trainLoss: number
      readonly trainAccuracy: number | null
      readonly testLoss: number
      readonly testAccuracy: number | null
    },
    ObjectiveError
  >
  /** Prepares Hessian-vector products at θ: what does not depend on the direction is calculated once, here. */
  readonly linearize: (theta: FloatArray) => Effect.Effect<Linearization, ObjectiveError>
  /**
   * ∇²L at θ for its eigenvalues alone: `multiply` of the whole; or, where the model has a form for it, of a space that holds
   * all of ∇²L that is not 0, in orthonormal coordinates.
   */
  readonly operator: (theta: FloatArray) => Effect.Effect<Operator, ObjectiveError>
  /** v ↦ G v at θ, with G the Gauss–Newton part of ∇²L, for any θ and v. [p] → [p] */
  readonly gaussNewton: (theta: FloatArray) => Multiply
}

/** Rows of a matrix, in the given order. [N, k], [B] → [B, k] */
const rowsOf = (matrix: Tensor, rows: Int32Array): Tensor => {
  const [count, size] = [matrix.shape[0]!, matrix.shape[1]!]
  const data = floats(matrix)
  const chosen =
    data instanceof Float32Array ? new Float32Array(rows.length * size) : new Float64Array(rows.length * size)
  rows.forEach((row, i) => {
    if (!(row >= 0 && row < count)) throw new RangeError(`there is no sample ${row} among ${count}`)
    chosen.set(data.subarray(row * size, (row + 1) * size), i * size)
  })
  return tensor([rows.length, size], chosen)
}

const samplesIn = (dtype: FloatDType, samples: Samples) => ({
  inputs: { ...samples.inputs, dtype, data: toDType(floats(samples.inputs), dtype) },
  targets: { ...samples.targets, dtype, data: toDType(floats(samples.targets), dtype) }
})

/**
 * The functions of a model, from its graphs (`step.onnx`, `gradient.onnx`, …), or from the same compiled (`step.wasm`) where the
 * session can run that. Each graph is opened when it is first needed, and closed with the scope.
 *
 * Errors  of each function: those of opening its graphs; InputMismatch for a θ of another length; RunFailed
 */
export const openObjective = Effect.fn("openObjective")(function* (
  graphs: Readonly<Record<string, Uint8Array>>,
  parameters: ReadonlyArray<Named>,
  dtype: FloatDType,
  data: { readonly train: Samples; readonly test: Samples }
) {
  const session = yield* Session
  const scope = yield* Effect.scope
  const dimension = dimensionOf(parameters)
  const train = samplesIn(dtype, data.train)
  const test = samplesIn(dtype, data.test)

  const openLater = (name: string, samples: Tensors): Effect.Effect<Effect.Effect<Program, OpenError>> => {
    const once = (opened: Effect.Effect<Program, OpenError, Scope.Scope>) => Effect.cached(Scope.provide(opened, scope))
    const [bytes, compiled] = [graphs[`${name}.onnx`], graphs[`${name}.wasm`]]
    const { open, openCompiled } = session
    if (compiled !== undefined && openCompiled !== undefined) return once(openCompiled(compiled, samples))
    if (bytes !== undefined) return once(Effect.suspend(() => open(bytes, samples)))
    const reason = `it is not among ${Object.keys(graphs).join(", ")}`
    const hint =
      name === "batchGradient" ? "Batches need a model of addBatches, of the same size." : "Build the model again."
    return Effect.succeed(Effect.fail(new ModelRejected({ model: name, node: "–", reason, hint })))
  }
  const programs = {
    step: yield* openLater("step", train),
    gradient: yield* openLater("gradient", train),
    evaluateTrain: yield* openLater("evaluateTrain", train),
    evaluateTest: yield* openLater("evaluateTest", test),
    linearize: yield* openLater("linearize", train),
    multiply: yield* openLater("multiply", train),
    gaussNewton: yield* openLater("gaussNewton", train),
    batchGradient: yield* openLater("batchGradient", {})
  }
  const openNow = (name: string, samples: Tensors) => session.open(graphs[`${name}.onnx`]!, samples)
  const inRowSpace =
    graphs["rowMultiply.onnx"] === undefined
      ? undefined
      : yield* rowOperator({ open: openNow, dtype, train, dimension })

  /** The parameters in θ, or the directions in v, as the graphs are given them. */
  const parts = (vector: FloatArray, suffix = ""): Effect.Effect<Tensors, InputMismatch> => {
    if (vector.length === dimension) return Effect.succeed(split(toDType(vector, dtype), parameters, suffix))
    const input = suffix === "" ? "θ" : "v"
    const [expected, actual] = [`[${dimension}]`, `[${vector.length}]`]
    return Effect.fail(new InputMismatch({ model: "objective", input, expected, actual }))
  }

  /** A vector of its own for what a graph makes of the parameters, and its parts, for the graph to write to. */
  const vectorOf = (suffix: string) => {
    const vector = zeros(dimension, dtype)
    return { vector, into: split(vector, parameters, suffix) }
  }

  const descend: Objective["descend"] = Effect.fnUntraced(function* (theta, learningRate, steps) {
    const weights = yield* parts(theta)
    const program = yield* programs.step
    const { vector, into } = vectorOf(".next")
    const given = {
      ...weights,
      learningRate: tensor([], toDType(Float64Array.of(learningRate), dtype)), // η
      steps: tensor([], BigInt64Array.of(BigInt(steps)))
    }
    const outputs = yield* program.run(given, into)
    return { theta: vector, losses: floats(outputs["loss"]!) }
  })

  const gradient: Objective["gradient"] = Effect.fnUntraced(function* (theta) {
    const weights = yield* parts(theta)
    const program = yield* programs.gradient
    const { vector, into } = vectorOf(".gradient")
    const outputs = yield* program.run(weights, into)
    return { loss: scalar(outputs["loss"]!), gradient: vector }
  })

  const batchGradient: Objective["batchGradient"] = Effect.fnUntraced(function* (theta, samples) {
    const weights = yield* parts(theta)
    const program = yield* programs.batchGradient
    const batch = {
      "batch.inputs": rowsOf(train.inputs, samples),
      "batch.targets": rowsOf(train.targets, samples)
    }
    const { vector, into } = vectorOf(".gradient")
    const outputs = yield* program.run({ ...weights, ...batch }, into)
    return { loss: scalar(outputs["loss"]!), gradient: vector }
  })

  const classes = data.train.targets.shape[1]!
  /** The graph adds shares of samples in its dtype: the count that it means over their number, in float64. */
  const accuracyIn = (outputs: Tensors, { targets }: Samples): number | null => {
    if (classes === 1) return null
    const count = targets.shape[0]!
    return Math.round(scalar(outputs["accuracy"]!) * count) / count
  }

  const evaluate: Objective["evaluate"] = Effect.fnUntraced(function* (theta) {
    const weights = yield* parts(theta)
    const onTrain = yield* (yield* programs.evaluateTrain).run(weights)
    const onTest = yield* (yield* programs.evaluateTest).run(weights)
    return {
      trainLoss: scalar(onTrain["loss"]!),
      trainAccuracy: accuracyIn(onTrain, train),
      testLoss: scalar(onTest["loss"]!),
      testAccuracy: accuracyIn(onTest, test)
    }
  })

  const linearize: Objective["linearize"] = Effect.fnUntraced(function* (theta) {
    const weights = yield* parts(theta.slice()) // products come later, and θ is the caller's to change
    const { vector: gradient, into } = vectorOf(".gradient")
    const prepared = yield* (yield* programs.linearize).run(weights, into)
    const product = yield* programs.multiply
    const wanted = new Set(product.inputs.map((input) => input.name))
    const fixed = Object.entries({ ...weights, ...prepared }).filter(([name]) => wanted.has(name))
    const saved = Object.fromEntries(fixed)
    const multiply: Multiply = Effect.fnUntraced(function* (v) {
      const { vector, into } = vectorOf(".product")
      yield* product.run({ ...saved, ...(yield* parts(v, ".direction")) }, into)
      return vector
    })
    return { loss: scalar(prepared["loss"]!), gradient, multiply }
  })

  const operator: Objective["operator"] = Effect.fnUntraced(function* (theta) {
    if (inRowSpace !== undefined) return yield* inRowSpace(yield* parts(theta.slice()))
    const { multiply } = yield* linearize(theta)
    return { dimension, multiply, zeros: 0 }
  })

  const gaussNewton: Objective["gaussNewton"] = (theta) => {
    const at = theta.slice() // products come later, and θ is the caller's to change
    return Effect.fnUntraced(function* (v) {
      const given = { ...(yield* parts(at)), ...(yield* parts(v, ".direction")) }
      const { vector, into } = vectorOf(".product")
      yield* (yield* programs.gaussNewton).run(given, into)
      return vector
    })
  }

  const steps = { descend, gradient, batchGradient, evaluate }
  const objective: Objective = { dimension, ...steps, linearize, operator, gaussNewton }
  return objective
})
