/**
 * All that is ever calculated with a model, as graphs: a step of gradient descent, the gradient, loss and accuracy, and
 * Hessian-vector products. Derivatives come from `autodiff`; nothing here is specific to a network.
 */
import { gaussNewton } from "../autodiff/gaussNewton.ts"
import { gradients } from "../autodiff/vjp.ts"
import { type Graph, makeGraph, type Parts, partsOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { makeBuilder } from "../ops/builder.ts"
import type { FloatDType } from "../tensor/DType.ts"
import type { Architecture, Loss } from "./Architecture.ts"
import { togetherIn } from "./batch.ts"
import { checkCount, checkMultiple } from "./checks.ts"
import { cnn } from "./cnn.ts"
import { makeCounting } from "./counting.ts"
import { diagonal, factorization } from "./diagonal.ts"
import { type DualStep, dualStep } from "./dualStep.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { accuracy, objectiveOf } from "./loss.ts"
import { deepLinear, mlp } from "./mlp.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"
import { evaluatedInParts, trainedInParts } from "./partGraphs.ts"
import { resnet } from "./resnet.ts"
import { type RowSpace, rowSpace } from "./rowSpace.ts"
import { vit } from "./vit.ts"
import { type Evaluated, evaluatedWhole, type Model, named, type Summed, trainedWhole } from "./wholeGraphs.ts"

export interface ModelOptions {
  readonly architecture: Architecture
  readonly loss: Loss
  readonly dtype: FloatDType
  /** Number of training samples, N. */
  readonly train: number
  /** Number of test samples, M. */
  readonly test: number
  /** Size of an input, D. */
  readonly features: number
  /** Size of an output, C. */
  readonly outputs: number
  /** How many of the training and of the test samples are worked on at once: a part of them; all unless given. */
  readonly batch?: { readonly train?: number | undefined; readonly test?: number | undefined }
  /** How many samples a step of stochastic descent sees, B; no graph for it unless given. */
  readonly stochastic?: number | undefined
}

/**
 * The graphs of a model. Inputs and outputs bear the names of the parameters; `data` is `inputs` [N, D] and `targets`
 * [N, C], of the test samples in `evaluateTest`.
 */
export interface ModelGraphs {
  /** w, `learningRate` [] → w.next = w − η ∇L(w), and `loss` [] at w, before the step. */
  readonly step: Graph
  /** w → w.gradient, `loss` []. */
  readonly gradient: Graph
  /** w → `loss` [] without weight decay, `accuracy` [] on the training samples. */
  readonly evaluateTrain: Graph
  /** w → `loss` [] without weight decay, `accuracy` [] on the test samples. */
  readonly evaluateTest: Graph
  /** w → `loss` [], w.gradient, and `saved.0`, `saved.1`, …: what products at w need. */
  readonly linearize: Graph
  /** The w it needs, `saved.*`, w.direction → w.product = (∇²L) direction. */
  readonly multiply: Graph
  /**
   * w, w.direction → w.product = (Jᵀ (∇²ℓ) J + λ) direction, the Gauss–Newton part of the Hessian, with weight decay λ. It
   * calculates anew what it needs of the point.
   */
  readonly gaussNewton: Graph
}

export interface TrainingGraphs {
  readonly parameters: ReadonlyArray<ParameterSpec>
  /** L = lossScale · Σ over samples and outputs, for the training samples, but for weight decay. */
  readonly lossScale: number
  readonly graphs: ModelGraphs
  /** What those graphs need that do not work on all samples at once: sums over parts of them. */
  readonly parts: { readonly [K in keyof ModelGraphs]?: Parts }
  /** w, `batch.inputs` [B, D], `batch.targets` [B, C] → w.gradient, `loss` [] of these samples alone, if B was given. */
  readonly batchGradient: Graph | undefined
  /** Another form of `step`, where there is one. */
  readonly dual: DualStep | undefined
  /** Another form of `multiply`, for eigenvalues, where there is one. */
  readonly rowSpace: RowSpace | undefined
}

type Kind = Architecture["kind"]
type Make<K extends Kind> = (architecture: Extract<Architecture, { readonly kind: K }>, sizes: Sizes) => Network

const networks: { readonly [K in Kind]: Make<K> } = {
  mlp,
  deepLinear,
  diagonal,
  factorization,
  cnn,
  resnet,
  vit
}

type Names = ReadonlyArray<keyof ModelGraphs>

const collected = (names: Names, summed: ReadonlyArray<Summed>) => ({
  graphs: Object.fromEntries(names.map((name, i) => [name, summed[i]!.graph])),
  parts: Object.fromEntries(names.flatMap((name, i) => (summed[i]!.parts ? [[name, summed[i]!.parts]] : [])))
})

/**
 * The parameters and graphs of a model. Equal arguments give equal graphs.
 *
 * Errors  UnknownChoice, InvalidArchitecture
 */
export const trainingGraphs = (options: ModelOptions): TrainingGraphs => {
  const { architecture, dtype, train, test, features, outputs, batch = {} } = options
  const make = choose("architecture", networks, architecture.kind) as Make<Kind>
  const network = make(architecture, { features, outputs })
  const objective = objectiveOf(options.loss, outputs)
  const g = makeBuilder()
  const parameters = network.parameters.map(({ name, shape }) => g.input(name, shape, dtype))

  const scaled = (factor: number, v: Node): Node => g.mul(g.constant(factor, v.shape, dtype), v)
  const inputsOf = (samples: number): Node => g.data("inputs", [samples, features], dtype)
  const targetsOf = (samples: number): Node => g.data("targets", [samples, outputs], dtype)
  const { counting, countedOf } = makeCounting(g, dtype)
  const evaluatedOn = (inputs: Node, targets: Node, all: number): Evaluated => {
    const made = network.forward(g, parameters, inputs) // [C, samples]
    const counted = countedOf(inputs.shape[0]!, all)
    return {
      loss: objective.ofOutputs(g, made, targets, all, counted),
      accuracy: accuracy(g, made, targets, all, counted)
    }
  }
  const evaluated = (samples: number, all: number): Evaluated => evaluatedOn(inputsOf(samples), targetsOf(samples), all)
  const model: Model = {
    g,
    dtype,
    parameters,
    names: network.parameters.map(({ name }) => name),
    counting,
    evaluated,
    minimised: (samples, all) => {
      const { loss } = evaluated(samples, all)
      return objective.ofWeights(g, loss, parameters, 1 / partsOf(all, samples))
    },
    bent: (directions, samples, all) => {
      const made = network.forward(g, parameters, inputsOf(samples))
      const lossOf = (outputs: Node): Node =>
        objective.ofOutputs(g, outputs, targetsOf(samples), all, countedOf(samples, all))
      const products = gaussNewton(g, made, lossOf, parameters, directions)
      const decay = objective.weightDecay * (1 / partsOf(all, samples))
      if (decay === 0) return products
      return products.map((product, i) => {
        const own = scaled(decay, directions[i]!)
        return product === undefined ? own : g.add(product, own)
      })
    }
  }
  const checked = (size: number | undefined, all: number, of: string): number => {
    const samples = size ?? all
    const field = `the number of ${of} samples worked on at once`
    checkCount(architecture.kind, field, samples)
    if (samples > all) {
      const expected = `at most their number, ${all}`
      throw new InvalidArchitecture({ architecture: architecture.kind, field, expected, actual: samples })
    }
    if (samples < all) {
      checkMultiple(architecture.kind, `the number of ${of} samples`, all, togetherIn(architecture), "norm.samples")
    }
    return samples
  }
  const [some, someTest] = [checked(batch.train, train, "training"), checked(batch.test, test, "test")]
  const evaluate = (name: string, samples: number, all: number): Summed =>
    samples < all ? evaluatedInParts(model, name, samples, all) : evaluatedWhole(model, name, all)
  const trained = some < train ? trainedInParts(model, some, train) : trainedWhole(model, train)
  const names: Names = ["step", "gradient", "evaluateTrain", "evaluateTest", "linearize", "multiply", "gaussNewton"]
  const { graphs, parts } = collected(names, [
    trained.step,
    trained.gradient,
    evaluate("evaluateTrain", some, train),
    evaluate("evaluateTest", someTest, test),
    trained.linearize,
    trained.multiply,
    trained.gaussNewton
  ])
  const batchGradient = (samples: number): Graph => {
    checkCount(architecture.kind, "the number of samples of a stochastic step", samples)
    const inputs = g.input("batch.inputs", [samples, features], dtype)
    const targets = g.input("batch.targets", [samples, outputs], dtype)
    const loss = objective.ofWeights(g, evaluatedOn(inputs, targets, samples).loss, parameters, 1)
    const slopes = named(model, "gradient", gradients(g, loss, parameters))
    return makeGraph("batchGradient", [...parameters, inputs, targets], { ...slopes, loss })
  }
  const { first } = network
  const lossOf = (made: Node): Node => objective.ofOutputs(g, made, targetsOf(train), train)
  const followed = some < train || objective.weightDecay !== 0 ? undefined : first // whose values tell all of the loss
  return {
    parameters: network.parameters,
    lossScale: objective.lossScale(train),
    graphs: graphs as unknown as ModelGraphs,
    parts,
    batchGradient: options.stochastic === undefined ? undefined : batchGradient(options.stochastic),
    dual: followed && dualStep(model, followed, inputsOf(train), lossOf),
    rowSpace: followed && rowSpace(model, followed, inputsOf(train))
  }
}
