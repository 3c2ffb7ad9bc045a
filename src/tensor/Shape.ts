/**
 * Sizes per axis, and what follows from them: element count, strides, broadcasting. Knows nothing of numbers.
 */

/** Sizes per axis; `[]` is a scalar. */
export type Shape = ReadonlyArray<number>

/** Number of elements of a shape. `[]` → 1 */
export const sizeOf = (shape: Shape): number => {
  let size = 1
  for (const axis of shape) size *= axis
  return size
}

/** Row-major strides, in elements. `[2, 3]` → `[3, 1]` */
export const stridesOf = (shape: Shape): ReadonlyArray<number> => {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis]!
  }
  return strides
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, i) => size === b[i])

/** `[2, 3]`, as it is printed in messages. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`
