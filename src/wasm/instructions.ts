/**
 * The instructions that are used: whole numbers, loops, and the arithmetic of an element type on one element or on as many as fit
 * into 128 bits. Both widths round alike. Knows nothing of graphs.
 *
 * Source  webassembly.github.io/spec/core/binary/instructions.html
 */
import { type Code, signed, types, unsigned, type ValueType } from "./encodeModule.ts"

export const integer = (value: number): Code => [0x41, ...signed(value)]
export const get = (local: number): Code => [0x20, ...unsigned(local)]
export const set = (local: number): Code => [0x21, ...unsigned(local)]
export const tee = (local: number): Code => [0x22, ...unsigned(local)]
export const call = (index: number): Code => [0x10, ...unsigned(index)]
export const plus: Code = [0x6a]
export const times: Code = [0x6c]

/** The body again and again, with a local that goes from 0 to `end`, exclusive, by `by`; at least once. */
export const loop = (local: number, end: Code, by: number, body: Code): Code => [
  ...[...integer(0), ...set(local), 0x03, 0x40],
  ...body,
  ...[...get(local), ...integer(by), ...plus, ...tee(local), ...end, 0x47, 0x0d, 0, 0x0b] // br_if ≠ end
]

/** What is calculated with elements; of two, `greater` and `equal` make 1 or 0. */
export type Operation = "add" | "sub" | "mul" | "div" | "max" | "neg" | "abs" | "sqrt" | "greater" | "equal"

export interface Arithmetic {
  readonly type: ValueType
  /** Elements at once. */
  readonly lanes: number
  /** Address → elements at it and a distance in bytes. */
  readonly load: (offset: number) => Code
  /** Address → the one element there, in every lane. */
  readonly repeat: (offset: number) => Code
  /** Address, elements → nothing. */
  readonly store: (offset: number) => Code
  readonly number: (value: number) => Code
  readonly operations: Readonly<Record<Operation, Code>>
  /** Elements → one of them. */
  readonly lane: (index: number) => Code
}

/** Of one element type: its width in bytes, and its arithmetic. */
export interface ElementType {
  readonly bytes: number
  readonly one: Arithmetic
  readonly many: Arithmetic
  /** From and to float64, in which imported functions calculate. */
  readonly widen: Code
  readonly narrow: Code
}

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)]

const bytesOf = (bytes: number, value: number): Code => {
  const array = bytes === 4 ? Float32Array.of(value) : Float64Array.of(value)
  return [...new Uint8Array(array.buffer)]
}

const names = ["abs", "neg", "sqrt", "add", "sub", "mul", "div", "max"] as const

/** Opcodes of `names` in their order, the first opcode given: they lie alike for all types, with gaps. */
const placed = (first: number, gaps: ReadonlyArray<number>, encoded: (opcode: number) => Code) =>
  Object.fromEntries(names.map((name, i) => [name, encoded(first + gaps[i]!)])) as Record<(typeof names)[number], Code>

interface Opcodes {
  readonly type: ValueType
  readonly bytes: number
  readonly load: number
  readonly store: number
  readonly constant: number
  readonly abs: number
  readonly greater: number
  readonly equal: number
  readonly fromInteger: number
  readonly repeat: number
  readonly lane: number
  readonly absMany: number
  readonly greaterMany: number
  readonly equalMany: number
}

const elementType = (opcodes: Opcodes, widen: Code, narrow: Code): ElementType => {
  const { type, bytes } = opcodes
  const align = Math.log2(bytes)
  const lanes = 16 / bytes
  const at = (offset: number): Code => [align, ...unsigned(offset)]
  const one = bytesOf(bytes, 1)
  const ones: Code = [...simd(0x0c), ...Array.from({ length: lanes }, () => one).flat()]
  return {
    bytes,
    widen,
    narrow,
    one: {
      type,
      lanes: 1,
      load: (offset) => [opcodes.load, ...at(offset)],
      repeat: (offset) => [opcodes.load, ...at(offset)],
      store: (offset) => [opcodes.store, ...at(offset)],
      number: (value) => [opcodes.constant, ...bytesOf(bytes, value)],
      operations: {
        ...placed(opcodes.abs, [0, 1, 6, 7, 8, 9, 10, 12], (opcode) => [opcode]),
        greater: [opcodes.greater, opcodes.fromInteger],
        equal: [opcodes.equal, opcodes.fromInteger]
      },
      lane: () => []
    },
    many: {
      type: types.v128,
      lanes,
      load: (offset) => [...simd(0x00), ...at(offset)],
      repeat: (offset) => [...simd(opcodes.repeat), ...at(offset)],
      store: (offset) => [...simd(0x0b), ...at(offset)],
      number: (value) => [...simd(0x0c), ...Array.from({ length: lanes }, () => bytesOf(bytes, value)).flat()],
      operations: {
        ...placed(opcodes.absMany, [0, 1, 3, 4, 5, 6, 7, 9], simd),
        greater: [...simd(opcodes.greaterMany), ...ones, ...simd(0x4e)], // the mask, and 1
        equal: [...simd(opcodes.equalMany), ...ones, ...simd(0x4e)]
      },
      lane: (index) => [...simd(opcodes.lane), index]
    }
  }
}

const float32: Opcodes = {
  ...{ type: types.f32, bytes: 4, load: 0x2a, store: 0x38, constant: 0x43, abs: 0x8b, greater: 0x5e, equal: 0x5b },
  ...{ fromInteger: 0xb2, repeat: 0x09, lane: 0x1f, absMany: 0xe0, greaterMany: 0x44, equalMany: 0x41 }
}

const float64: Opcodes = {
  ...{ type: types.f64, bytes: 8, load: 0x2b, store: 0x39, constant: 0x44, abs: 0x99, greater: 0x64, equal: 0x61 },
  ...{ fromInteger: 0xb7, repeat: 0x0a, lane: 0x21, absMany: 0xec, greaterMany: 0x4a, equalMany: 0x47 }
}

/** The arithmetic of an element type. */
export const elementTypes = (dtype: "float32" | "float64"): ElementType =>
  dtype === "float32" ? elementType(float32, [0xbb], [0xb6]) : elementType(float64, [], [])
