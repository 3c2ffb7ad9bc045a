/**
 * The arithmetic of an element type: on one element, and on as many as fit into 128 bits. Both round alike, so the bits of a result do
 * not depend on which of them made it.
 *
 * Source  webassembly.github.io/spec/core/binary/instructions.html
 */
import type { FloatDType } from "../tensor/DType.ts"
import { type Code, signed, types, unsigned, type ValueType } from "./encodeModule.ts"
import { integer } from "./instructions.ts"

type Columns = readonly [float32: number, float64: number, float32Many: number, float64Many: number]

/** Opcodes of what is one instruction. */
const opcodes = {
  add: [0x92, 0xa0, 0xe4, 0xf0],
  sub: [0x93, 0xa1, 0xe5, 0xf1],
  mul: [0x94, 0xa2, 0xe6, 0xf2],
  div: [0x95, 0xa3, 0xe7, 0xf3],
  min: [0x96, 0xa4, 0xe8, 0xf4],
  max: [0x97, 0xa5, 0xe9, 0xf5],
  neg: [0x8c, 0x9a, 0xe1, 0xed],
  abs: [0x8b, 0x99, 0xe0, 0xec],
  sqrt: [0x91, 0x9f, 0xe3, 0xef],
  nearest: [0x90, 0x9e, 0x6a, 0x94]
} as const satisfies Readonly<Record<string, Columns>>

/** Opcodes of comparisons, of which the result is no number yet. */
const comparisons = {
  greater: [0x5e, 0x64, 0x44, 0x4a],
  equal: [0x5b, 0x61, 0x41, 0x47]
} as const satisfies Readonly<Record<string, Columns>>

/**
 * What is calculated with elements. Of two, `equal` makes 1 or 0, and `choose` takes x, y, a, b to a > b ? x : y. `power` makes the
 * last digits of a number the exponent of a power of two; `exponent` and `mantissa` take a = m 2ᵏ > 0 to k and to m, from 1 to
 * below 2.
 */
export type Operation = keyof typeof opcodes | "equal" | "choose" | "power" | "exponent" | "mantissa"

export interface Arithmetic {
  readonly type: ValueType
  /** Elements at once. */
  readonly lanes: number
  /** Address → the elements at it and a distance in bytes. */
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

export interface ElementType {
  /** Of an element. */
  readonly bytes: number
  readonly one: Arithmetic
  readonly many: Arithmetic
}

/** On so many at once. */
export const arithmeticOf = ({ one, many }: ElementType, lanes: number): Arithmetic => (lanes === 1 ? one : many)

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)]

const bytesOf = (bytes: number, value: number): Code => [
  ...new Uint8Array((bytes === 4 ? Float32Array.of(value) : Float64Array.of(value)).buffer)
]

/** Instructions on the bits of numbers. */
interface Bits {
  readonly from: Code
  readonly to: Code
  readonly constant: (bits: bigint) => Code
  /** By how many places. */
  readonly left: (places: number) => Code
  readonly right: (places: number) => Code
  readonly and: Code
  readonly or: Code
}

/** How many digits behind the point a number has, and what is added to its exponent. */
interface Format {
  readonly digits: number
  readonly bias: number
}

/** All operations of one column of opcodes; comparisons become numbers by `toNumber`, and choices by `pick`. */
const operationsOf = (
  column: 0 | 1 | 2 | 3,
  encoded: (opcode: number) => Code,
  number: Arithmetic["number"],
  bits: Bits,
  { digits, bias }: Format,
  { toNumber, pick }: { readonly toNumber: Code; readonly pick: Code }
): Arithmetic["operations"] => {
  const plain = Object.fromEntries(
    Object.entries(opcodes).map(([name, columns]) => [name, encoded(columns[column])])
  ) as Record<keyof typeof opcodes, Code>
  const place = BigInt(digits)
  return {
    ...plain,
    equal: [...encoded(comparisons.equal[column]), ...toNumber],
    choose: [...encoded(comparisons.greater[column]), ...pick],
    power: [...bits.from, ...bits.left(digits), ...bits.to],
    exponent: [
      [bits.from, bits.right(digits), bits.constant(BigInt(digits + bias) << place), bits.or, bits.to],
      [number(2 ** digits + bias), plain.sub]
    ].flat(2),
    mantissa: [
      [bits.from, bits.constant((1n << place) - 1n), bits.and],
      [bits.constant(BigInt(bias) << place), bits.or, bits.to]
    ].flat(2)
  }
}

