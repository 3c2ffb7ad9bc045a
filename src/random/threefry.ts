/**
 * Threefry-4x32 with 20 rounds: a bijection of 128-bit counters chosen by a 128-bit key, in 32-bit additions, rotations
 * and exclusive ors only, so that every machine gives the same bits. Knows nothing of distributions.
 *
 * Source  Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"; constants of Random123
 */

/** 128 bits as four unsigned 32-bit words. */
export type Words = readonly [number, number, number, number]

const rounds = 20
const roundsPerInjection = 4
const parity = 0x1bd11bda

/** Rotation distances of the two lanes, by round modulo 8. */
const rotations: ReadonlyArray<readonly [number, number]> = [
  [10, 26],
  [11, 21],
  [13, 27],
  [23, 5],
  [6, 20],
  [17, 11],
  [25, 10],
  [18, 20]
]

const rotate = (word: number, distance: number): number => (word << distance) | (word >>> (32 - distance))

/** The 128 bits at `counter` in the stream of `key`. */
export const threefry = (key: Words, counter: Words): Words => {
  const schedule = [key[0], key[1], key[2], key[3], parity ^ key[0] ^ key[1] ^ key[2] ^ key[3]]
  let a = (counter[0] + key[0]) | 0
  let b = (counter[1] + key[1]) | 0
  let c = (counter[2] + key[2]) | 0
  let d = (counter[3] + key[3]) | 0
  for (let round = 0; round < rounds; round++) {
    const [first, second] = rotations[round % 8]!
    if (round % 2 === 0) {
      a = (a + b) | 0
      b = rotate(b, first) ^ a
      c = (c + d) | 0
      d = rotate(d, second) ^ c
    } else {
      a = (a + d) | 0
      d = rotate(d, first) ^ a
      c = (c + b) | 0
      b = rotate(b, second) ^ c
    }
    if ((round + 1) % roundsPerInjection === 0) {
      const injection = (round + 1) / roundsPerInjection
      a = (a + schedule[injection % 5]!) | 0
      b = (b + schedule[(injection + 1) % 5]!) | 0
      c = (c + schedule[(injection + 2) % 5]!) | 0
      d = (d + schedule[(injection + 3) % 5]! + injection) | 0
    }
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0]
}
