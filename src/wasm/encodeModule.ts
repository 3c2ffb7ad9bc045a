/**
 * A WebAssembly module as bytes: sections, and numbers in LEB128. Knows the format, and nothing of what a module is for.
 *
 * Source  webassembly.github.io/spec/core/binary
 */

/** Bytes: of instructions, or of any part of a module. */
export type Code = ReadonlyArray<number>

/** Types of values. */
export const types = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const
export type ValueType = (typeof types)[keyof typeof types]

/** Bytes of a page of memory. */
const pageSize = 65_536

/** A whole number from 0 on. */
export const unsigned = (value: number): Code =>
  value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))]

/** A whole number of 32 or 64 bits with a sign. */
export const signed = (value: number | bigint): Code => {
  const wide = BigInt(value)
  const low = Number(wide & 127n)
  return wide >= -64n && wide < 64n ? [low] : [low | 128, ...signed(wide >> 7n)]
}

const list = (items: ReadonlyArray<Code>): Code => [...unsigned(items.length), ...items.flat()]
const bytesOf = (text: string): Code => [...new TextEncoder().encode(text)]
const sized = (content: Code): Code => [...unsigned(content.length), ...content]
const name = (text: string): Code => sized(bytesOf(text))
const section = (id: number, content: Code): Code => [id, ...sized(content)]

interface ModuleParts {
  /** The one function, which is exported beside `memory`: it is given an i32, its local 0. */
  readonly run: { readonly name: string; readonly locals: ReadonlyArray<ValueType>; readonly body: Code }
  /** Bytes of memory. */
  readonly memory: number
  /** What lies in it from the beginning. */
  readonly constants: ReadonlyArray<{ readonly offset: number; readonly bytes: Code }>
  /** Text under a name, at the very end: a module that is cut off anywhere lacks it. */
  readonly custom: { readonly name: string; readonly text: string }
}

/** The module. It asks for nothing from outside. Equal parts give equal bytes. */
export const encodeModule = ({ run, memory, constants, custom }: ModuleParts): Uint8Array<ArrayBuffer> => {
  const pages = Math.max(1, Math.ceil(memory / pageSize))
  const locals = run.locals.map((type) => [1, type])
  const segments = constants.map(({ offset, bytes }) => [0x00, 0x41, ...signed(offset), 0x0b, ...sized(bytes)])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // \0asm, version 1
    ...section(1, list([[0x60, ...list([[types.i32]]), ...list([])]])), // i32 → nothing
    ...section(3, list([[0]])),
    ...section(5, list([[0x01, ...unsigned(pages), ...unsigned(pages)]])), // it never grows
    ...section(
      7,
      list([
        [...name(run.name), 0x00, 0],
        [...name("memory"), 0x02, 0]
      ])
    ),
    ...section(10, list([sized([...list(locals), ...run.body, 0x0b])])),
    ...section(11, list(segments)),
    ...section(0, [...name(custom.name), ...bytesOf(custom.text)])
  ])
}
