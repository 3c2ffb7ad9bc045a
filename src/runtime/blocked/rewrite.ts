/**
 * Models in onnxruntime's own layout for processors, NCHWc: channels in blocks as wide as a vector register. It uses that layout
 * by itself where kernels are constants; in training they are not. So this writes it out: a model with standard ops becomes one
 * with the ops of the domain `com.microsoft.nchwc`, which calculates the same. Between convolutions, activations, norms and
 * pooling, values stay in blocks. Knows nothing of whether a processor has these kernels.
 *
 * Source  microsoft/onnxruntime onnxruntime/core/optimizer/nchwc_transformer.cc, contrib_ops/cpu/nchwc_ops.cc
 */
import type { GraphProto, ModelProto } from "onnx-buf"
import { convolve } from "./convolve.ts"
import { applyElementwise, compare } from "./elementwise.ts"
import { bodiesOf, readBy } from "./Facts.ts"
import { adjoinImage } from "./imageAdjoint.ts"
import { adjoinKernel } from "./kernelAdjoint.ts"
import { makeLayout } from "./Layout.ts"
import type { Messages } from "./Messages.ts"
import type { Rule } from "./nodes.ts"
import { applyPerChannel } from "./perChannel.ts"
import { pool, repeatPixels } from "./pool.ts"
import { innerProduct, sumPositions } from "./sum.ts"
import { blockedDomain, makeWriting, type Writing } from "./Writing.ts"

/** The first that has a form in blocks writes it. */
const rules: ReadonlyArray<Rule> = [
  convolve,
  adjoinKernel,
  adjoinImage,
  innerProduct,
  applyPerChannel,
  applyElementwise,
  compare,
  sumPositions,
  pool,
  repeatPixels
]

export const hasConvolutions = ({ node }: GraphProto): boolean =>
  node.some((each) => each.opType === "Conv" || bodiesOf(each).some(hasConvolutions))

/** Rewrites the graph in place, with what is inside of it; whether anything was rewritten. */
const rewrite = (writing: Writing): boolean => {
  const { make, graph, block } = writing
  const layout = makeLayout(writing)
  let changed = false
  for (const node of graph.node) {
    if (layout.isTaken(node)) continue
    if (rules.some((rule) => rule(layout, node))) {
      changed = true
      continue
    }
    for (const name of readBy(node)) layout.needPlain(name)
    for (const body of bodiesOf(node)) changed = rewrite(makeWriting(make, body, block, writing)) || changed
    layout.nodes.push(node)
  }
  for (const { name } of graph.output) layout.needPlain(name)
  graph.node = layout.nodes
  return changed
}

/** Rewrites a model in place for blocks of so many channels; whether anything was rewritten. */
export const withBlocks = (make: Messages, model: ModelProto, block: number): boolean => {
  const changed = rewrite(makeWriting(make, model.graph!, block))
  if (changed) model.opsetImport.push(make.opset(blockedDomain, 1))
  return changed
}
