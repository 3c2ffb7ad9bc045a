/**
 * Leaves out of a stage's definition how its actions are run: nothing of that can change a result, so it is no part of the
 * code that a key is made from. The controller has it from the definition itself. Knows nothing of what the options mean.
 */
import type { AnyNode, CallExpression, ObjectExpression, Program } from "acorn"
import type { ConductOptions } from "./Conduct.ts"

const OPTIONS: Readonly<Record<keyof ConductOptions<string>, true>> = {
  extends: true,
  needs: true,
  timeout: true,
  retries: true
}

/** `Stage.make(…)`; under another name the options stay, which makes a stage rerun that need not. */
const isStage = ({ callee }: CallExpression): boolean =>
  callee.type === "MemberExpression" &&
  callee.object.type === "Identifier" &&
  callee.object.name === "Stage" &&
  callee.property.type === "Identifier" &&
  callee.property.name === "make"

const isConduct = (property: AnyNode): boolean =>
  property.type === "Property" &&
  !property.computed &&
  property.key.type === "Identifier" &&
  Object.hasOwn(OPTIONS, property.key.name)

/** Where options begin and end, each with the comma behind it. */
const placesIn = ({ properties, end }: ObjectExpression): ReadonlyArray<readonly [number, number]> =>
  properties.flatMap((property, i) =>
    isConduct(property) ? [[property.start, properties[i + 1]?.start ?? end - 1] as const] : []
  )

/** The same JavaScript, whose syntax tree is given, with spaces in the place of the options: everything else stays where it is. */
export const withoutConduct = (code: string, program: Program, { simple }: typeof import("acorn-walk")): string => {
  const places: Array<readonly [number, number]> = []
  simple(program, {
    CallExpression: (call) => {
      const options = call.arguments[1]
      if (isStage(call) && options?.type === "ObjectExpression") places.push(...placesIn(options))
    }
  })
  let text = code
  for (const [from, to] of places) text = text.slice(0, from) + " ".repeat(to - from) + text.slice(to)
  return text
}
