/**
 * The graphs of a model that work on a part of the samples at a time and sum what each part gives: the same results to
 * rounding, with the activations of a few samples in memory instead of all. Nothing can be saved for Hessian-vector products
 * then, so each calculates anew what it needs of the point.
 */
import { factored } from "../autodiff/factored.ts"
import { hvp } from "../autodiff/hvp.ts"
import { gradients } from "../autodiff/vjp.ts"
import { makeGraph, nameOf } from "../graph/Graph.ts"
import type { Node } from "../graph/Node.ts"
import { directionsOf, learningRateOf, type Model, named, type Summed, type Trained, updatesOf } from "./wholeGraphs.ts"

type Outputs = Readonly<Record<string, Node>>

const sumName = (name: string): string => `${name}.sum`

interface Part {
  readonly samples: number
  /** How many there are in all parts. */
  readonly all: number
  readonly outputs: Outputs
}

/** A graph of sums over parts: `of` makes its outputs from the sums, which are inputs. */
const summed = (
  { g, counting }: Model,
  name: string,
  inputs: ReadonlyArray<Node>,
  { samples, all, outputs }: Part,
  of: (sums: Outputs) => Outputs
): Summed => {
  const sums = Object.entries(outputs).map(
    ([key, { shape, dtype }]) => [key, g.input(sumName(key), shape, dtype)] as const
  )
  const renamed = Object.fromEntries(Object.entries(outputs).map(([key, node]) => [sumName(key), node]))
  const counted = counting(samples, all)
  const given = counted === undefined ? inputs : [...inputs, counted]
  return {
    graph: makeGraph(name, [...inputs, ...sums.map(([, sum]) => sum)], of(Object.fromEntries(sums))),
    parts: { graph: makeGraph(`${name}.part`, given, renamed), rows: all, counted }
  }
}

const asTheyAre = (sums: Outputs): Outputs => sums

export const trainedInParts = (model: Model, samples: number, all: number): Trained => {
  const { g, parameters } = model
  const part = (outputs: Outputs): Part => ({ samples, all, outputs })
  const loss = model.minimised(samples, all)
  const slopes = { ...named(model, "gradient", gradients(g, loss, parameters)), loss }
  const directions = directionsOf(model)
  const { products } = hvp(g, loss, parameters, directions)
  const present = products.filter((product) => product !== undefined)
  const flat = factored(g, present, directions)
  const made = products.map((product) => product && flat[present.indexOf(product)])
  const next = (sums: Outputs): Outputs => {
    const moved = parameters.map((parameter) => g.add(parameter, sums[`${nameOf(parameter)}.update`]!))
    return { ...named(model, "next", moved), loss: sums["loss"]! }
  }
  return {
    step: summed(
      model,
      "step",
      [...parameters, learningRateOf(model)],
      part({ ...named(model, "update", updatesOf(model, loss)), loss }),
      next
    ),
    gradient: summed(model, "gradient", parameters, part(slopes), asTheyAre),
    linearize: summed(model, "linearize", parameters, part(slopes), asTheyAre),
    multiply: summed(model, "multiply", [...parameters, ...directions], part(named(model, "product", made)), asTheyAre),
    gaussNewton: summed(
      model,
      "gaussNewton",
      [...parameters, ...directions],
      part(named(model, "product", model.bent(directions, samples, all))),
      asTheyAre
    )
  }
}

export const evaluatedInParts = (model: Model, name: string, samples: number, all: number): Summed =>
  summed(model, name, model.parameters, { samples, all, outputs: model.evaluated(samples, all) }, asTheyAre)
