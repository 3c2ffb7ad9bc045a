/**
 * What the loops of a module share while they are written: locals, which one value's loops leave to the next one's, and numbers that
 * lie in memory.
 */
import type { ElementType } from "../wasm/Arithmetic.ts"
import { type Code, types, type ValueType } from "../wasm/encodeModule.ts"
import type { Memory } from "./memory.ts"

export interface Tools {
  readonly element: ElementType
  /** A local of a type that nothing else of this value uses. */
  readonly local: (type: ValueType) => number
  /** Where a number lies in memory: to read it is faster than to make it, in as many lanes as there are. */
  readonly numberAt: (value: number) => number
}

/** The locals that are there from the beginning: how many steps there are to make, and how many are made. */
export const stepsLocal = 0
export const stepLocal = 1

export const makeTools = (element: ElementType, memory: Memory) => {
  const locals: Array<ValueType> = [types.i32, types.i32]
  const numbers = new Map<number, number>()
  const numberAt = (value: number): number => {
    const offset = numbers.get(value) ?? memory.take(1)
    numbers.set(value, offset)
    return offset
  }
  return {
    /** The code of one value. */
    write: (body: (tools: Tools) => Code): Code => {
      const used = new Set<number>([stepsLocal, stepLocal])
      const local = (type: ValueType): number => {
        const free = locals.findIndex((known, i) => known === type && !used.has(i))
        const own = free < 0 ? locals.push(type) - 1 : free
        used.add(own)
        return own
      }
      return body({ element, local, numberAt })
    },
    /** The types of all locals but the first, which the function is given. */
    locals: (): ReadonlyArray<ValueType> => locals.slice(1),
    /** The numbers that must lie in memory, with their offsets. */
    numbers: (): ReadonlyArray<readonly [value: number, offset: number]> => [...numbers]
  }
}
