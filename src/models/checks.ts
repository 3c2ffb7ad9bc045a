/**
 * What every architecture asks of its sizes.
 */

import type { Node } from "../graph/Node.ts"
import type { Builder } from "../ops/Build.ts"
import { InvalidArchitecture } from "./Errors.ts"

/**
 * Checks a size that counts something.
 *
 * Errors  InvalidArchitecture
 */
export const checkCount = (architecture: string, field: string, actual: number, least = 1): void => {
  if (Number.isInteger(actual) && actual >= least) return
  throw new InvalidArchitecture({ architecture, field, expected: `a whole number of at least ${least}`, actual })
}

/** Checks each of a list of counts. Errors  InvalidArchitecture */
export const checkCounts = (architecture: string, field: string, counts: ReadonlyArray<number>): void =>
  counts.forEach((count, i) => {
    checkCount(architecture, `${field}[${i}]`, count)
  })

/** Checks that one count is a multiple of another. Errors  InvalidArchitecture */
export const checkMultiple = (architecture: string, field: string, actual: number, of: number, what: string): void => {
  if (actual % of === 0) return
  throw new InvalidArchitecture({ architecture, field, expected: `a multiple of ${what}, ${of}`, actual })
}

export interface ImageSizes {
  readonly channels: number
  readonly height: number
  readonly width: number
}

/** Checks that a row of the data is an image of these sizes. Errors  InvalidArchitecture */
export const checkImage = (architecture: string, { channels, height, width }: ImageSizes, features: number): void => {
  checkCount(architecture, "channels", channels)
  checkCount(architecture, "height", height)
  checkCount(architecture, "width", width)
  if (channels * height * width === features) return
  const field = "the number of features of the data"
  const expected = `channels × height × width = ${channels} × ${height} × ${width} = ${channels * height * width}`
  throw new InvalidArchitecture({ architecture, field, expected, actual: features })
}

/** Rows of the data as images. [N, C·H·W] → [N, C, H, W] */
export const asImages = (g: Builder, inputs: Node, { channels, height, width }: ImageSizes): Node =>
  g.reshape(inputs, { shape: [inputs.shape[0]!, channels, height, width] })
