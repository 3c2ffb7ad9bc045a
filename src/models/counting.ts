/**
 * Which samples of a part count, where parts are no divisor of all samples: the last one then has some that the part before had.
 * Knows no model.
 */
import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import type { FloatDType } from "../tensor/DType.ts"
import type { Counted } from "./loss.ts"

export interface Counting {
  /** 1 for each of `samples` samples that counts, 0 for the others; undefined where all do. [samples] */
  readonly counting: (samples: number, all: number) => Node | undefined
  /** Sets what belongs to the others to 0. */
  readonly countedOf: (samples: number, all: number) => Counted | undefined
}

export const makeCounting = (g: Builder, dtype: FloatDType): Counting => {
  const inputs = new Map<number, Node>()
  const counting: Counting["counting"] = (samples, all) => {
    if (all % samples === 0) return undefined
    const input = inputs.get(samples) ?? g.input("counted", [samples], dtype)
    inputs.set(samples, input)
    return input
  }
  const countedOf: Counting["countedOf"] = (samples, all) => {
    const input = counting(samples, all)
    if (input === undefined) return undefined
    return (x, axis) => {
      const along = g.reshape(input, { shape: x.shape.map((size, i) => (i === axis ? size : 1)) })
      return g.mul(x, g.expand(along, { shape: x.shape }))
    }
  }
  return { counting, countedOf }
}
