/**
 * The names that a pattern declares where it stands for new variables. Knows nothing of what is done with them.
 */
import type { AnyNode } from "acorn"

export const boundBy = (pattern: AnyNode | null | undefined): ReadonlyArray<string> => {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name]
    case "ObjectPattern":
      return pattern.properties.flatMap((each) => boundBy(each.type === "Property" ? each.value : each))
    case "ArrayPattern":
      return pattern.elements.flatMap(boundBy)
    case "AssignmentPattern":
      return boundBy(pattern.left)
    case "RestElement":
      return boundBy(pattern.argument)
    default:
      return []
  }
}
