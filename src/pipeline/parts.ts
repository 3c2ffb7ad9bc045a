/**
 * The parts of a stage's code, for people: a digest of every top-level declaration that the stage reaches, by file and name,
 * so that a change can be told by the function that changed. Identity is the bundle's affair; this only explains it.
 */
import type { AnyNode, Expression, ImportExpression, Literal, MemberExpression, Node, Program } from "acorn"
import { boundBy } from "./boundBy.ts"
import { sha256 } from "./canonical.ts"

type Walk = typeof import("acorn-walk")

/** What one top-level declaration or statement says, and what it uses. */
interface Part {
  readonly text: string
  /** Names of values. */
  readonly uses: ReadonlySet<string>
  /** Name → properties of it, where nothing else of it is used. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>
  /** Modules that it loads when it runs. */
  readonly loads: ReadonlyArray<string>
}

interface Imported {
  readonly source: string
  /** `*` for the module itself. */
  readonly name: string
}

export interface Module {
  /** By the names they have in the module. */
  readonly parts: ReadonlyMap<string, Part>
  /** Statements that run when the module is loaded. */
  readonly effects: ReadonlyArray<Part>
  readonly imports: ReadonlyMap<string, Imported>
  /** Exported name → name in the module, or what is passed on. */
  readonly exports: ReadonlyMap<string, string | Imported>
  /** Modules of which everything is passed on. */
  readonly stars: ReadonlyArray<string>
  /** Modules that are loaded for what loading them does. */
  readonly bare: ReadonlyArray<string>
}

/** What runs when a module is loaded, under one name. */
const TOP_LEVEL = "(top level)"
const DEFAULT = "default"

const literal = (node: Expression | Literal | null | undefined): string | undefined => {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value
  return node?.type === "TemplateLiteral" && node.expressions.length === 0 ? node.quasis[0]?.value.raw : undefined
}

const partOf = (node: Node, code: string, { simple }: Walk): Part => {
  const counts = new Map<string, number>()
  const members = new Map<string, Set<string>>()
  const ofMembers = new Map<string, number>()
  const loads: Array<string> = []
  simple(node, {
    Identifier: ({ name }) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    MemberExpression: ({ object, property, computed }: MemberExpression) => {
      if (computed || object.type !== "Identifier" || property.type !== "Identifier") return
      ofMembers.set(object.name, (ofMembers.get(object.name) ?? 0) + 1)
      members.set(object.name, (members.get(object.name) ?? new Set()).add(property.name))
    },
    ImportExpression: ({ source }: ImportExpression) => {
      const path = literal(source)
      if (path !== undefined) loads.push(path)
    }
  })
  const only = new Map([...members].filter(([name]) => ofMembers.get(name) === counts.get(name)))
  return { text: code.slice(node.start, node.end), uses: new Set(counts.keys()), members: only, loads }
}

