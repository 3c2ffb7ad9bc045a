/**
 * Small models with drawn weights and data, calculated by the reference evaluation: each graph as a plain function.
 */
import type { Graph } from "../../src/graph/Graph.ts"
import type { Architecture, Loss } from "../../src/models/Architecture.ts"
import { type ModelGraphs, trainingGraphs } from "../../src/models/trainingGraphs.ts"
import { type Elements, evaluateGraph } from "../../src/ops/evaluate.ts"
import { sizeOf } from "../../src/tensor/Shape.ts"
import { drawer } from "./draw.ts"

export type Values = Readonly<Record<string, Elements>>

export interface Sizes {
  readonly train: number
  readonly test: number
  readonly features: number
  readonly outputs: number
}

export const smallSizes: Sizes = { train: 6, test: 4, features: 3, outputs: 2 }

/** A model with weights, directions, and data drawn from a seed. */
export const smallModel = (architecture: Architecture, seed: number, sizes: Sizes = smallSizes, loss: Loss = "mse") => {
  const { parameters, graphs, lossScale } = trainingGraphs({ architecture, loss, dtype: "float64", ...sizes })
  const draw = drawer(seed)
  const drawn = (): Values =>
    Object.fromEntries(parameters.map(({ name, shape }) => [name, draw.numbers(sizeOf(shape))]))
  const samples = (count: number): Values => ({
    inputs: draw.numbers(count * sizes.features),
    targets: draw.numbers(count * sizes.outputs)
  })
  const [weights, direction, train, test] = [drawn(), drawn(), samples(sizes.train), samples(sizes.test)]
  const run = (graph: keyof ModelGraphs, given: Values): Values =>
    evaluateGraph<string>(graphs[graph] as Graph, { ...(graph === "evaluateTest" ? test : train), ...given })
  /** One flat vector, parameters in their order, from outputs `<name>.<suffix>`. */
  const flat = (values: Values, suffix = ""): Elements =>
    Float64Array.from(parameters.flatMap(({ name }) => [...values[name + suffix]!]))
  const named = (vector: Elements, suffix = ""): Values => {
    let end = 0
    const entries = parameters.map(({ name, shape }) => {
      const start = end
      end += sizeOf(shape)
      return [name + suffix, vector.slice(start, end)]
    })
    return Object.fromEntries(entries)
  }
  const gradient = (at: Elements): Elements => flat(run("gradient", named(at)), ".gradient")
  const product = (at: Elements, v: Elements): Elements => {
    const { loss: _, ...point } = run("linearize", named(at))
    return flat(run("multiply", { ...named(at), ...point, ...named(v, ".direction") }), ".product")
  }
  return {
    parameters,
    graphs,
    lossScale,
    weights: flat(weights),
    direction: flat(direction),
    train,
    test,
    run,
    flat,
    named,
    gradient,
    product
  }
}
