/**
 * All norms of a network's parameters as one record, and as shares of what they were at the start. Knows parameters by name
 * and shape alone.
 */
import type { Tensors } from "../tensor/Tensor.ts"
import { frobenius, spectralNorms } from "./matrixNorms.ts"
import { l1, squaredL2 } from "./norms.ts"
import { pathNorm } from "./pathNorm.ts"

export interface Norms {
  /** ‖w‖₁ of all parameters. */
  readonly l1: number
  /** ‖w‖₂ of all parameters. */
  readonly l2: number
  /** ‖W‖_F of every parameter, by name. */
  readonly frobenius: Readonly<Record<string, number>>
  /** Σ σᵢ and max σᵢ of every weight (a parameter of two or more axes), by name. */
  readonly nuclear: Readonly<Record<string, number>>
  readonly spectral: Readonly<Record<string, number>>
  /** Π max σᵢ over the weights: bounds the Lipschitz constant of a fully connected network of 1-Lipschitz activations. */
  readonly spectralProduct: number
  /** Path norms of power 1 and 2, where the layers are given. */
  readonly path1: number | undefined
  readonly path2: number | undefined
}

/** A fully connected layer, by the names of its parameters. */
export interface LayerNames {
  readonly weight: string
  readonly bias?: string
}

/** The norms of these parameters; path norms only with `layers`, the fully connected ones from the input to the output. */
export const measureNorms = (parameters: Tensors, layers?: ReadonlyArray<LayerNames>): Norms => {
  const weights = Object.entries(parameters).filter(([, { shape }]) => shape.length >= 2)
  const spectra = weights.map(([name, weight]) => [name, spectralNorms(weight)] as const)
  const named = (name: string) => {
    const found = parameters[name]
    if (found === undefined) throw new TypeError(`no parameter ${name} among ${Object.keys(parameters).join(", ")}`)
    return found
  }
  const chain = layers?.map(({ weight, bias }) => ({
    weight: named(weight),
    ...(bias === undefined ? {} : { bias: named(bias) })
  }))
  return {
    l1: l1(parameters),
    l2: Math.sqrt(squaredL2(parameters)),
    frobenius: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, frobenius(value)])),
    nuclear: Object.fromEntries(spectra.map(([name, { nuclear }]) => [name, nuclear])),
    spectral: Object.fromEntries(spectra.map(([name, { spectral }]) => [name, spectral])),
    spectralProduct: spectra.reduce((product, [, { spectral }]) => product * spectral, 1),
    path1: chain && pathNorm(chain, 1),
    path2: chain && pathNorm(chain, 2)
  }
}

/** The part of a record whose entries are numbers. */
type Shares<A> = {
  readonly [K in keyof A]: A[K] extends number | undefined
    ? number | undefined
    : Readonly<Record<string, number | undefined>>
}

/** Every norm divided by what it was at the start; undefined where it was 0 (a bias that starts at zero) or not measured. */
export const relativeTo = (start: Norms, now: Norms): Shares<Norms> => {
  const share = (before: number | undefined, after: number | undefined): number | undefined =>
    before === undefined || after === undefined || before === 0 ? undefined : after / before
  const shares = (before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(after).map(([name, value]) => [name, share(before[name], value)]))
  return {
    l1: share(start.l1, now.l1),
    l2: share(start.l2, now.l2),
    frobenius: shares(start.frobenius, now.frobenius),
    nuclear: shares(start.nuclear, now.nuclear),
    spectral: shares(start.spectral, now.spectral),
    spectralProduct: share(start.spectralProduct, now.spectralProduct),
    path1: share(start.path1, now.path1),
    path2: share(start.path2, now.path2)
  }
}