interface Codes extends Format {
  readonly bytes: number
  readonly column: 0 | 1
  readonly type: ValueType
  readonly load: number
  readonly store: number
  readonly constant: number
  readonly fromInteger: number
  /** Of the bits of one: read, write, constant, left, right, and, or. */
  readonly bits: readonly [number, number, number, number, number, number, number]
  readonly repeat: number
  readonly lane: number
  /** Of the bits of many: left, right. */
  readonly shifts: readonly [number, number]
}

const elementType = (codes: Codes): ElementType => {
  const { bytes, column } = codes
  const lanes = 16 / bytes
  const at = (offset: number): Code => [Math.log2(bytes), ...unsigned(offset)]
  const inEach = (lane: Code): Code => [...simd(0x0c), ...Array.from({ length: lanes }, () => lane).flat()]
  const one = (value: number): Code => [codes.constant, ...bytesOf(bytes, value)]
  const many = (value: number): Code => inEach(bytesOf(bytes, value))
  const [from, to, constant, left, right, and, or] = codes.bits
  const ofOne: Bits = {
    from: [from],
    to: [to],
    constant: (bits) => [constant, ...signed(bits)],
    left: (places) => [constant, ...signed(places), left],
    right: (places) => [constant, ...signed(places), right],
    and: [and],
    or: [or]
  }
  const ofMany: Bits = {
    from: [],
    to: [],
    constant: (bits) => inEach(Array.from({ length: bytes }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n))),
    left: (places) => [...integer(places), ...simd(codes.shifts[0])],
    right: (places) => [...integer(places), ...simd(codes.shifts[1])],
    and: simd(0x4e),
    or: simd(0x50)
  }
  return {
    bytes,
    one: {
      type: codes.type,
      lanes: 1,
      load: (offset) => [codes.load, ...at(offset)],
      repeat: (offset) => [codes.load, ...at(offset)],
      store: (offset) => [codes.store, ...at(offset)],
      number: one,
      operations: operationsOf(column, (opcode) => [opcode], one, ofOne, codes, {
        toNumber: [codes.fromInteger],
        pick: [0x1b]
      }),
      lane: () => []
    },
    many: {
      type: types.v128,
      lanes,
      load: (offset) => [...simd(0x00), ...at(offset)],
      repeat: (offset) => [...simd(codes.repeat), ...at(offset)],
      store: (offset) => [...simd(0x0b), ...at(offset)],
      number: many,
      operations: operationsOf(column === 0 ? 2 : 3, simd, many, ofMany, codes, {
        toNumber: [...many(1), ...simd(0x4e)], // the mask, and 1
        pick: simd(0x52)
      }),
      lane: (index) => [...simd(codes.lane), index]
    }
  }
}

/** The arithmetic of an element type. */
export const elementTypeOf = (dtype: FloatDType): ElementType =>
  dtype === "float32"
    ? elementType({
        ...{ bytes: 4, column: 0, type: types.f32, digits: 23, bias: 127, fromInteger: 0xb2 },
        ...{ load: 0x2a, store: 0x38, constant: 0x43, repeat: 0x09, lane: 0x1f, shifts: [0xab, 0xad] },
        bits: [0xbc, 0xbe, 0x41, 0x74, 0x76, 0x71, 0x72]
      })
    : elementType({
        ...{ bytes: 8, column: 1, type: types.f64, digits: 52, bias: 1023, fromInteger: 0xb7 },
        ...{ load: 0x2b, store: 0x39, constant: 0x44, repeat: 0x0a, lane: 0x21, shifts: [0xcb, 0xcd] },
        bits: [0xbd, 0xbf, 0x42, 0x86, 0x88, 0x83, 0x84]
      })
