/**
 * What a schema asks for and what it was given, in the words of an error. Knows nothing of where the value comes from.
 */

/** From the words in which a schema refused a value: `Expected number` → `number`. */
export const expectedBy = ({ message }: Error): string => {
  const problem = message.replaceAll(/\s*\n\s*/g, " ")
  const [, expected] = problem.match(/^Expected (.*?)(?:, got .*)?$/) ?? []
  return expected ?? `what its schema accepts (${problem})`
}

/** The most of a value that a message shows. */
const MOST_CHARACTERS = 80

/** A value as a message shows it. */
export const shown = (value: unknown): string => {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`
}
