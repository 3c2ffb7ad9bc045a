/** What an installed package is: itself, and everything that it depends on. */
import { assert, describe, it } from "vitest"
import { identityOf, type Lockfile, packageOf } from "../../../src/pipeline/Lockfile.ts"

type Entry = Lockfile["packages"][string]

const lock = (packages: Readonly<Record<string, Entry>>): Lockfile => ({
  packages: { "": { version: "1.0.0" }, ...packages }
})

/** a → b → c, twice: c beside everything, and another c inside b. */
const tree: Readonly<Record<string, Entry>> = {
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a", dependencies: { b: "^1" } },
  "node_modules/b": { version: "1.1.0", integrity: "sha512-b", dependencies: { c: "^2" } },
  "node_modules/b/node_modules/c": { version: "2.0.0", integrity: "sha512-c2" },
  "node_modules/c": { version: "1.0.0", integrity: "sha512-c1" },
  "node_modules/other": { version: "1.0.0", integrity: "sha512-o", optionalDependencies: { a: "*", absent: "*" } },
  "node_modules/guest": { version: "1.0.0", integrity: "sha512-g", peerDependencies: { a: "*" } },
  "node_modules/@scope/name": { version: "3.0.0", integrity: "sha512-s" }
}

/** The packages whose identity changes with one entry. */
const touchedBy = (path: string, change: Entry): ReadonlyArray<string> => {
  const after = lock({ ...tree, [path]: { ...tree[path], ...change } })
  return ["a", "b", "c", "other", "guest", "@scope/name"].filter(
    (name) => identityOf(after, name) !== identityOf(lock(tree), name)
  )
}

describe("the identity of a package", () => {
  it("begins with its version, and is undefined where it is not locked", () => {
    assert.match(identityOf(lock(tree), "@scope/name")!, /^3\.0\.0 [0-9a-f]{16}$/)
    assert.isUndefined(identityOf(lock(tree), "absent"))
  })

  it("changes with what Node would load from where it lies, and with nothing else", () => {
    assert.includeMembers(
      [...touchedBy("node_modules/b/node_modules/c", { integrity: "changed" })],
      ["a", "b", "other"]
    )
    assert.notInclude(touchedBy("node_modules/b/node_modules/c", { integrity: "changed" }), "c")
    assert.deepStrictEqual(touchedBy("node_modules/c", { integrity: "changed" }), ["c"])
  })

  it("changes with the version of an optional dependency", () => {
    assert.include(touchedBy("node_modules/a", { version: "1.0.1" }), "other")
  })

  it("changes with a peer dependency, which it loads as well", () => {
    assert.include(touchedBy("node_modules/a", { version: "1.0.1" }), "guest")
  })

  it("does not change with unrelated packages, nor with the order of the lockfile", () => {
    const reordered = lock(Object.fromEntries(Object.entries(tree).reverse()))
    const grown = lock({ ...tree, "node_modules/new": { version: "1.0.0" } })
    for (const name of ["a", "b", "c", "other", "@scope/name"]) {
      assert.strictEqual(identityOf(reordered, name), identityOf(lock(tree), name))
      assert.strictEqual(identityOf(grown, name), identityOf(lock(tree), name))
    }
  })

  it("holds for packages that depend on each other", () => {
    const circle = lock({
      "node_modules/a": { version: "1.0.0", integrity: "a", dependencies: { b: "*" } },
      "node_modules/b": { version: "1.0.0", integrity: "b", dependencies: { a: "*" } }
    })
    assert.match(identityOf(circle, "a")!, /^1\.0\.0 /)
  })

  it("looks upwards folder by folder, inside scoped packages too", () => {
    const nested = (integrity: string) =>
      lock({
        "node_modules/@s/a": { version: "1.0.0", dependencies: { b: "*" } },
        "node_modules/@s/a/node_modules/b": { version: "1.0.0", dependencies: { c: "*" } },
        "node_modules/@s/a/node_modules/c": { version: "1.0.0", integrity },
        "node_modules/c": { version: "2.0.0", integrity: "top" }
      })
    assert.notStrictEqual(identityOf(nested("1"), "@s/a"), identityOf(nested("2"), "@s/a"))
  })
})

describe("the package of a specifier", () => {
  it("is its first part, two with a scope", () => {
    assert.deepStrictEqual(["effect", "effect/Schema", "@a/b", "@a/b/c/d"].map(packageOf), [
      "effect",
      "effect",
      "@a/b",
      "@a/b"
    ])
  })
})
