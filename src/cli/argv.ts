/**
 * What somebody typed, in the form that the parser of the command line reads. Knows no verbs and no flags.
 */

/** `-j4` → `-j 4`, `-kj4` → `-kj 4`, as make and ninja take them; what is behind `--` stays as it is. */
export const detachNumbers = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.includes("--") ? args.indexOf("--") : args.length
  const flags = args.slice(0, end).flatMap((arg) => {
    const attached = /^(-[a-zA-Z]+)(-?\d+)$/.exec(arg)
    return attached === null ? [arg] : [attached[1]!, attached[2]!]
  })
  return [...flags, ...args.slice(end)]
}
