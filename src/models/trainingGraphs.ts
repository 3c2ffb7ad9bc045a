/**
 * All that is ever calculated with a model, as graphs: a step of gradient descent, the gradient, loss and accuracy, and
 * Hessian-vector products. Derivatives come from `autodiff`; nothing here is specific to a network.
 */
import { linearize } from "../autodiff/linearize.ts"
import { gradients, vjp } from "../autodiff/vjp.ts"
import { type Graph, makeGraph } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import { makeBuilder } from "../ops/builder.ts"
import type { Architecture, Loss } from "./Architecture.ts"
import { cnn } from "./cnn.ts"
import { diagonal, factorization } from "./diagonal.ts"
import { accuracy, objectiveOf } from "./loss.ts"
import { deepLinear, mlp } from "./mlp.ts"
import { choose, type Network, type Sizes } from "./Network.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"
import { resnet } from "./resnet.ts"
import { vit } from "./vit.ts"

export interface ModelOptions {
  readonly architecture: Architecture
  readonly loss: Loss
  readonly dtype: "float32" | "float64"
  /** Number of training samples, N. */
  readonly train: number
  /** Number of test samples, M. */
  readonly test: number
  /** Size of an input, D. */
  readonly features: number
  /** Size of an output, C. */
  readonly outputs: number
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
}

export interface TrainingGraphs {
  readonly parameters: ReadonlyArray<ParameterSpec>
  /** L = lossScale · Σ over samples and outputs, for the training samples, but for weight decay. */
  readonly lossScale: number
  readonly graphs: ModelGraphs
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

/**
 * The parameters and graphs of a model. Equal arguments give equal graphs.
 *
 * Errors  UnknownChoice, InvalidArchitecture
 */
export const trainingGraphs = (options: ModelOptions): TrainingGraphs => {
  const { architecture, dtype, train, test, features, outputs } = options
  const make = choose("architecture", networks, architecture.kind) as Make<Kind>
  const network = make(architecture, { features, outputs })
  const objective = objectiveOf(options.loss, outputs)
  const g = makeBuilder()

  const evaluated = (samples: number) => {
    const inputs = g.data("inputs", [samples, features], dtype)
    const targets = g.data("targets", [samples, outputs], dtype)
    const made = network.forward(g, parameters, inputs) // [C, samples]
    return { loss: objective.ofOutputs(g, made, targets), accuracy: accuracy(g, made, targets) }
  }
  const named = (suffix: string, nodes: ReadonlyArray<Node | undefined>): Readonly<Record<string, Node>> =>
    Object.fromEntries(
      parameters.map((parameter, i) => [
        `${network.parameters[i]!.name}.${suffix}`,
        nodes[i] ?? g.constant(0, parameter.shape, dtype)
      ])
    )

  const parameters = network.parameters.map(({ name, shape }) => g.input(name, shape, dtype))
  const directions = network.parameters.map(({ name, shape }) => g.input(`${name}.direction`, shape, dtype))
  const learningRate = g.input("learningRate", [], dtype) // η
  const loss = objective.ofWeights(g, evaluated(train).loss, parameters)

  // The cotangent of the loss is −η, so the backward pass yields the update itself: it scales the small residual, never a weight.
  const updates = vjp(g, new Map([[loss, g.neg(learningRate)]]), parameters)
  const next = parameters.map((parameter, i) => updates[i] && g.add(parameter, updates[i]))
  const slopes = named("gradient", gradients(g, loss, parameters))
  const { saved, slots, products } = linearize(g, loss, parameters, directions)
  const used = new Set(order(products.filter((product) => product !== undefined)))
  const savedByName = Object.fromEntries(saved.map((node, i) => [`saved.${i}`, node]))

  return {
    parameters: network.parameters,
    lossScale: objective.lossScale(train),
    graphs: {
      step: makeGraph("step", [...parameters, learningRate], { ...named("next", next), loss }),
      gradient: makeGraph("gradient", parameters, { ...slopes, loss }),
      evaluateTrain: makeGraph("evaluateTrain", parameters, evaluated(train)),
      evaluateTest: makeGraph("evaluateTest", parameters, evaluated(test)),
      linearize: makeGraph("linearize", parameters, { loss, ...slopes, ...savedByName }),
      multiply: makeGraph(
        "multiply",
        [...parameters.filter((parameter) => used.has(parameter)), ...slots, ...directions],
        named("product", products)
      )
    }
  }
}
