/** What people type for sizes, times and shares, and what is refused. */
import * as Option from "effect/Option"
import { assert, describe, test } from "vitest"
import { parseBytes, parseDuration, parsePart } from "../../../src/cli/units.ts"

const table = <A>(parse: (text: string) => Option.Option<A>, known: Readonly<Record<string, A | undefined>>): void => {
  for (const [text, value] of Object.entries(known))
    assert.deepStrictEqual(Option.getOrUndefined(parse(text)), value, text)
}

describe("as people type them", () => {
  test("sizes are powers of 1000, with an i of 1024, and bytes without a unit", () =>
    table(parseBytes, {
      "10GB": 10e9,
      "1.5 MiB": 1.5 * 1024 ** 2,
      "2k": 2000,
      "1_000": 1000,
      "7B": 7,
      "1TiB": 1024 ** 4,
      "0": 0,
      "-1GB": undefined,
      "10 elephants": undefined,
      "1ib": undefined,
      GB: undefined,
      "": undefined
    }))

  test("times need a unit, but for none", () =>
    table(parseDuration, {
      "24h": 86_400_000,
      "7d": 604_800_000,
      "90 min": 5_400_000,
      "1.5s": 1500,
      "0": 0,
      "5": undefined,
      soon: undefined,
      "3 constructor": undefined
    }))

  test("parts are shares, of which one at least is taken, or numbers", () => {
    const of = (text: string, whole: number) => Option.getOrUndefined(parsePart(text))?.of(whole)
    assert.deepStrictEqual(
      [of("2%", 1000), of("2%", 10), of("2%", 0), of("100%", 7), of("5", 3), of("5", 100)],
      [20, 1, 0, 7, 3, 5]
    )
    for (const text of ["0", "0%", "101%", "-1", "1.5", "all"]) assert.isUndefined(of(text, 10), text)
  })
})
