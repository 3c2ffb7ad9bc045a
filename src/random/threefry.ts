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
const first = [10, 11, 13, 23, 6, 17, 25, 18]
const second = [26, 21, 27, 5, 20, 11, 10, 20]

const rotate = (word: number, distance: number): number => (word << distance) | (word >>> (32 - distance))

/** The stream of a key: writes the 128 bits at a counter into four words. */
export const streamOf = (key: Words): ((counter: Words, into: Uint32Array) => void) => {
  const schedule = [key[0], key[1], key[2], key[3], parity ^ key[0] ^ key[1] ^ key[2] ^ key[3]]
  return (counter, into) => {
    let a = (counter[0] + key[0]) | 0
    let b = (counter[1] + key[1]) | 0
    let c = (counter[2] + key[2]) | 0
    let d = (counter[3] + key[3]) | 0
    for (let round = 0; round < rounds; round += 2) {
      a = (a + b) | 0
      b = rotate(b, first[round % 8]!) ^ a
      c = (c + d) | 0
      d = rotate(d, second[round % 8]!) ^ c
      a = (a + d) | 0
      d = rotate(d, first[(round + 1) % 8]!) ^ a
      c = (c + b) | 0
      b = rotate(b, second[(round + 1) % 8]!) ^ c
      if ((round + 2) % roundsPerInjection !== 0) continue
      const injection = (round + 2) / roundsPerInjection
      a = (a + schedule[injection % 5]!) | 0
      b = (b + schedule[(injection + 1) % 5]!) | 0
      c = (c + schedule[(injection + 2) % 5]!) | 0
      d = (d + schedule[(injection + 3) % 5]! + injection) | 0
    }
    into[0] = a
    into[1] = b
    into[2] = c
    into[3] = d
  }
}

/** The 128 bits at `counter` in the stream of `key`. */
export const threefry = (key: Words, counter: Words): Words => {
  const words = new Uint32Array(4)
  streamOf(key)(counter, words)
  return [words[0]!, words[1]!, words[2]!, words[3]!]
}
