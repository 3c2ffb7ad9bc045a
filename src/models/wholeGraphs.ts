/**
 * The graphs of a model that work on all samples at once.
 */
import { linearize } from "../autodiff/linearize.ts"
import { gradients, vjp } from "../autodiff/vjp.ts"
import { type Graph, makeGraph, type Parts } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { order } from "../graph/order.ts"
import type { Builder } from "../ops/Build.ts"
import type { FloatDType } from "../tensor/DType.ts"

export type Evaluated = {
  readonly loss: Node
  readonly accuracy: Node
}

/** A model while its graphs are made. */
export interface Model {
  readonly g: Builder
  readonly dtype: FloatDType
  readonly parameters: ReadonlyArray<Node>
  /** Of the parameters. */
  readonly names: ReadonlyArray<string>
  /** The input that says which of `samples` samples count, where they are a part of so many; none where all do. */
  readonly counting: (samples: number, all: number) => Node | undefined
  /** What data of `samples` samples adds to loss and accuracy of all of them. */
  readonly evaluated: (samples: number, all: number) => Evaluated
  /** What it adds to what is minimised. */
  readonly minimised: (samples: number, all: number) => Node
  /** What it adds to (Jᵀ (∇²ℓ) J + λ) v: of what is minimised, all curvature but that of the network. */
  readonly bent: (directions: ReadonlyArray<Node>, samples: number, all: number) => ReadonlyArray<Node | undefined>
}

/** A graph, and what it needs summed. */
export interface Summed {
  readonly graph: Graph
  readonly parts?: Parts
}

export type Trained = Readonly<Record<"step" | "gradient" | "linearize" | "multiply" | "gaussNewton", Summed>>

/** One value per parameter under its name and a suffix; 0 where there is none. */
export const named = (
  { g, dtype, parameters, names }: Model,
  suffix: string,
  nodes: ReadonlyArray<Node | undefined>
): Readonly<Record<string, Node>> =>
  Object.fromEntries(
    parameters.map((parameter, i) => [`${names[i]}.${suffix}`, nodes[i] ?? g.constant(0, parameter.shape, dtype)])
  )

/** Inputs v, one direction per parameter. */
export const directionsOf = ({ g, dtype, parameters, names }: Model): ReadonlyArray<Node> =>
  parameters.map(({ shape }, i) => g.input(`${names[i]}.direction`, shape, dtype))

/** η */
export const learningRateOf = ({ g, dtype }: Model): Node => g.input("learningRate", [], dtype)

/**
 * −η ∇L. The cotangent of the loss is −η, so the backward pass yields the update itself: it scales the small residual, never
 * a weight.
 */
export const updatesOf = (model: Model, loss: Node): ReadonlyArray<Node | undefined> =>
  vjp(model.g, new Map([[loss, model.g.neg(learningRateOf(model))]]), model.parameters)

export const trainedWhole = (model: Model, samples: number): Trained => {
  const { g, parameters } = model
  const loss = model.minimised(samples, samples)
  const updates = updatesOf(model, loss)
  const next = parameters.map((parameter, i) => (updates[i] ? g.add(parameter, updates[i]) : parameter))
  const slopes = named(model, "gradient", gradients(g, loss, parameters))
  const directions = directionsOf(model)
  const { saved, slots, products } = linearize(g, loss, parameters, directions)
  const used = new Set(order(products.filter((product) => product !== undefined)))
  const savedByName = Object.fromEntries(saved.map((node, i) => [`saved.${i}`, node]))
  const needed = parameters.filter((parameter) => used.has(parameter))
  return {
    step: {
      graph: makeGraph("step", [...parameters, learningRateOf(model)], { ...named(model, "next", next), loss })
    },
    gradient: { graph: makeGraph("gradient", parameters, { ...slopes, loss }) },
    linearize: { graph: makeGraph("linearize", parameters, { loss, ...slopes, ...savedByName }) },
    multiply: {
      graph: makeGraph("multiply", [...needed, ...slots, ...directions], named(model, "product", products))
    },
    gaussNewton: {
      graph: makeGraph(
        "gaussNewton",
        [...parameters, ...directions],
        named(model, "product", model.bent(directions, samples, samples))
      )
    }
  }
}

export const evaluatedWhole = (model: Model, name: string, samples: number): Summed => ({
  graph: makeGraph(name, model.parameters, model.evaluated(samples, samples))
})
