/**
 * What JavaScript says but for the names that only it uses: variables, functions, parameters, imports, labels. Two texts of which
 * one is the other with such names changed, each for one other, become the same. Not to be run, only to be compared. Knows nothing
 * of scopes: a name is the same wherever it stands, so two scopes that share one must share it in the other text, too.
 *
 * A minifier names alike in this sense whatever the names were, while the letters that it takes depend on how often letters
 * occur, those of the names among them. It gives no variable the name of a global value that is used, but for scopes in which
 * text is evaluated: a text that does that stays as it is.
 */
import type { AnyNode, Identifier, Program } from "acorn"
import { boundBy } from "./boundBy.ts"

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

/** The variables that a node declares, by itself. */
const declaredBy = (node: AnyNode): ReadonlyArray<string> => {
  switch (node.type) {
    case "VariableDeclarator":
      return boundBy(node.id)
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [node.id, ...node.params].flatMap(boundBy)
    case "ClassDeclaration":
    case "ClassExpression":
      return boundBy(node.id)
    case "CatchClause":
      return boundBy(node.param)
    case "ImportDeclaration":
      return node.specifiers.flatMap(({ local }) => boundBy(local))
    default:
      return []
  }
}

/** The mentions of variables and of labels in a text, and the variables that it declares. */
const mentionsIn = (program: Program, { full }: typeof import("acorn-walk")) => {
  const declared = new Set<string>()
  const variables = new Map<number, Mention>()
  const labels = new Map<number, Mention>()
  /** By where a name stands that is something else besides: a property, an import, an export. */
  const unsaid = new Map<number, Unsaid>()
  const mention = (mentions: Map<number, Mention>, { start, end, name }: Identifier): void => {
    mentions.set(start, { start, end, name })
  }
  full(program, (walked) => {
    const node = walked as AnyNode
    for (const name of declaredBy(node)) declared.add(name)
    switch (node.type) {
      case "Identifier":
        return mention(variables, node)
      case "ImportDeclaration":
        for (const { local, start, ...specifier } of node.specifiers) {
          mention(variables, local)
          if (specifier.type === "ImportSpecifier" && specifier.imported.start === local.start)
            unsaid.set(start, { before: `${local.name} as ` })
        }
        return
      case "ExportAllDeclaration":
        if (node.exported) variables.delete(node.exported.start)
        return
      case "ExportNamedDeclaration":
        for (const { local, exported, start } of node.specifiers) {
          if (local.type !== "Identifier" || node.source) continue
          mention(variables, local)
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
      case "BreakStatement":
      case "ContinueStatement":
        if (node.label) mention(labels, node.label)
    }
  })
  return { declared, variables, labels, unsaid }
}

/** Names → numbers, in the order in which they come. */
const numbering = () => {
  const numbers = new Map<string, number>()
  return (name: string): number => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  }
}

/** The text, whose syntax tree is given, with a number for each name, counted as they come. */
export const withoutNames = (code: string, program: Program, walk: typeof import("acorn-walk")): string => {
  const { declared, variables, labels, unsaid } = mentionsIn(program, walk)
  const all = [...variables.values()]
  if (all.some(({ name }) => name === "eval")) return code
  const [variable, label] = [numbering(), numbering()]
  const own = [...all.filter(({ name }) => declared.has(name)), ...labels.values()].sort((a, b) => a.start - b.start)
  let [text, from] = ["", 0]
  for (const { start, end, name } of own) {
    const { before = "", behind = "" } = unsaid.get(start) ?? {}
    const number = labels.has(start) ? `:${label(name)}` : variable(name)
    text += `${code.slice(from, start)}${before}\0${number}\0${behind}`
    from = end
  }
  return text + code.slice(from)
}
