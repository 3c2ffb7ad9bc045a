/**
 * Instructions on whole numbers, locals and loops: what surrounds the arithmetic.
 *
 * Source  webassembly.github.io/spec/core/binary/instructions.html
 */
import { type Code, signed, unsigned } from "./encodeModule.ts"

export const integer = (value: number): Code => [0x41, ...signed(value)]
export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]
export const plus: Code = [0x6a]
export const times: Code = [0x6c]
/** To an address, from another, so many bytes. */
export const moveBytes: Code = [0xfc, 0x0a, 0, 0]

/** The body again and again, while a local goes on by `by` until it is `end`; at least once. It starts where the local is. */
export const repeat = (local: number, end: Code, by: number, body: Code): Code => [
  ...[0x03, 0x40], // loop
  ...body,
  ...[...get(local), ...integer(by), ...plus, ...tee(local), ...end, 0x47, 0x0d, 0, 0x0b] // br_if ≠ end
]

/** The same, from 0 on. */
export const loop = (local: number, end: number, by: number, body: Code): Code => [
  ...[...integer(0), ...set(local)],
  ...repeat(local, integer(end), by, body)
]
