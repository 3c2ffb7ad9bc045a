/**
 * Seeded numbers for tests: the same seed gives the same numbers on every machine. Not for results: those use `src/random`.
 */
import type { Node } from "../../src/graph/Node.ts"
import type { Elements } from "../../src/ops/evaluate.ts"
import { sizeOf } from "../../src/tensor/Shape.ts"

export interface Draw {
  /** Uniform on [low, high). */
  readonly number: (low?: number, high?: number) => number
  /** A whole number from 0 to count − 1. */
  readonly index: (count: number) => number
  readonly numbers: (count: number, low?: number, high?: number) => Elements
  /** Elements for a node's shape. */
  readonly like: (node: Node, low?: number, high?: number) => Elements
}

/** Source: mulberry32, github.com/bryc/code, public domain */
export const drawer = (seed: number): Draw => {
  let state = seed
  const unit = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const number = (low = -1, high = 1): number => low + (high - low) * unit()
  const numbers = (count: number, low?: number, high?: number): Elements =>
    Float64Array.from({ length: count }, () => number(low, high))
  return {
    number,
    index: (count) => Math.floor(unit() * count),
    numbers,
    like: (node, low, high) => numbers(sizeOf(node.shape), low, high)
  }
}

export const dot = (a: Elements, b: Elements): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

/** max |a − b| / max(1, max |b|) */
export const distance = (a: Elements, b: Elements): number => {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!) / scale), 0)
}

/** (f(x + h d) − f(x − h d)) / 2h, with an error of order h². */
export const difference = (f: (x: Elements) => Elements, x: Elements, d: Elements, h = 1e-5): Elements => {
  const at = (step: number): Elements => f(x.map((value, i) => value + step * d[i]!))
  const [above, below] = [at(h), at(-h)]
  return above.map((value, i) => (value - below[i]!) / (2 * h))
}
