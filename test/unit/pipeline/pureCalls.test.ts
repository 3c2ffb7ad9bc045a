/** Which calls are marked as pure, and what a bundler makes of the marks. */
import { parse } from "acorn"
import * as esbuild from "esbuild"
import { assert, describe, it } from "vitest"
import { markPureCalls } from "../../../src/pipeline/pureCalls.ts"

const mark = (code: string): string =>
  markPureCalls(code, parse(code, { ecmaVersion: "latest", sourceType: "module" })).replaceAll("/* @__PURE__ */ ", "^")

const bundled = async (code: string): Promise<string> => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: mark(code).replaceAll("^", "/* @__PURE__ */ ") },
    bundle: true,
    write: false,
    external: ["s"],
    format: "esm",
    minify: true
  })
  return outputFiles[0]!.text
}

describe("calls in the initialisers of top-level values", () => {
  const marked: Readonly<Record<string, readonly [string, string]>> = {
    "a call": ["const a = f(1)", "const a = ^f(1)"],
    "an exported call": ["export const a = f(1)", "export const a = ^f(1)"],
    "a construction": ["const a = new Map()", "const a = ^new Map()"],
    "a default export": ["export default make({ x: 1 })", "export default ^make({ x: 1 })"],
    "nested calls, each": ["const a = f(g(1), { x: h(2) }, [k()])", "const a = ^f(^g(1), { x: ^h(2) }, [^k()])"],
    "a chain, once at its beginning": ["const a = x.f(1).g(2)", "const a = ^x.f(1).g(2)"],
    "several values of one statement": ["let a = f(), b = g()", "let a = ^f(), b = ^g()"],
    "what a class extends": [
      'export class E extends Tagged("E", { x: S.Struct({}) }) {}',
      'export class E extends ^Tagged("E", { x: ^S.Struct({}) }) {}'
    ],
    "calls in operators and conditions": ["const a = x ? f() : -g() + 1", "const a = x ? ^f() : -^g() + 1"],
    "calls in a spread": ["const a = [...f(), ...g]", "const a = ^(() => ([...^f(), ...g]))()"]
  }
  for (const [what, [code, expected]] of Object.entries(marked)) {
    it(`are marked: ${what}`, () => assert.strictEqual(mark(code), expected))
  }
})

describe("initialisers that spread, which a bundler takes for an effect, become calls", () => {
  const called: Readonly<Record<string, readonly [string, string]>> = {
    "of an object": ["const a = { x: 1, ...b }", "const a = ^(() => ({ x: 1, ...b }))()"],
    "of an array": ["export const a = [...b]", "export const a = ^(() => ([...b]))()"],
    "within a call": ["const a = f({ ...b })", "const a = ^(() => (^f({ ...b })))()"],
    "of which a part is taken": ["const a = { ...b }.c", "const a = ^(() => ({ ...b }.c))()"],
    "in parentheses": ["const a = (0, f(...b))", "const a = (^(() => (0, ^f(...b)))())"],
    "but no class, which has its name from there": [
      "const a = class extends f(...b) {}",
      "const a = class extends ^f(...b) {}"
    ],
    "of arguments": ["const a = f(...b)", "const a = ^(() => (^f(...b)))()"]
  }
  for (const [what, [code, expected]] of Object.entries(called)) {
    it(what, () => assert.strictEqual(mark(code), expected))
  }
})

describe("everything else is left as it is", () => {
  const untouched: Readonly<Record<string, string>> = {
    "an expression statement": "register(f(1))",
    "an assignment": "a.b = f(1)",
    "the body of a function": "function g() { return f(1) }",
    "the body of an arrow": "const g = (x = f(1)) => { const y = h(x); return k(y) }",
    "the body of a function expression": "const g = function* () { yield f(1) }",
    "the body of a class": "class A { x = f(1); static y = g(); m() { return h() } }",
    "the body of a class expression": "const A = class { x = f(1); static y = g() }",
    "statements at the top level": "if (f()) { g() }\nfor (const x of h()) k(x)",
    "a spread in the body of a function": "const g = (x) => ({ ...x, ...f(...x) })",
    "a spread that waits": "const a = [...(await b)]",
    "an exported function": "export default function () { return f() }",
    "imports and exports": 'import { f } from "./f.js"\nexport { f }\nexport * from "./g.js"',
    nothing: ""
  }
  for (const [what, code] of Object.entries(untouched)) {
    it(`such as ${what}`, () => assert.strictEqual(mark(code), code))
  }
})

describe("a bundler drops", () => {
  it("marked values that nobody uses, nested ones and classes with them", async () => {
    const text = await bundled(`import * as S from "s"
const A = S.Struct({ x: S.Array(S.Int), y: [S.make().pipe(S.z())] })
class E extends S.Tagged("E", { x: S.Finite }) { get message() { return S.f() } }
const B = [1, 2].map((x) => S.g(x))
const c = { x: S.Int }
const C = S.Struct({ y: S.Finite, ...c })
const D = { ...c, z: [...B, S.Bool] }
export const kept = S.only(1)`)
    assert.match(text, /^import\*as (\w+) from"s";var (\w+)=\1\.only\(1\);export\{\2 as kept\};\n$/)
  })

  it("no value that somebody uses, and no statement", async () => {
    const text = await bundled(
      'import * as S from "s"\nconst a = S.f(S.g(1))\nconst b = S.g(2)\nS.g(3)\nexport const c = [a]'
    )
    for (const part of ["g(1)", "g(3)"]) assert.include(text, part)
    assert.notInclude(text, "g(2)")
  })
})
