/**
 * What JavaScript says but for the names that only it uses: variables, functions, parameters, imports, labels. Two texts of which
 * one is the other with such names changed, each for one other, become the same. Not to be run, only to be compared. Knows nothing
 * of scopes: a name is the same wherever it stands, so two scopes that share one must share it in the other text, too.
 *
 * A minifier names alike in this sense whatever the names were, while the letters that it takes depend on how often letters
 * occur, those of the names among them.
 */
import type { Identifier, Program } from "acorn"

interface Mention {
  readonly start: number
  readonly end: number
  readonly name: string
}

/** What a short form leaves unsaid, before the name or behind it. */
interface Unsaid {
  readonly before?: string
  readonly behind?: string
}

/** The mentions of names in a text, and the names that it declares. Names of properties and of exports are none of them. */
const mentionsIn = (program: Program, { full }: typeof import("acorn-walk")) => {
  const declared = new Set<string>()
  const mentions = new Map<number, Mention>()
  /** By where a name stands that is something else besides: a property, an import, an export. */
  const unsaid = new Map<number, Unsaid>()
  const mention = ({ start, end, name }: Identifier): void => {
    mentions.set(start, { start, end, name })
  }
  const declare = (identifier: Identifier): void => {
    declared.add(identifier.name)
    mention(identifier)
  }
  full(program, (node, _state, type) => {
    switch (node.type) {
      case "Identifier":
        return type === "VariablePattern" ? declare(node) : mention(node)
      case "ImportDeclaration":
        for (const specifier of node.specifiers) {
          declare(specifier.local)
          const { type, start } = specifier
          if (type === "ImportSpecifier" && specifier.imported.start === specifier.local.start)
            unsaid.set(start, { before: `${specifier.local.name} as ` })
        }
        return
      case "ExportNamedDeclaration":
        for (const { local, exported, start } of node.specifiers) {
          if (local.type !== "Identifier" || node.source) continue
          mention(local)
          if (exported.start === local.start) unsaid.set(start, { behind: ` as ${local.name}` })
        }
        return
      case "ObjectExpression":
      case "ObjectPattern":
        for (const property of node.properties)
          if (property.type === "Property" && property.shorthand && property.key.type === "Identifier")
            unsaid.set(property.start, { before: `${property.key.name}:` })
        return
      case "LabeledStatement":
        return declare(node.label)
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label) mention(node.label)
    }
  })
  return { declared, unsaid, mentions: [...mentions.values()].sort((a, b) => a.start - b.start) }
}

/** The text, whose syntax tree is given, with a number for each name, counted as they come. */
export const withoutNames = (code: string, program: Program, walk: typeof import("acorn-walk")): string => {
  const { declared, unsaid, mentions } = mentionsIn(program, walk)
  const numbers = new Map<string, number>()
  let [text, from] = ["", 0]
  for (const { start, end, name } of mentions) {
    if (!declared.has(name)) continue
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    const { before = "", behind = "" } = unsaid.get(start) ?? {}
    text += `${code.slice(from, start)}${before}\0${number}\0${behind}`
    from = end
  }
  return text + code.slice(from)
}
