/**
 * A pipeline: parameters with defaults, and a pure function from them to named targets. Reading it runs nothing: it gives
 * a Blueprint, which is plain data.
 */
import * as Schema from "effect/Schema"
import { addresses } from "./Address.ts"
import type * as Artifact from "./Artifact.ts"
import { checkAxis, elementOf } from "./Axis.ts"
import type { Blueprint, BlueprintNode } from "./Blueprint.ts"
import { canonical, type Json, sha256 } from "./canonical.ts"
import { ParameterInvalid, PipelineInvalid } from "./Errors.ts"
import * as Ref from "./Ref.ts"
import type { Refinements } from "./Refine.ts"
import { expectedBy, shown } from "./refusal.ts"
import { codecOf, grown, isListed, readSetting, Unreadable } from "./settings.ts"

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
    /**
     * Axes that grow by what comes out: `{ ratio: { by: "limits", rounds: 10 } }` adds the values that the artifact of target
     * `limits` holds as `add`, and runs what they need, again and again, until there are none.
     */
    readonly refine?: Refinements<NoInfer<P>, NoInfer<T>>
  }
): Pipeline => {
  const fields = Object.entries(options.params) as ReadonlyArray<[string, Schema.Constraint]>
  const known = fields.map(([parameter]) => parameter)
  const defaults = options.defaults as Readonly<Record<string, unknown>>
  const axes = fields.flatMap(([parameter, field]) => (elementOf(field) === undefined ? [] : [parameter]))
  const decode = (settings: Readonly<Record<string, string>>): Record<string, unknown> => {
    const values: Record<string, unknown> = { ...defaults }
    const isAdded = (written: string): boolean => written.endsWith("+")
    const entries = Object.entries(settings).sort(([a], [b]) => Number(isAdded(a)) - Number(isAdded(b)))
    for (const [written, text] of entries) {
      const added = isAdded(written)
      const parameter = added ? written.slice(0, -1) : written
      const refuse = (expected: string) =>
        new ParameterInvalid({ pipeline: name, parameter, expected, got: JSON.stringify(text), known })
      if (!Object.hasOwn(options.params, parameter)) throw refuse("a parameter that it has")
      const noAxis = `no axis of a sweep${axes.length === 0 ? "" : ` (${axes.join(", ")})`}`
      if (added && !axes.includes(parameter)) throw refuse(`one value with =, as it is ${noAxis}, to which += adds`)
      try {
        const value = readSetting(options.params[parameter]!, text)
        values[parameter] = added
          ? grown(values[parameter] as ReadonlyArray<unknown>, value as ReadonlyArray<unknown>)
          : value
      } catch (cause) {
        if (!(cause instanceof Unreadable)) throw cause
        const several = !axes.includes(parameter) && isListed(text)
        throw refuse(several ? `${cause.expected}, one value, as it is ${noAxis}` : cause.expected)
      }
    }
    for (const parameter of axes)
      checkAxis(`axis "${parameter}" of pipeline ${name}`, values[parameter] as ReadonlyArray<unknown>)
    return values
  }
  const refine = Object.entries(
    (options.refine ?? {}) as Readonly<Record<string, { readonly by: string; readonly rounds: number }>>
  ).map(([axis, { by, rounds }]) => ({ axis, by, rounds }))
  return {
    [TypeId]: TypeId,
    name,
    parameters: fields.map(([parameter, field]) => {
      const value = defaults[parameter]
      try {
        return { name: parameter, default: Schema.encodeUnknownSync(codecOf(field))(value) }
      } catch (cause) {
        const problem = `the default of "${parameter}" is ${shown(value)}, expected ${expectedBy(cause as Error)}.`
        throw new PipelineInvalid({ file: `pipelines/${name}.ts`, problem })
      }
    }),
    blueprint: (settings) => {
      const values = decode(settings)
      const targets = options.build(values as Schema.Struct.Type<P>) as unknown as Readonly<Record<string, Ref.Any>>
      const refuse = (problem: string) => new PipelineInvalid({ file: `pipelines/${name}.ts`, problem })
      if (Object.keys(targets).length === 0) throw refuse("build returns no target.")
      for (const target of Object.keys(targets)) {
        if (/^$|^\.|[/\\]/.test(target)) throw refuse(`"${target}" names a target, and could not name its folder.`)
      }
      for (const { axis, by, rounds } of refine) {
        if (!axes.includes(axis)) throw refuse(`"${axis}" is to be refined, and is no axis of a sweep.`)
        if (!Object.hasOwn(targets, by)) throw refuse(`"${by}" is to refine ${axis}, and build returns no such target.`)
        if (!Number.isInteger(rounds) || rounds < 1) throw refuse(`${rounds} rounds of ${axis} cannot be made.`)
      }
      const params: Record<string, Json> = {}
      for (const [parameter, field] of fields)
        params[parameter] = Schema.encodeUnknownSync(codecOf(field))(values[parameter])
      const nodes = walk(targets)
      const names = Object.fromEntries(Object.entries(targets).map(([target, ref]) => [target, ref.id]))
      const identity = { pipeline: name, params, targets: names }
      return { ...identity, refine, nodes, addresses: addresses(nodes, axes), digest: sha256(canonical(identity)) }
    }
  }
}
