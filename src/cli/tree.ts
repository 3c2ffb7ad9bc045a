/**
 * A tree as lines of text. Knows nothing of what its branches are.
 */

/** The lines of a tree: each item's own, its children below it. */
export const drawTree = <A>(
  root: A,
  lineOf: (item: A) => string,
  childrenOf: (item: A, depth: number) => ReadonlyArray<A>
): ReadonlyArray<string> => {
  const lines = [lineOf(root)]
  const draw = (item: A, before: string, depth: number): void => {
    const children = childrenOf(item, depth)
    for (const [i, child] of children.entries()) {
      const isLast = i === children.length - 1
      lines.push(`${before}${isLast ? "└─ " : "├─ "}${lineOf(child)}`)
      draw(child, `${before}${isLast ? "   " : "│  "}`, depth + 1)
    }
  }
  draw(root, "", 0)
  return lines
}
