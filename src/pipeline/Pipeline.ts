/**
 * A pipeline: parameters with defaults, and a pure function from them to named targets. Reading it runs nothing: it gives
 * a Blueprint, which is plain data.
 */
import * as Schema from "effect/Schema"
import { addresses } from "./Address.ts"
import type * as Artifact from "./Artifact.ts"
import type { Blueprint, BlueprintNode } from "./Blueprint.ts"
import { canonical, type Json, sha256 } from "./canonical.ts"
import { ParameterInvalid, PipelineInvalid } from "./Errors.ts"
import * as Ref from "./Ref.ts"

export const TypeId = "~brink/Pipeline"

/** Named targets. A ref whose services are not all provided is refused by the types. */
export type Targets = Readonly<Record<string, Ref.Ref<Artifact.Any, unknown, never>>>

export interface Pipeline {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly default: Json }>
  /**
   * The graph for the given settings, written as they are on the command line.
   *
   * Errors  ParameterInvalid, PipelineInvalid, ArgumentInvalid, thrown
   */
  readonly blueprint: (settings: Readonly<Record<string, string>>) => Blueprint
}

/** `5_000`, `true`, `[1, 2]` are JSON; anything else is text. */
const parse = (text: string): unknown => {
  const plain = /^-?[\d_]+$/.test(text) ? text.replaceAll("_", "") : text
  try {
    return JSON.parse(plain)
  } catch {
    return text
  }
}

/** A setting as a schema reads it: as JSON, or else as the text that it is. */
const read = (decode: (value: unknown) => unknown, text: string): unknown => {
  try {
    return decode(parse(text))
  } catch (cause) {
    try {
      return decode(text)
    } catch {
      throw cause
    }
  }
}

/** What a schema asks for, from the words in which it refused a value: `Expected number` → `number`. */
const expectedBy = ({ message }: Error): string => {
  const problem = message.replaceAll(/\s*\n\s*/g, " ")
  const [, expected] = problem.match(/^Expected (.*)$/) ?? []
  return expected ?? `what its schema accepts (${problem})`
}

/** Everything that the targets need, each before what needs it. */
const walk = (targets: Readonly<Record<string, Ref.Any>>): ReadonlyArray<BlueprintNode> => {
  const nodes = new Map<string, BlueprintNode>()
  const visit = (ref: Ref.Any): void => {
    if (nodes.has(ref.id)) return
    const inputs: Record<string, string | ReadonlyArray<string>> = {}
    for (const [name, input] of Object.entries(ref.inputs)) {
      if (Ref.isRef(input)) visit(input)
      else for (const item of input) visit(item)
      inputs[name] = Ref.isRef(input) ? input.id : input.map((item) => item.id)
    }
    nodes.set(ref.id, { id: ref.id, ...ref.stage, stage: ref.stage.name, params: ref.params, inputs })
  }
  for (const ref of Object.values(targets)) visit(ref)
  return [...nodes.values()]
}

/** A pipeline; the default export of `pipelines/<name>.ts`. */
export const make = <const P extends Schema.Struct.Fields, T extends Targets>(
  name: string,
  options: {
    readonly params: P
    readonly defaults: Schema.Struct.Type<P>
    readonly build: (params: Schema.Struct.Type<P>) => T
  }
): Pipeline => {
  const fields = Object.entries(options.params) as ReadonlyArray<[string, Schema.Constraint]>
  const codec = (field: Schema.Constraint) => Schema.toCodecJson(field) as unknown as Schema.Codec<unknown, Json>
  const known = fields.map(([parameter]) => parameter)
  const defaults = options.defaults as Readonly<Record<string, unknown>>
  const decode = (settings: Readonly<Record<string, string>>): Record<string, unknown> => {
    const values: Record<string, unknown> = { ...defaults }
    for (const [parameter, text] of Object.entries(settings)) {
      const refuse = (expected: string) =>
        new ParameterInvalid({ pipeline: name, parameter, expected, got: JSON.stringify(text), known })
      if (!Object.hasOwn(options.params, parameter)) throw refuse("a parameter that it has")
      try {
        values[parameter] = read(Schema.decodeUnknownSync(codec(options.params[parameter]!)), text)
      } catch (cause) {
        throw refuse(expectedBy(cause as Error))
      }
    }
    return values
  }
  return {
    [TypeId]: TypeId,
    name,
    parameters: fields.map(([parameter, field]) => ({
      name: parameter,
      default: Schema.encodeUnknownSync(codec(field))(defaults[parameter])
    })),
    blueprint: (settings) => {
      const values = decode(settings)
      const targets = options.build(values as Schema.Struct.Type<P>) as unknown as Readonly<Record<string, Ref.Any>>
      const refuse = (problem: string) => new PipelineInvalid({ file: `pipelines/${name}.ts`, problem })
      if (Object.keys(targets).length === 0) throw refuse("build returns no target.")
      for (const target of Object.keys(targets)) {
        if (/^$|^\.|[/\\]/.test(target)) throw refuse(`"${target}" names a target, and could not name its folder.`)
      }
      const params: Record<string, Json> = {}
      for (const [parameter, field] of fields)
        params[parameter] = Schema.encodeUnknownSync(codec(field))(values[parameter])
      const nodes = walk(targets)
      const names = Object.fromEntries(Object.entries(targets).map(([target, ref]) => [target, ref.id]))
      const identity = { pipeline: name, params, targets: names }
      return { ...identity, nodes, addresses: addresses(nodes), digest: sha256(canonical(identity)) }
    }
  }
}
