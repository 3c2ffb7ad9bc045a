/**
 * Every op of the table, by its own examples: the rules agree with each other, with differences of values, and stay inside
 * the table. A new op is covered the moment it has examples.
 */
import { describe, expect, it } from "vitest"
import { jvp } from "../../src/autodiff/jvp.ts"
import { vjp } from "../../src/autodiff/vjp.ts"
import { NotDifferentiable } from "../../src/graph/Errors.ts"
import { order } from "../../src/graph/order.ts"
import type { AnyOp } from "../../src/ops/Op.ts"
import { table } from "../../src/ops/table.ts"
import { type Case, cases, dualityError, firstOrderError, secondOrderError, world } from "../support/derivatives.ts"

const leaves: ReadonlyArray<string> = ["input", "data", "constant"]
const seeds = [1, 2, 3]

/** The largest error over seeds, each also without simplification, so that the rules themselves are tested. */
const worst = (error: (given: Case, seed: number, simplify: boolean) => number, given: Case): number =>
  Math.max(...seeds.flatMap((seed) => [error(given, seed, true), error(given, seed, false)]))

const differentiable = cases((rule) => rule !== "not differentiable")

describe.each(differentiable)("$op, example $example, input $input", (given) => {
  it("both rules describe one derivative: ⟨c, J d⟩ = ⟨Jᵀ c, d⟩", () => {
    expect(worst(dualityError, given)).toBeLessThan(1e-12)
  })

  it("the derivative is the slope of the values", () => {
    expect(worst(firstOrderError, given)).toBeLessThan(1e-7)
  })

  it("derivatives of the derivatives are the slopes of the derivatives", () => {
    expect(worst(secondOrderError, given)).toBeLessThan(1e-7)
  })

  it("the rules emit only ops of the table", () => {
    const { pull, push } = world(given, 1, false)
    const made = [pull(given.input), push(given.input)].filter((node) => node !== undefined)
    for (const node of order(made)) expect([...leaves, ...Object.keys(table)]).toContain(node.op)
  })
})

describe.each(cases((rule) => rule === "not differentiable"))("$op, example $example, input $input", (given) => {
  it("refuses to be differentiated, in both modes", () => {
    const { pull, push } = world(given, 1, true)
    expect(() => pull(given.input)).toThrow(NotDifferentiable)
    expect(() => push(given.input)).toThrow(NotDifferentiable)
  })
})

describe("the table", () => {
  it.each(Object.entries(table))("%s is listed under its own name, with examples of its arity", (name, op) => {
    expect(op.name).toBe(name)
    expect(op.examples.length).toBeGreaterThan(0)
    for (const { shapes } of op.examples) expect(shapes).toHaveLength(op.arity)
  })

  it.each(Object.values(table).filter((op) => op.commutative === true))(
    "$name does not depend on the order of its inputs",
    (op) => {
      const { xs, y, values, at } = world({ op: op.name, example: 0, input: 0 }, 1, false)
      const [a, b] = [values.get(xs[0]!)!, values.get(xs[1]!)!]
      expect(
        op.evaluate(
          [b, a],
          xs.map((x) => x.shape),
          {},
          y.shape
        )
      ).toEqual(at(y, y))
    }
  )
})

/** The table with one rule of one op multiplied by 1.001. */
const withWrongRule = (given: Case, mode: "vjp" | "jvp"): typeof table => {
  const op = table[given.op]!
  const wrong = (rule: unknown, input: number): unknown =>
    input !== given.input || typeof rule !== "function"
      ? rule
      : (at: Parameters<Exclude<AnyOp["vjp"][number], null | string>>[0]) => {
          const right = rule(at)
          return at.g.mul(right, at.g.constant(1.001, right.shape, right.dtype))
        }
  const rules = op[mode]
  return { ...table, [given.op]: { ...op, [mode]: Array.isArray(rules) ? rules.map(wrong) : rules } as AnyOp }
}

const withRules = cases((rule) => typeof rule === "function")
const inputs = withRules.filter(({ example }) => example === 0)

/** The largest error of a wrong rule over all examples: on some, a derivative may be zero, where 0.1 % is nothing. */
const seen = (error: typeof dualityError, mode: "vjp" | "jvp", { op, input }: Case): number => {
  const alike = withRules.filter((other) => other.op === op && other.input === input)
  return Math.max(...alike.map((given) => error(given, 1, true, withWrongRule(given, mode))))
}

describe("a rule that is off by 0.1 %", () => {
  it.each(inputs)("is noticed by duality: vjp of $op, input $input", (given) => {
    expect(seen(dualityError, "vjp", given)).toBeGreaterThan(1e-6)
  })

  const written = inputs.filter(({ op }) => table[op]!.jvp !== "multilinear")
  it.each(written)("is noticed by differences: jvp of $op, input $input", (given) => {
    expect(seen(firstOrderError, "jvp", given)).toBeGreaterThan(1e-5)
  })
})

describe("an op without a derivative, below a loss", () => {
  it("is named with the way to the loss", () => {
    const { g, xs } = world({ op: "argMax", example: 0, input: 0 }, 1, true)
    const loss = g.sum(g.tanh(g.argMax(xs[0]!, { axis: 0 })), { axes: [0], keepDims: false })
    const one = g.constant(1, [], "float64")
    expect(() => vjp(g, new Map([[loss, one]]), xs)).toThrow("argMax → tanh → sum")
    expect(() => jvp(g, [loss], new Map([[xs[0]!, xs[0]!]]))).toThrow("argMax → tanh → sum")
  })
})