const nameOf = (node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string =>
  node.type === "Identifier" ? node.name! : String(node.value)

/** Reads a module, whose syntax tree is given. */
export const moduleOf = (program: Program, code: string, walk: Walk): Module => {
  const parts = new Map<string, Part>()
  const effects: Array<Part> = []
  const imports = new Map<string, Imported>()
  const exports = new Map<string, string | Imported>()
  const stars: Array<string> = []
  const bare: Array<string> = []

  /** Enters what a declaration declares; returns the names. */
  const declare = (node: AnyNode): ReadonlyArray<string> => {
    if (node.type === "VariableDeclaration")
      return node.declarations.flatMap((each) => {
        const names = boundBy(each.id)
        const part = partOf(each, code, walk)
        for (const name of names) parts.set(name, part)
        return names
      })
    if ((node.type === "FunctionDeclaration" || node.type === "ClassDeclaration") && node.id) {
      parts.set(node.id.name, partOf(node, code, walk))
      return [node.id.name]
    }
    effects.push(partOf(node, code, walk))
    return []
  }

  for (const statement of program.body) {
    if (statement.type === "ImportDeclaration") {
      const source = String(statement.source.value)
      if (statement.specifiers.length === 0) bare.push(source)
      for (const each of statement.specifiers) {
        const name =
          each.type === "ImportSpecifier"
            ? nameOf(each.imported)
            : each.type === "ImportDefaultSpecifier"
              ? DEFAULT
              : "*"
        imports.set(each.local.name, { source, name })
      }
    } else if (statement.type === "ExportAllDeclaration") {
      const source = String(statement.source.value)
      if (statement.exported) exports.set(nameOf(statement.exported), { source, name: "*" })
      else stars.push(source)
    } else if (statement.type === "ExportNamedDeclaration") {
      if (statement.declaration) for (const name of declare(statement.declaration)) exports.set(name, name)
      const source = literal(statement.source)
      for (const { local, exported } of statement.specifiers)
        exports.set(nameOf(exported), source === undefined ? nameOf(local) : { source, name: nameOf(local) })
    } else if (statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement
      const named = "id" in declaration && declaration.id ? declaration.id.name : DEFAULT
      parts.set(named, partOf(declaration, code, walk))
      exports.set(DEFAULT, named)
    } else declare(statement)
  }
  return { parts, effects, imports, exports, stars, bare }
}

/** File → name → digest of what it says. */
export type Parts = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * Everything that the exports of `entry` reach. `resolve` tells which file an import of a file is, if it is one that was
 * read.
 */
export const reachedParts = (
  modules: ReadonlyMap<string, Module>,
  entry: string,
  resolve: (from: string, source: string) => string | undefined
): Parts => {
  const found = new Map<string, Map<string, Array<string>>>()
  const loaded = new Set<string>()
  const asked = new Set<string>()

  const note = (path: string, name: string, text: string): void => {
    const own = found.get(path) ?? new Map<string, Array<string>>()
    found.set(path, own.set(name, [...(own.get(name) ?? []), text]))
  }

  /** What a name of a module stands for, whoever passes it on. */
  const reachImport = (from: string, { source, name }: Imported): void => {
    const path = resolve(from, source)
    if (path === undefined) return
    if (name === "*") reachAll(path)
    else reachExport(path, name)
  }

  const reachPart = (path: string, part: Part): void => {
    const module = modules.get(path)!
    for (const name of part.uses) {
      const imported = module.imports.get(name)
      if (imported === undefined) reachLocal(path, name)
      else if (imported.name === "*" && part.members.has(name))
        for (const member of part.members.get(name)!) reachImport(path, { source: imported.source, name: member })
      else reachImport(path, imported)
    }
    for (const source of part.loads) reachImport(path, { source, name: "*" })
  }

  const reachLocal = (path: string, name: string): void => {
    const part = modules.get(path)!.parts.get(name)
    if (part === undefined || asked.has(`${path}#${name}`)) return
    asked.add(`${path}#${name}`)
    note(path, name, part.text)
    reachPart(path, part)
  }

  const load = (path: string): boolean => {
    const module = modules.get(path)
    if (module === undefined) return false
    if (loaded.has(path)) return true
    loaded.add(path)
    for (const effect of module.effects) {
      note(path, TOP_LEVEL, effect.text)
      reachPart(path, effect)
    }
    for (const source of module.bare) load(resolve(path, source) ?? "")
    return true
  }

  const reachExport = (path: string, name: string): void => {
    if (!load(path) || asked.has(`${path} exports ${name}`)) return
    asked.add(`${path} exports ${name}`)
    const module = modules.get(path)!
    const own = module.exports.get(name)
    if (own === undefined) for (const source of module.stars) reachImport(path, { source, name })
    else if (typeof own !== "string") reachImport(path, own)
    else if (module.imports.has(own)) reachImport(path, module.imports.get(own)!)
    else reachLocal(path, own)
  }

  const reachAll = (path: string): void => {
    if (!load(path)) return
    const { exports, stars } = modules.get(path)!
    for (const name of exports.keys()) reachExport(path, name)
    for (const source of stars) reachImport(path, { source, name: "*" })
  }

  reachAll(entry)
  const digests = (texts: ReadonlyMap<string, ReadonlyArray<string>>) =>
    Object.fromEntries([...texts].map(([name, all]) => [name, sha256(all.join("\n")).slice(0, 16)]))
  return Object.fromEntries([...found].map(([path, texts]) => [path, digests(texts)]))
}

/** What two codes say differently: `src/model.ts#forward`, a whole file where its parts are not known, `package name`. */
export interface Described {
  readonly files: Readonly<Record<string, string>>
  readonly packages: Readonly<Record<string, string>>
  readonly parts?: Parts
}

const namesIn = (...records: ReadonlyArray<Readonly<Record<string, unknown>>>): ReadonlyArray<string> =>
  [...new Set(records.flatMap((record) => Object.keys(record)))].sort()

export const changedParts = (before: Described, after: Described): ReadonlyArray<string> => {
  const files = namesIn(before.files, after.files).filter((path) => before.files[path] !== after.files[path])
  const named = files.map((path): ReadonlyArray<string> | undefined => {
    const [old, now] = [before.parts?.[path], after.parts?.[path]]
    if (old === undefined || now === undefined) return undefined
    return namesIn(old, now)
      .filter((name) => old[name] !== now[name])
      .map((name) => `${path}#${name}`)
  })
  const places = named.flatMap((names, i) => names ?? [files[i]!])
  const packages = namesIn(before.packages, after.packages)
    .filter((name) => before.packages[name] !== after.packages[name])
    .map((name) => `package ${name}`)
  const all = [...packages, ...places]
  return (all.length > 0 ? all : files).slice().sort()
}
