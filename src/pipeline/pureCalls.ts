/**
 * Marks the calls that initialise top-level values as free of side effects, so that a bundler drops those whose value is
 * not used. This is the one thing that brink asks of the code that stages reach: the initialisers of top-level values are
 * pure (expression statements at the top level are left alone). Knows nothing of what the calls do.
 */
import type { AnyNode, Program } from "acorn"

const MARK = "/* @__PURE__ */ "

const isFunction = (node: AnyNode): boolean =>
  node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" || node.type === "FunctionDeclaration"

const isNode = (value: unknown): value is AnyNode => typeof value === "object" && value !== null && "type" in value

/** Where calls begin that run when the expression is evaluated; bodies of functions do not. */
const callsIn = (node: AnyNode, found: Set<number>): void => {
  if (isFunction(node)) return
  if (node.type === "CallExpression" || node.type === "NewExpression") found.add(node.start)
  for (const [name, child] of Object.entries(node)) {
    if (name === "body" && node.type === "ClassBody") continue
    for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) callsIn(item, found)
  }
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

/** The same JavaScript, whose syntax tree is given, with the marks. */
export const markPureCalls = (code: string, program: Program): string => {
  const found = new Set<number>()
  for (const expression of initialisers(program)) callsIn(expression, found)
  let marked = ""
  let from = 0
  for (const start of [...found].sort((a, b) => a - b)) {
    marked += code.slice(from, start) + MARK
    from = start
  }
  return marked + code.slice(from)
}
