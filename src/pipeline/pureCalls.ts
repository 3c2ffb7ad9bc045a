/**
 * Marks what initialises top-level values as free of side effects, so that a bundler drops those whose value is not used. This is
 * the one thing that brink asks of the code that stages reach: the initialisers of top-level values are pure (expression
 * statements at the top level are left alone). Knows nothing of what the calls do.
 */
import type { AnyNode, Program } from "acorn"

const MARK = "/* @__PURE__ */ "

const isFunction = (node: AnyNode): boolean =>
  node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" || node.type === "FunctionDeclaration"

const isNode = (value: unknown): value is AnyNode => typeof value === "object" && value !== null && "type" in value

/** What is evaluated with an expression; bodies of functions are not. */
const evaluatedIn = (node: AnyNode): ReadonlyArray<AnyNode> => {
  if (isFunction(node)) return []
  const children = Object.entries(node).flatMap(([name, child]): ReadonlyArray<AnyNode> => {
    if (name === "body" && node.type === "ClassBody") return []
    return (Array.isArray(child) ? child : [child]).filter(isNode)
  })
  return [node, ...children.flatMap(evaluatedIn)]
}

const initialisers = (program: Program): ReadonlyArray<AnyNode> =>
  program.body.flatMap((statement): ReadonlyArray<AnyNode> => {
    const declaration =
      statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration"
        ? statement.declaration
        : statement
    if (declaration === null || declaration === undefined) return []
    if (declaration.type === "VariableDeclaration")
      return declaration.declarations.flatMap(({ init }) => (init ? [init] : []))
    if (declaration.type === "ClassDeclaration") return declaration.superClass ? [declaration.superClass] : []
    return statement.type === "ExportDefaultDeclaration" ? [declaration] : []
  })

interface Insertion {
  readonly at: number
  readonly text: string
}

/** Marks within an expression, and a call around it where a bundler would keep it for what it spreads: getters might do anything. */
const insertionsIn = (expression: AnyNode): ReadonlyArray<Insertion> => {
  const evaluated = evaluatedIn(expression)
  const has = (type: AnyNode["type"]): boolean => evaluated.some((node) => node.type === type)
  const calls = evaluated.filter(({ type }) => type === "CallExpression" || type === "NewExpression")
  const marks = [...new Set(calls.map(({ start }) => start))].map((at) => ({ at, text: MARK }))
  if (!has("SpreadElement") || has("AwaitExpression")) return marks
  // A class would lose the name that it has from what it is assigned to.
  if (expression.type === "ClassExpression") return marks
  return [{ at: expression.start, text: `${MARK}(() => (` }, ...marks, { at: expression.end, text: "))()" }]
}

/** The same JavaScript, whose syntax tree is given, with the marks. */
export const markPureCalls = (code: string, program: Program): string => {
  const insertions = initialisers(program).flatMap(insertionsIn)
  let [marked, from] = ["", 0]
  for (const { at, text } of insertions.toSorted((a, b) => a.at - b.at)) {
    marked += code.slice(from, at) + text
    from = at
  }
  return marked + code.slice(from)
}
