/**
 * Seeded random numbers without state: a generator is a key, its i-th draw depends on the key and on i alone, and
 * `split` makes an independent generator for a label. So what is drawn for one purpose does not depend on the order of
 * the code or on what else is drawn. Counter-based (Threefry) rather than xoshiro, because a sequential state cannot be
 * split by name. Not for secrets. Knows nothing of shapes.
 */
import { streamOf, threefry, type Words } from "./threefry.ts"

export interface Prng {
  readonly key: Words
}

const origin: Prng = { key: [0, 0, 0, 0] }

/**
 * The counter's last word tells the uses of a key apart: 0 for draws, 1, 2, … for the blocks of a label, and this for
 * the block that closes a label with its length.
 */
const closing = 0xffffffff
const bytesPerBlock = 12

const absorb = (prng: Prng, text: string): Prng => {
  const bytes = new TextEncoder().encode(text)
  const blocks = Math.ceil(bytes.length / bytesPerBlock)
  const padded = new DataView(new ArrayBuffer(blocks * bytesPerBlock))
  bytes.forEach((byte, i) => {
    padded.setUint8(i, byte)
  })
  let key = prng.key
  for (let block = 0; block < blocks; block++) {
    const at = block * bytesPerBlock
    const word = (i: number): number => padded.getUint32(at + 4 * i, true)
    key = threefry(key, [word(0), word(1), word(2), block + 1])
  }
  return { key: threefry(key, [bytes.length, 0, 0, closing]) }
}

/** The generator of a seed. A number and its decimal text are the same seed. */
export const fromSeed = (seed: number | string): Prng => {
  if (typeof seed === "number" && !Number.isFinite(seed)) throw new TypeError(`a seed must be finite, got ${seed}`)
  return absorb(origin, String(seed))
}

/** The generator for `label` below this one: independent of it and of those for other labels. */
export const split = (prng: Prng, label: string): Prng => absorb(prng, label)

/** Calls `use` with two uniform numbers in [0, 1), of 53 bits each, for every pair of draws. */
const drawPairs = (prng: Prng, count: number, use: (at: number, first: number, second: number) => void): void => {
  const stream = streamOf(prng.key)
  const words = new Uint32Array(4)
  for (let at = 0; at < count; at += 2) {
    const pair = at / 2
    stream([pair >>> 0, Math.floor(pair / 2 ** 32), 0, 0], words)
    use(at, unit(words[0]!, words[1]!), unit(words[2]!, words[3]!))
  }
}

const unit = (high: number, low: number): number => ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53

/**
 * `count` draws, uniform in [minimum, maximum); rounding can give `maximum` itself where it is not 1 or −minimum.
 * A shorter draw is the beginning of a longer one.
 *
 * Shape  [count]
 */
export const uniform = (prng: Prng, count: number, minimum = 0, maximum = 1): Float64Array => {
  const out = new Float64Array(count)
  drawPairs(prng, count, (at, first, second) => {
    out[at] = minimum + (maximum - minimum) * first
    if (at + 1 < count) out[at + 1] = minimum + (maximum - minimum) * second
  })
  return out
}

/**
 * `count` draws of the standard normal distribution (Box–Muller). A shorter draw is the beginning of a longer one.
 * Exact up to the last bit of the engine's `Math.log`, `Math.cos` and `Math.sin`; `uniform` is exact.
 *
 * Shape  [count]
 */
export const normal = (prng: Prng, count: number): Float64Array => {
  const out = new Float64Array(count)
  drawPairs(prng, count, (at, first, second) => {
    const radius = Math.sqrt(-2 * Math.log(1 - first)) // 1 − u lies in (0, 1], so the logarithm is finite
    out[at] = radius * Math.cos(2 * Math.PI * second)
    if (at + 1 < count) out[at + 1] = radius * Math.sin(2 * Math.PI * second)
  })
  return out
}
