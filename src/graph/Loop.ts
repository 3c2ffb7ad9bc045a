/**
 * How a graph is repeated: which of its outputs are carried into the next step, and of which every step's value is kept. Knows
 * nothing of what repeats it.
 */
import { formatShape, sameShape } from "../tensor/Shape.ts"
import { NotRepeatable } from "./Errors.ts"
import { type Around, type Graph, nameOf, type Parts } from "./Graph.ts"
import type { Node } from "./Node.ts"

export interface LoopOptions {
  readonly name: string
  /** For each output that is carried into the next step, the input it becomes. */
  readonly state: Readonly<Record<string, string>>
  /** Outputs of which every step's value is kept. `[…]` → `[steps, …]` */
  readonly scan: ReadonlyArray<string>
  /** What each step needs summed over parts of the data. */
  readonly parts?: Parts | undefined
  /** What is made before the first step and after the last. State that it makes is neither given to the model nor by it. */
  readonly around?: Around | undefined
}

/** The int64 input that says how often to repeat. `[]` */
export const stepsInput = "steps"

const typeOf = ({ dtype, shape }: Node): string => `${dtype} ${formatShape(shape)}`

/**
 * Whether a graph can be repeated like this.
 *
 * Errors  NotRepeatable if an output is neither carried nor kept, or does not fit its input
 */
export const checkLoop = (graph: Graph, { name, state, scan }: LoopOptions): void => {
  const refuse = (where: string, expected: string, actual: string): never => {
    throw new NotRepeatable({ graph: name, where, expected, actual })
  }
  const inputs = new Map(graph.inputs.map((input) => [nameOf(input), input]))
  if (inputs.has(stepsInput)) refuse("an input's name", `any name but ${stepsInput}`, stepsInput)
  for (const output of [...Object.keys(state), ...scan]) {
    if (!Object.hasOwn(graph.outputs, output)) {
      refuse(`"${output}"`, `one of the outputs ${Object.keys(graph.outputs).join(", ")}`, "not an output")
    }
  }
  for (const output of Object.keys(graph.outputs)) {
    const roles = (output in state ? 1 : 0) + scan.filter((scanned) => scanned === output).length
    if (roles !== 1) refuse(`output "${output}"`, "in `state` or in `scan`, once", `there ${roles} times`)
  }
  for (const [output, inputName] of Object.entries(state)) {
    const input = inputs.get(inputName)
    const result = graph.outputs[output]!
    if (input === undefined) refuse(`the state of "${output}"`, `one of ${[...inputs.keys()].join(", ")}`, inputName)
    else if (input.dtype !== result.dtype || !sameShape(input.shape, result.shape)) {
      refuse(`output "${output}"`, `${typeOf(input)} as the input "${inputName}"`, typeOf(result))
    }
  }
}
