/** What is the same but for the names of local values, and what is not. */
import { parse } from "acorn"
import * as walk from "acorn-walk"
import { assert, describe, it } from "vitest"
import { withoutNames } from "../../../src/pipeline/withoutNames.ts"

const without = (code: string): string =>
  withoutNames(code, parse(code, { ecmaVersion: "latest", sourceType: "module" }), walk)

describe("two texts are the same but for names", () => {
  const same: Readonly<Record<string, readonly [string, string]>> = {
    "of variables": ["const a=1,b=a+2;f(b)", "const x=1,y=x+2;f(y)"],
    "of functions, their parameters and classes": [
      "function a(b){return b}class c{m(d){return d}}a(c)",
      "function p(q){return q}class r{m(s){return s}}p(r)"
    ],
    "of what is caught, and of labels": [
      "a:for(;;)try{break a}catch(b){f(b);continue a}",
      "x:for(;;)try{break x}catch(y){f(y);continue x}"
    ],
    "of what is imported": [
      'import*as a from"a";import b,{c as d,e}from"b";a(b,d,e)',
      'import*as x from"a";import y,{c as z,e as w}from"b";x(y,z,w)'
    ],
    "of what is exported under another": ["const a=1;export{a as b}", "const x=1;export{x as b}"],
    "of what is exported under its own": ["const a=1;export{a}", "const x=1;export{x as a}"],
    "that a property happens to have": ["const a=1;f({a},{b:a})", "const b=1;f({a:b},{b})"],
    "that a property happens to have where it is taken apart": [
      "const{a,b:c=2,...d}=f;g(a,c,d)",
      "const{a:x,b=2,...y}=f;g(x,b,y)"
    ],
    "of defaults": ["const f=({a=1}={})=>a;f()", "const g=({a:b=1}={})=>b;g()"]
  }
  for (const [what, [one, other]] of Object.entries(same)) {
    it(what, () => assert.strictEqual(without(one), without(other)))
  }
})

describe("two texts are not the same that differ in", () => {
  const other: Readonly<Record<string, readonly [string, string]>> = {
    "which name stands where": ["const a=1,b=2;f(a,b)", "const a=1,b=2;f(b,a)"],
    "what two names share": ["const a=1;{const b=2;f(a,b)}", "const a=1;{const a=2;f(a,a)}"],
    "a name that they do not declare": ["f(Math)", "f(JSON)"],
    "a name that only one declares": ["const a=1;f(a)", "const a=1;f(b)"],
    "which global value they set": ["a=[a];f(new a)", "b=[b];f(new b)"],
    "which global value they set in a pattern": ["[a]=[1];f(a)", "[b]=[1];f(b)"],
    "a global value that a label is called as": ["a:for(;;){f(a);break a}", "b:for(;;){f(b);break b}"].map((each) =>
      each.replace(/f\((.)\)/, "const c=1;f($1,c)")
    ) as [string, string],
    "names that a text that is evaluated reads": ["let a=1,b=2;eval('a')", "let b=1,a=2;eval('a')"],
    "a property": ["const a=1;a.b", "const a=1;a.c"],
    "a property that is computed": ["const a=1;a.a", "const a=1;a[a]"],
    "the property of a short form": ["const a=1;f({a})", "const b=1;f({b})"],
    "what is imported": ['import{a as b}from"c";b()', 'import{d as b}from"c";b()'],
    "what is exported": ["const a=1;export{a}", "const a=1;export{a as b}"],
    "a text": ['const a="a";f(a)', 'const a="b";f(a)'],
    "a number that a name could stand for": ["const a=1;f(a,0)", "const a=1;f(a,a)"]
  }
  for (const [what, [one, another]] of Object.entries(other)) {
    it(what, () => assert.notStrictEqual(without(one), without(another)))
  }
})
