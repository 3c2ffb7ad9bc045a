/**
 * Weights that come from elsewhere, as a module of PyTorch saves them: tensors by name. What they are checked against are the
 * parameters of a model, whose names and layouts are those of PyTorch. The other way there is nothing to do: weights are stored
 * under these names. Knows no network.
 */
import type { FloatDType } from "../tensor/DType.ts"
import { formatShape, sameShape } from "../tensor/Shape.ts"
import { floats, type Tensor, type Tensors, tensor } from "../tensor/Tensor.ts"
import { WeightsMismatch } from "./Errors.ts"
import type { ParameterSpec } from "./ParameterSpec.ts"

type Expected = Pick<ParameterSpec, "name" | "shape">

const describe = ({ dtype, shape }: Tensor): string => `${dtype} ${formatShape(shape)}`

/**
 * The weights of a model, in its order and dtype. `names` says what a parameter is called there, where that is something else:
 * the first layer of an `nn.Sequential` is `0.weight`.
 *
 * Errors  WeightsMismatch for a parameter that is absent, of another shape or no floating-point numbers, and for a tensor that is
 *         no parameter
 */
export const fromStateDict = (
  given: Tensors,
  parameters: ReadonlyArray<Expected>,
  dtype: FloatDType,
  names: Readonly<Record<string, string>> = {}
): Tensors => {
  const nameThere = (name: string): string => (Object.hasOwn(names, name) ? names[name]! : name)
  const used = new Set(parameters.map(({ name }) => nameThere(name)))
  const known = parameters.map(({ name }) => name)
  const refuse = (name: string, expected: string, actual: string): never => {
    throw new WeightsMismatch({ name, expected, actual })
  }
  const renamed = Object.keys(names).find((name) => !known.includes(name))
  if (renamed !== undefined) refuse(renamed, `one of the parameters ${known.join(", ")}`, "not one")
  const extra = Object.keys(given).find((name) => !used.has(name))
  if (extra !== undefined) refuse(extra, `one of ${[...used].join(", ")}`, "no parameter")

  const converted = ({ name, shape }: Expected): Tensor => {
    const there = nameThere(name)
    const found = Object.hasOwn(given, there) ? given[there] : undefined
    const isFloat = found?.dtype === "float32" || found?.dtype === "float64"
    if (found === undefined || !isFloat || !sameShape(found.shape, shape)) {
      return refuse(there, `float32 or float64 ${formatShape(shape)}`, found === undefined ? "absent" : describe(found))
    }
    const values = floats(found)
    return tensor(shape, dtype === "float32" ? new Float32Array(values) : new Float64Array(values))
  }
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, converted(parameter)]))
}
