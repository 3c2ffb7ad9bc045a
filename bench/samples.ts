/**
 * Samples that stand for standardised images of random classes, where only their number and size count. Knows no benchmark.
 */
import { fromSeed, split, uniform } from "../src/random/Prng.ts"
import { tensor } from "../src/tensor/Tensor.ts"

/** Seeded noise [N, D], and a class of each as one of C ones [N, C]. */
export const drawSamples = (seed: string, samples: number, features: number, outputs: number) => {
  const root = fromSeed(seed)
  const inputs = Float32Array.from(uniform(split(root, "inputs"), samples * features, -1.7, 1.7))
  const targets = new Float32Array(samples * outputs)
  uniform(split(root, "classes"), samples, 0, outputs).forEach((value, n) => {
    targets[n * outputs + Math.floor(value)] = 1
  })
  return { inputs: tensor([samples, features], inputs), targets: tensor([samples, outputs], targets) }
}
