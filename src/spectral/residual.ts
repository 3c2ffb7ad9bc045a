/**
 * How far approximate eigenpairs are off, from the products that were made with a basis: no further one is needed. Knows nothing of
 * how the basis was grown.
 */
import { norm } from "./vectors.ts"

/** A space and what H makes of it. */
export interface Mapped {
  /** Q. [n] × m */
  readonly basis: ReadonlyArray<Float64Array>
  /**
   * H Q, each column by all the components that it has: along the vectors that the space leaves out, along the basis, and along
   * the directions that it adds to the basis. Those of T = QᵀHQ are symmetric; these are as they were found.
   */
  readonly images: ReadonlyArray<Float64Array> // m
  /** How many vectors it leaves out. */
  readonly locked: number
}

/** Below this times the norm of H a vector of so many entries is what rounding in float64 leaves. */
export const roundoff = (dimension: number): number => 16 * Number.EPSILON * Math.sqrt(dimension)

/**
 * What rounding adds to a product with a vector of norm 1 where H has the size `magnitude`: an upper estimate. It goes in all n
 * directions, and in most of them nothing tells it from the product. But QᵀHQ is symmetric, and what is not is the difference of
 * two components of rounding along the basis. Were all directions alike, their squares were one in n of that of the whole;
 * products round most along those in which H is large, which are in the basis, so it is up to 50 times less. Only from a handful
 * of products it can be too little, too.
 */
export const roundingOf = ({ basis, images, locked }: Mapped, magnitude: number): number => {
  const sizes = images.map(norm)
  let [found, products] = [0, 0]
  for (const [j, image] of images.entries()) {
    for (let i = 0; i < j; i++) {
      found += (image[locked + i]! - (images[i]![locked + j] ?? 0)) ** 2
      products += sizes[i]! ** 2 + sizes[j]! ** 2
    }
  }
  return products === 0 ? 0 : magnitude * Math.sqrt((basis[0]!.length * found) / products)
}

/** ‖Hy − θy‖ for y = Q s but for rounding: the space is too small, and vectors that it leaves out are no exact eigenvectors. */
export const distanceOf = ({ images, locked }: Mapped, value: number, coefficients: Float64Array): number => {
  const off = new Float64Array(Math.max(...images.map((image) => image.length)))
  images.forEach((image, j) => {
    image.forEach((component, i) => {
      off[i]! += coefficients[j]! * component
    })
  })
  coefficients.forEach((coefficient, j) => {
    off[locked + j]! -= value * coefficient
  })
  return norm(off)
}
