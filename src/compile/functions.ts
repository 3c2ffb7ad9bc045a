/**
 * Functions that no processor has an instruction for, as formulas of what every one has, so that they give the same bits everywhere.
 * exp, log and tanh are within two roundings of the function over all numbers. So is sigmoid, but below −88.7 in float32 and −709.8 in
 * float64: there it is less than the least number with all digits, and 0 here.
 *
 * Source  netlib.org/fdlibm (exp, log) and netlib.org/cephes (tanh), and what they have for float32
 */
import type { FloatDType } from "../tensor/DType.ts"
import { type Expression, numberOf, operationOf } from "./Expression.ts"

/** a > b ? x : y */
export const choose = (a: Expression, b: Expression, x: Expression, y: Expression): Expression =>
  operationOf("choose", x, y, a, b)
const add = (a: Expression, b: Expression): Expression => operationOf("add", a, b)
const sub = (a: Expression, b: Expression): Expression => operationOf("sub", a, b)
const mul = (a: Expression, b: Expression): Expression => operationOf("mul", a, b)
const div = (a: Expression, b: Expression): Expression => operationOf("div", a, b)

const one = numberOf(1)
const two = numberOf(2)
const half = numberOf(0.5)

/** Σ cᵢ zⁱ */
const polynomial = (z: Expression, coefficients: ReadonlyArray<number>): Expression =>
  coefficients
    .slice(0, -1)
    .reduceRight<Expression>((sum, c) => add(mul(sum, z), numberOf(c)), numberOf(coefficients.at(-1)!))

interface Numbers {
  /** ln 2 in two parts, of which the first has few digits: its products with exponents are exact. */
  readonly ln2: readonly [high: number, low: number]
  /** In a number of this size the last digits are whole, and count from exponent 0 on. */
  readonly whole: number
  /** Where eᵃ is 0, and where it is ∞. */
  readonly range: readonly [number, number]
  /** Of a (e^a + 1) / (e^a − 1), in a². */
  readonly exp: ReadonlyArray<number>
  /** Of log((1 + s) / (1 − s)), in s². */
  readonly log: ReadonlyArray<number>
  /** Of (tanh a − a) / a³, in a², for |a| up to 0.625: a quotient. */
  readonly tanh: readonly [over: ReadonlyArray<number>, under: ReadonlyArray<number>]
  /** The least number with all digits, and a power of two that lifts those below it, with its exponent. */
  readonly least: number
  readonly lift: readonly [number, number]
}

const numbers: Readonly<Record<FloatDType, Numbers>> = {
  float64: {
    ln2: [0.6931471803691238, 1.9082149292705877e-10],
    whole: 1.5 * 2 ** 52 + 1023,
    range: [-746, 710],
    exp: [
      0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6, 4.1381367970572385e-8
    ],
    log: [
      0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
      0.15313837699209373, 0.14798198605116586
    ],
    tanh: [
      [-1614.6876844170845, -99.28772310019185, -0.9643991794250523],
      [4844.063053251255, 2235.4883906010045, 112.81167849163293, 1]
    ],
    least: 2 ** -1022,
    lift: [2 ** 54, 54]
  },
  float32: {
    ln2: [0.69314575195, 1.4286067653e-6],
    whole: 1.5 * 2 ** 23 + 127,
    range: [-104, 89],
    exp: [0.1666662544, -0.0027667332906],
    log: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
    tanh: [[-0.333332819422, 0.133314422036, -0.0537397155531, 0.0206390887954, -0.00570498872745], [1]],
    least: 2 ** -126,
    lift: [2 ** 25, 25]
  }
}

/** eᵃ = 2ᵏ eʳ, with |r| ≤ ½ ln 2, and eʳ = 1 + r + r c / (2 − c). */
export const exp = (a: Expression, dtype: FloatDType): Expression => {
  const { ln2, whole, range, exp: coefficients } = numbers[dtype]
  const bounded = [numberOf(range[0]), choose(a, numberOf(range[1]), numberOf(range[1]), a)].reduce((least, value) =>
    choose(least, value, least, value)
  )
  const k = operationOf("nearest", mul(bounded, numberOf(Math.LOG2E)))
  const high = sub(bounded, mul(k, numberOf(ln2[0])))
  const low = mul(k, numberOf(ln2[1]))
  const r = sub(high, low)
  const square = mul(r, r)
  const c = sub(r, mul(square, polynomial(square, coefficients)))
  const value = sub(one, sub(sub(low, div(mul(r, c), sub(two, c))), high))
  const part = operationOf("nearest", mul(k, half)) // 2ᵏ may be too large or too small for a number
  const powerOf = (n: Expression): Expression => operationOf("power", add(n, numberOf(whole))) // 2ⁿ
  return mul(mul(value, powerOf(part)), powerOf(sub(k, part)))
}

/** ln a = k ln 2 + ln(1 + f), with √½ < 1 + f ≤ √2, and s = f / (2 + f). */
export const log = (a: Expression, dtype: FloatDType): Expression => {
  const { ln2, log: coefficients, least, lift } = numbers[dtype]
  const isSmall = (x: Expression, y: Expression): Expression => choose(numberOf(least), a, x, y)
  const lifted = isSmall(mul(a, numberOf(lift[0])), a)
  const digits = operationOf("mantissa", lifted) // from 1 to below 2
  const exponent = sub(operationOf("exponent", lifted), isSmall(numberOf(lift[1]), numberOf(0)))
  const isLarge = (x: Expression, y: Expression): Expression => choose(digits, numberOf(Math.SQRT2), x, y)
  const f = sub(isLarge(mul(digits, half), digits), one)
  const k = isLarge(add(exponent, one), exponent)
  const s = div(f, add(two, f))
  const square = mul(s, s)
  const rest = mul(square, polynomial(square, coefficients))
  const halfSquare = mul(half, mul(f, f))
  const inner = add(mul(s, add(halfSquare, rest)), mul(k, numberOf(ln2[1])))
  const value = sub(mul(k, numberOf(ln2[0])), sub(sub(halfSquare, inner), f))
  const infinity = numberOf(Number.POSITIVE_INFINITY)
  const nothing = choose(numberOf(0), a, numberOf(Number.NaN), numberOf(Number.NEGATIVE_INFINITY)) // of a < 0, of 0
  const finite = choose(a, numberOf(0), value, nothing)
  return choose(infinity, a, finite, a) // ∞ and NaN stay
}

/** tanh a = a + a³ P(a²) / Q(a²) near 0, and 1 − 2 / (e²ᵃ + 1) elsewhere. */
export const tanh = (a: Expression, dtype: FloatDType): Expression => {
  const [over, under] = numbers[dtype].tanh
  const size = operationOf("abs", a)
  const square = mul(a, a)
  const quotient =
    under.length === 1 ? polynomial(square, over) : div(polynomial(square, over), polynomial(square, under))
  const near = add(a, mul(mul(a, square), quotient))
  const far = sub(one, div(two, add(exp(mul(two, size), dtype), one)))
  return choose(size, numberOf(0.625), choose(a, numberOf(0), far, operationOf("neg", far)), near)
}

/** 1 / (1 + e⁻ᵃ) */
export const sigmoid = (a: Expression, dtype: FloatDType): Expression =>
  div(one, add(one, exp(operationOf("neg", a), dtype)))

/** aⁿ for a whole n ≥ 1, by squares. */
export const power = (a: Expression, n: number): Expression => {
  if (n === 1) return a
  const root = power(a, Math.floor(n / 2))
  const square = mul(root, root)
  return n % 2 === 1 ? mul(square, a) : square
}
