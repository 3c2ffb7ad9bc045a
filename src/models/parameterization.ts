/**
 * How weights start, and by which constant the network multiplies each of them. Both are written per role of a weight,
 * with fan-in n and fan-out m; "uniform b" is uniform on ±b, the others are normal with that deviation:
 *
 *     pytorch  uniform 1/√n                                      biases uniform 1/√n
 *     he       √(2/n)      xavier  √(2/(n+m))     lecun  √(1/n)  biases 0
 *     ntk      1, multiplied by 1/√n                             biases 0
 *     mup      input √(1/nm), multiplied by √m; hidden √(1/n); output √(1/n), multiplied by √(1/n)
 *              biases and gains are multiplied by √m like an input, so that one learning rate fits every width
 *
 * Sources  pytorch.org/docs nn.Linear, nn.Conv2d; He et al. 2015; Glorot and Bengio 2010; Jacot et al. 2018;
 *          Yang and Hu 2021, arXiv 2011.14522, table 1 (SGD)
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { Shape } from "../tensor/Shape.ts"
import type { Parameterization } from "./Architecture.ts"
import { InvalidArchitecture } from "./Errors.ts"
import { choose } from "./Network.ts"
import type { Initial, ParameterSpec } from "./ParameterSpec.ts"

/** Where a weight stands: it reads the data, or makes the outputs, or neither. */
export type Role = "input" | "hidden" | "output"

/** A parameter as the network uses it: multiplied by a constant. */
export interface Weight {
  readonly spec: ParameterSpec
  readonly multiplier: number
}

export interface Fan {
  readonly role: Role
  readonly fanIn: number
  readonly fanOut: number
  /** Bound of the start in `pytorch`, where it is not 1/√n. */
  readonly bound?: number
}

interface Rule {
  readonly initial: Initial
  readonly multiplier: number
}

const normal = (deviation: number, multiplier = 1): Rule => ({ initial: { kind: "normal", deviation }, multiplier })
const constant = (value: number, multiplier = 1): Rule => ({ initial: { kind: "constant", value }, multiplier })
const uniform = (bound: number): Rule => ({ initial: { kind: "uniform", bound }, multiplier: 1 })

const mup = ({ role, fanIn, fanOut }: Fan): Rule => {
  const deviation = 1 / Math.sqrt(fanIn)
  if (role === "input") return normal(deviation / Math.sqrt(fanOut), Math.sqrt(fanOut))
  return role === "hidden" ? normal(deviation) : normal(deviation, deviation)
}

const matrices: Readonly<Record<Parameterization, (fan: Fan) => Rule>> = {
  pytorch: ({ fanIn, bound }) => uniform(bound ?? 1 / Math.sqrt(fanIn)),
  he: ({ fanIn }) => normal(Math.sqrt(2 / fanIn)),
  xavier: ({ fanIn, fanOut }) => normal(Math.sqrt(2 / (fanIn + fanOut))),
  lecun: ({ fanIn }) => normal(1 / Math.sqrt(fanIn)),
  ntk: ({ fanIn }) => normal(1, 1 / Math.sqrt(fanIn)),
  mup
}

const scaled = (initial: Initial, factor: number): Initial => {
  switch (initial.kind) {
    case "uniform":
      return { ...initial, bound: factor * initial.bound }
    case "normal":
      return { ...initial, deviation: factor * initial.deviation }
    case "constant":
      return initial
  }
}

export interface Parameters {
  /** A matrix or the kernels of a convolution. */
  readonly matrix: (name: string, shape: Shape, fan: Fan) => Weight
  /** What is added after a matrix of this fan. [m] */
  readonly bias: (name: string, size: number, fan: Fan) => Weight
  /** A factor or summand per channel that starts at one number, whatever the scale. [m] */
  readonly vector: (name: string, size: number, value: number) => Weight
  /** Learned values that are added to the data's, drawn with a deviation. */
  readonly embedding: (name: string, shape: Shape, deviation: number) => Weight
  /** Logits of attention are multiplied by this, given the size of a head. */
  readonly attentionScale: (headSize: number) => number
}

/**
 * Makes the parameters of a network.
 *
 * Errors  UnknownChoice for a parameterization that does not exist, InvalidArchitecture for a scale that is 0 or not finite
 */
export const parametersOf = (
  architecture: string,
  { parameterization = "pytorch", scale = 1 }: { readonly parameterization?: Parameterization; readonly scale?: number }
): Parameters => {
  const rule = choose("parameterization", matrices, parameterization)
  if (scale === 0 || !Number.isFinite(scale)) {
    const expected = "a finite number other than 0"
    throw new InvalidArchitecture({ architecture, field: "scale", expected, actual: scale })
  }
  const weight = (name: string, shape: Shape, { initial, multiplier }: Rule): Weight => ({
    spec: { name, shape: [...shape], initial: scaled(initial, scale) },
    multiplier
  })
  /** Per channel, so an input's weight of fan-in 1. */
  const perChannel = (size: number): number => (parameterization === "mup" ? Math.sqrt(size) : 1)
  return {
    matrix: (name, shape, fan) => weight(name, shape, rule(fan)),
    bias: (name, size, fan) => {
      if (parameterization === "pytorch") return weight(name, [size], rule(fan))
      return weight(name, [size], constant(0, fan.role === "output" ? 1 : perChannel(size)))
    },
    vector: (name, size, value) => weight(name, [size], constant(value / perChannel(size), perChannel(size))),
    embedding: (name, shape, deviation) => {
      const factor = perChannel(shape.at(-1)!)
      return weight(name, shape, normal(deviation / factor, factor))
    },
    attentionScale: (headSize) => (parameterization === "mup" ? 1 / headSize : 1 / Math.sqrt(headSize))
  }
}

/** The values of parameters by name, as the network uses them. */
export const readerOf = (
  g: Builder,
  weights: ReadonlyArray<Weight>,
  values: ReadonlyArray<Node>
): ((name: string) => Node) => {
  const used = new Map(
    weights.map(({ spec, multiplier }, i) => {
      const value = values[i]!
      return [spec.name, g.mul(g.constant(multiplier, value.shape, value.dtype), value)]
    })
  )
  return (name) => used.get(name)!
}
