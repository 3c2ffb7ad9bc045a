/**
 * Finds the dynamic imports that a bundler cannot follow, since what they load is computed. Knows nothing of files.
 */
import type { Expression, ImportExpression, Program } from "acorn"

const isText = (source: Expression): boolean =>
  source.type === "Literal" || (source.type === "TemplateLiteral" && source.expressions.length === 0)

/** Every `import(…)` whose argument is not a text. */
export const computedImports = (
  program: Program,
  { simple }: typeof import("acorn-walk")
): ReadonlyArray<ImportExpression> => {
  const found: Array<ImportExpression> = []
  simple(program, {
    ImportExpression: (node) => {
      if (!isText(node.source)) found.push(node)
    }
  })
  return found
}
