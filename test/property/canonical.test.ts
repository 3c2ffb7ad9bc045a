/** Canonical texts and keys on random values. */
import { assert, describe, it } from "vitest"
import { type Action, differences, keyOf } from "../../src/pipeline/Action.ts"
import { canonical, type Json } from "../../src/pipeline/canonical.ts"
import { NotCanonical } from "../../src/pipeline/Errors.ts"
import { sampleAction } from "../fault/samples.ts"
import { type Draw, drawer } from "../support/draw.ts"

const ROUNDS = 300
const NAMES = ["a", "b", "aa", "", "ä", "b.c", "1", "10", '"']

const one = <A>(draw: Draw, values: ReadonlyArray<A>): A => values[draw.index(values.length)]!

const scalar = (draw: Draw): Json =>
  one<() => Json>(draw, [
    () => null,
    () => draw.index(2) === 1,
    () => draw.index(5) - 2,
    () => draw.number(-1, 1) * 10 ** (draw.index(40) - 20),
    () => one(draw, ["", "a", "1", "null", "[]", "\u0000", "😀", "\ud800"])
  ])()

const json = (draw: Draw, depth: number): Json => {
  const kind = depth === 0 ? 0 : draw.index(3)
  if (kind === 0) return scalar(draw)
  const size = draw.index(4)
  if (kind === 1) return Array.from({ length: size }, () => json(draw, depth - 1))
  return Object.fromEntries(Array.from({ length: size }, () => [one(draw, NAMES), json(draw, depth - 1)]))
}

/** The same value, with the fields of every record in another order. */
const shuffled = (draw: Draw, value: Json): Json => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map((item) => shuffled(draw, item))
  const fields = Object.entries(value).map(([name, item]) => ({ name, item, at: draw.number() }))
  return Object.fromEntries(fields.sort((a, b) => a.at - b.at).map(({ name, item }) => [name, shuffled(draw, item)]))
}

type Path = ReadonlyArray<string | number>

/** The paths of everything that is not a record or list with something in it. */
const leaves = (value: Json, path: Path = []): ReadonlyArray<Path> => {
  if (typeof value !== "object" || value === null) return [path]
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return inner.length === 0 ? [path] : inner.flatMap(([name, item]) => leaves(item, [...path, name]))
}

const replaced = (value: unknown, [first, ...rest]: Path, by: (old: unknown) => unknown): unknown => {
  if (first === undefined) return by(value)
  if (Array.isArray(value)) return value.map((item, i) => (i === first ? replaced(item, rest, by) : item))
  const record = value as Record<string, unknown>
  return { ...record, [first]: replaced(record[first], rest, by) }
}

const written = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    ""
  )

describe("canonical texts of random values", () => {
  it("are read back as the value, so that different values never share one", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const value = json(drawer(seed), 4)
      assert.deepStrictEqual(JSON.parse(canonical(value)), value, `seed ${seed}`)
    }
  })

  it("do not depend on the order of fields", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const draw = drawer(seed)
      const value = json(draw, 4)
      assert.strictEqual(canonical(shuffled(draw, value)), canonical(value), `seed ${seed}`)
    }
  })

  it("do not exist where a value anywhere in it has none: the path says where", () => {
    const outside = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, () => 0, 1n, Symbol("s")]
    for (let seed = 0; seed < ROUNDS; seed++) {
      const draw = drawer(seed)
      const value = { of: json(draw, 4) }
      const path = one(draw, leaves(value))
      const spoiled = replaced(value, path, () => one(draw, outside))
      let refused: unknown
      try {
        canonical(spoiled)
      } catch (cause) {
        refused = cause
      }
      assert.instanceOf(refused, NotCanonical, `seed ${seed}`)
      assert.strictEqual(refused.path, written(path), `seed ${seed}`)
    }
  })
})

describe("an action with any one field changed", () => {
  const action = (draw: Draw): Action =>
    sampleAction({
      params: { x: json(draw, 3), y: json(draw, 2) },
      inputs: { data: scalar(draw), many: [scalar(draw), "d"] }
    })

  /** Another value, of the same kind or not. */
  const other = (draw: Draw, old: unknown): unknown => {
    for (;;) {
      const value = scalar(draw)
      if (canonical(value) !== canonical(old)) return value
    }
  }

  it("has another key, and the difference names exactly that field", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const draw = drawer(seed)
      const from = action(draw)
      const path = one(draw, leaves(from as unknown as Json))
      const to = replaced(from, path, (old) => other(draw, old)) as Action
      assert.notStrictEqual(keyOf(to), keyOf(from), `seed ${seed}, ${written(path)}`)
      const changes = differences(from as unknown as Json, to as unknown as Json)
      assert.deepStrictEqual(
        changes.map((change) => change.path),
        [written(path)],
        `seed ${seed}`
      )
    }
  })

  it("or removed has another key, and the difference names it", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const draw = drawer(seed)
      const from = action(draw)
      const name = one(draw, Object.keys(from.params))
      const { [name]: _, ...params } = from.params
      const to = { ...from, params }
      assert.notStrictEqual(keyOf(to), keyOf(from), `seed ${seed}`)
      const [change, ...more] = differences(from as unknown as Json, to as unknown as Json)
      assert.deepStrictEqual([change!.path, change!.to, more], [`params.${name}`, undefined, []], `seed ${seed}`)
    }
  })
})
