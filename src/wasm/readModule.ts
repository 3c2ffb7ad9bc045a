/**
 * A module of steps made ready, and what it says of itself. Refuses bytes that are not such a module, and one that asks for anything
 * from outside: it can do no more than calculate. Knows nothing of graphs.
 */
import * as Schema from "effect/Schema"
import { bytesPerElement } from "../tensor/DType.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { Description, runName, sectionName } from "./Description.ts"
import { NotAModule } from "./Errors.ts"

interface OpenedModule {
  readonly description: Description
  /** Makes so many steps, from 1 to `stepsAtOnce`. */
  readonly run: (steps: number) => void
  readonly memory: ArrayBuffer
}

const refuse = (reason: string): never => {
  throw new NotAModule({ reason })
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const describe = (module: WebAssembly.Module): Description => {
  const [section] = WebAssembly.Module.customSections(module, sectionName)
  if (section === undefined) return refuse(`the module has no section "${sectionName}"`)
  try {
    return Schema.decodeUnknownSync(Schema.fromJsonString(Description))(new TextDecoder().decode(section))
  } catch (cause) {
    return refuse(`the section "${sectionName}" of the module is damaged: ${messageOf(cause)}`)
  }
}

/** Whatever the module says of places must be inside of its memory. */
const check = ({ data, inputs, state, kept, stepsAtOnce }: Description, memory: number): void => {
  if (stepsAtOnce < 1) refuse(`a call of the module makes ${stepsAtOnce} steps`)
  const once = [...data, ...inputs, ...state].map((value) => ({ value, times: 1 }))
  for (const { value, times } of [...once, ...kept.map((each) => ({ value: each, times: stepsAtOnce }))]) {
    const { name, dtype, shape, offset } = value
    const width = bytesPerElement(dtype)
    const end = offset + times * sizeOf(shape) * width
    if (offset >= 0 && offset % width === 0 && end <= memory && shape.every((size) => size > 0)) continue
    refuse(`"${name}" lies at ${offset} to ${end}, outside of a memory of ${memory} bytes`)
  }
}

/**
 * The module of these bytes.
 *
 * Errors  rejects with NotAModule
 */
export const readModule = async (bytes: Uint8Array): Promise<OpenedModule> => {
  const module = await WebAssembly.compile(new Uint8Array(bytes)).catch((cause) => refuse(messageOf(cause)))
  const [wanted] = WebAssembly.Module.imports(module)
  if (wanted !== undefined) refuse(`the module asks for ${wanted.module}.${wanted.name}, and must ask for nothing`)
  const description = describe(module)
  const { exports } = await WebAssembly.instantiate(module).catch((cause) => refuse(messageOf(cause)))
  const [run, memory] = [exports[runName], exports["memory"]]
  if (typeof run !== "function" || !(memory instanceof WebAssembly.Memory)) {
    return refuse(`the module has no ${runName}, or no memory`)
  }
  check(description, memory.buffer.byteLength)
  return { description, run: run as (steps: number) => void, memory: memory.buffer }
}
