/**
 * Products of small matrices, cut into blocks. Knows no graph, nor how a block is calculated.
 */
import { type Code, types } from "../wasm/encodeModule.ts"
import { loop } from "../wasm/instructions.ts"
import { around } from "./loops.ts"
import { emitBlock, type Product, type Span, vectorsOf } from "./productBlock.ts"
import type { Tools } from "./tools.ts"

/** The size of a block: sums, vectors or numbers, in so many rows at most. */
const sumsAtOnce = 8
const rowsAtOnce = 2

/** Spans of `size` in a loop, and one of what is left. */
const spans = (all: number, size: number, tools: Tools, body: (span: Span) => Code): Code => {
  const whole = all - (all % size)
  const left = whole < all ? body({ local: undefined, plus: whole, size: all - whole }) : []
  if (whole <= size) return [...body({ local: undefined, plus: 0, size: whole }), ...left]
  const local = tools.local(types.i32)
  return [...loop(local, whole, size, body({ local, plus: 0, size })), ...left]
}

/** A product, over all its leading axes. */
export const emitProduct = (product: Product, tools: Tools): Code => {
  const { leading, rows, columns } = product
  const vectors = vectorsOf(product, tools.element)
  const high = Math.min(rows, rowsAtOnce)
  const broad = Math.min(columns, (sumsAtOnce / high) * vectors.across)
  return around(leading, tools, (at) =>
    spans(rows, high, tools, (down) =>
      spans(columns, broad, tools, (right) => emitBlock(product, vectors, { at, down, right }, tools))
    )
  )
}
