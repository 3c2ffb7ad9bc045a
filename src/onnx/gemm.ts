/**
 * Products of matrices as ONNX Gemm, which takes transposes and a summand in the same pass over memory:
 *
 *     Y = ± A B + C,   A or B transposed by flag,   C repeated to the shape of Y
 *
 * so that a bias, a weight update W + g aᵀ, or a sum of products costs no pass of its own. (A bias does where Y is larger than
 * the processor's caches: there a pass costs less.) A product is taken into a sum only where nothing else uses it. `alpha` is a
 * float32 attribute, also for float64: it is ±1 and nothing else; learning rates never go there. Gemm rather than MatMul also
 * keeps onnxruntime's MatMulScaleFusion, which rounds scalars to float32, away from float64 graphs.
 */
import type { Node } from "../graph/Node.ts"
import { sizeOf } from "../tensor/Shape.ts"
import { unrepeated } from "./broadcast.ts"
import { broadcastShape, type Call, type CallAttribute, type Operand } from "./Call.ts"
import type { Uses } from "./uses.ts"

interface Product {
  readonly node: Node
  readonly sign: 1 | -1
}

interface Terms {
  readonly products: ReadonlyArray<Product>
  readonly others: ReadonlyArray<Node>
}

/** A B, or (A B)ᵀ of a product that nothing else uses. Gemm knows one matrix at a time. */
const isProduct = (node: Node, uses: Uses): boolean =>
  node.shape.length === 2 &&
  (node.op === "matmul" ||
    (node.op === "transpose" && node.inputs[0]!.op === "matmul" && uses.once(node) && uses.once(node.inputs[0]!)))

/** The summands of a node. Sums that nothing else uses are opened, so that every product among them is seen. */
const termsOf = (node: Node, uses: Uses, isRoot: boolean): Terms => {
  const [a, b] = node.inputs
  const isOwnProduct = (x: Node | undefined): x is Node => x !== undefined && uses.once(x) && isProduct(x, uses)
  const isOpen = isRoot || uses.once(node)
  if (isOpen && node.op === "add") {
    const [left, right] = [termsOf(a!, uses, false), termsOf(b!, uses, false)]
    return { products: [...left.products, ...right.products], others: [...left.others, ...right.others] }
  }
  if (isOpen && node.op === "sub" && isOwnProduct(b)) {
    const left = termsOf(a!, uses, false)
    return { ...left, products: [...left.products, { node: b, sign: -1 }] }
  }
  if (isOpen && node.op === "neg" && isOwnProduct(a)) return { products: [{ node: a, sign: -1 }], others: [] }
  const isTaken = isRoot ? isProduct(node, uses) : isOwnProduct(node)
  return isTaken ? { products: [{ node, sign: 1 }], others: [] } : { products: [], others: [node] }
}

const untransposed = (node: Node): { readonly node: Node; readonly flag: 0 | 1 } =>
  node.op === "transpose" ? { node: node.inputs[0]!, flag: 1 } : { node, flag: 0 }

/** ± A B + C. [m, k] · [k, n] + [m, n] or less → [m, n] */
const gemm = ({ node, sign }: Product, summand: Operand | undefined): Call => {
  const [a, b] = (node.op === "transpose" ? node.inputs[0]! : node).inputs.map(untransposed)
  const flip = node.op === "transpose" ? 1 : 0 // (A B)ᵀ = Bᵀ Aᵀ
  const [left, right] = flip === 1 ? [b!, a!] : [a!, b!]
  const attributes: Record<string, CallAttribute> = {}
  if (sign === -1) attributes["alpha"] = { float: -1 }
  if (left.flag !== flip) attributes["transA"] = { int: 1 }
  if (right.flag !== flip) attributes["transB"] = { int: 1 }
  const operands = [left.node, right.node, ...(summand === undefined ? [] : [summand])]
  return { opType: "Gemm", operands, attributes, shape: node.shape, dtype: node.dtype }
}

const add = (a: Operand, b: Operand, { dtype }: Node): Call => ({
  opType: "Add",
  operands: [a, b],
  attributes: {},
  shape: broadcastShape(a.shape, b.shape)!,
  dtype
})

/**
 * The most numbers in Y over which C is repeated. onnxruntime first fills Y with it and then adds the product to what it reads
 * again: [200, 5000] of float32 with a column of 200 takes 0.35 ms more by that than without, and 0.2 ms more by an addition.
 */
const mostRepeated = 2 ** 18

/** The node as one Gemm, or several of which each is the summand of the next; undefined where it is no sum of products. */
export const asGemm = (node: Node, uses: Uses): Call | undefined => {
  const { products, others } = termsOf(node, uses, true)
  const [first, ...more] = products
  if (first === undefined) return undefined
  const [summand, ...summands] = others.map(unrepeated)
  const start = summand && summands.reduce((sum, operand) => add(sum, operand, node), summand)
  const isApart = start !== undefined && sizeOf(start.shape) < sizeOf(node.shape) && sizeOf(node.shape) > mostRepeated
  const sum = more.reduce((before, product) => gemm(product, before), gemm(first, isApart ? undefined : start))
  return isApart ? add(sum, start, node) : sum
}
