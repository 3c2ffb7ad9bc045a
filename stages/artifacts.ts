/**
 * What is stored: the schema of every artifact that the stages make. Knows nothing of how any of them is made.
 */
import * as Schema from "effect/Schema"
import { ParameterSpec } from "../src/models/ParameterSpec.ts"
import * as Artifact from "../src/pipeline/Artifact.ts"
import { outcomes } from "../src/train/Outcome.ts"
import { bytes, samples, tensors, text } from "./parts.ts"

const DType = Schema.Literals(["float32", "float64"])

/** A file of the project, as it was. */
export const File = Artifact.make("File", { content: bytes })

export const Dataset = Artifact.make("Dataset", {
  source: Schema.String,
  features: Schema.Int, // D
  outputs: Schema.Int, // C
  trainCount: Schema.Int, // N
  testCount: Schema.Int, // M
  train: samples,
  test: samples
})

/** A model: its parameters, and everything that is calculated with it as ONNX graphs. */
export const Model = Artifact.make("Model", {
  /** As they were described to `buildModel`. Only what makes graphs reads more in them, so only that changes with one more kind. */
  architecture: Schema.Json,
  loss: Schema.Json,
  /** L = lossScale · Σ over samples and outputs, but for weight decay. */
  lossScale: Schema.Finite,
  dtype: DType,
  parameters: Schema.Array(ParameterSpec),
  /** Steps of gradient descent that are made in one run of the step graph. */
  chunk: Schema.Int,
  /** Which of mathematically equal forms was chosen, by what each costs. */
  forms: Schema.Struct({
    /**
     * `dual` follows the values of the first layer instead of its weights; `compiled` is the direct step, for the processor also as
     * a WebAssembly module.
     */
    step: Schema.Literals(["direct", "dual", "compiled"]),
    /** Hessian-vector products for eigenvalues: of the whole space, or of the row space of the data alone. */
    eigenvalues: Schema.Literals(["whole", "row space"]),
    /** Samples that are worked on at once. */
    samples: Schema.Int
  }),
  /** `step.onnx`, `gradient.onnx`, …; `step.wasm` besides, where steps are compiled. */
  graphs: Artifact.folder
})

export const Weights = Artifact.make("Weights", { weights: tensors })

/** `null` is "not measured", or that there is no such thing. */
const Measured = Schema.NullOr(Schema.Finite)

/** How the gradient flow ended that gave η_c. Where that is not `Converged`, `ratio` is a lower bound of η / η_c. */
const flowOutcome = Schema.Literals(outcomes)

/** The end of a gradient flow, and the sharpness along it. All of it is of where it stopped, at its threshold or not. */
export const Flow = Artifact.make("Flow", {
  outcome: Schema.Literals(outcomes),
  /** The training loss that it was to reach. */
  threshold: Schema.Finite,
  steps: Schema.Int,
  time: Schema.Finite, // flow time t
  loss: Schema.Finite,
  initialSharpness: Schema.Finite, // S_0
  maximalSharpness: Schema.Finite, // S_max
  finalSharpness: Schema.Finite, // S_end
  criticalRate: Schema.Finite, // η_c = 2 / S_max
  l1: Schema.Finite, // ‖θ‖₁ at the end
  l2Squared: Schema.Finite, // ‖θ‖₂² at the end
  trainLoss: Schema.Finite,
  testLoss: Schema.Finite,
  testAccuracy: Measured,
  points: Schema.Array(
    Schema.Struct({
      time: Schema.Finite,
      step: Schema.Int,
      loss: Schema.Finite,
      sharpness: Schema.Finite,
      l1: Schema.Finite
    })
  ),
  weights: tensors
})

/** What descents take of a flow. */
export const CriticalRate = Artifact.make("CriticalRate", {
  rate: Schema.Finite, // η_c; an upper bound where the flow's outcome is not `Converged`
  flowOutcome
})

/** A run of gradient descent. */
export const Descent = Artifact.make("Descent", {
  ratio: Schema.Finite, // η / η_c
  flowOutcome,
  learningRate: Schema.Finite, // η
  /** On a quadratic of curvature λ, the run is stable while η λ is below this: 2 for gradient descent. */
  stableBelow: Schema.Finite,
  outcome: Schema.Literals(outcomes),
  /** The step of the weights. */
  steps: Schema.Int,
  loss: Schema.Finite,
  weights: tensors,
  /** `losses` [steps + 1]: L before every step. */
  losses: tensors,
  /** L was calculated at multiples of this; at other steps `losses` repeats the last one. `loss` is that of the weights. */
  judgeEvery: Schema.Int,
  snapshotSteps: Schema.Array(Schema.Int),
  /** `theta` [snapshots, p]: the flat weights at these steps. */
  snapshots: tensors
})

/** What was measured at the weights where a run stopped. */
export const Measurement = Artifact.make("Measurement", {
  ratio: Schema.Finite, // η / η_c
  flowOutcome,
  learningRate: Schema.Finite, // η
  outcome: Schema.Literals(outcomes),
  steps: Schema.Int,
  sharpness: Measured, // S, the largest eigenvalue
  residual: Measured, // ‖Hv − Sv‖
  sharpnessLow: Measured, // λ_min, the smallest eigenvalue
  residualLow: Measured, // ‖Hv − λ_min v‖
  tolerance: Schema.Finite,
  converged: Schema.Boolean, // of the eigenvalues
  products: Schema.Int,
  stability: Measured, // S · η
  stableBelow: Schema.Finite, // S · η below which a quadratic is stable
  l1: Measured, // ‖θ‖₁
  l2Squared: Measured, // ‖θ‖₂²
  trainLoss: Measured,
  testLoss: Measured,
  trainAccuracy: Measured,
  testAccuracy: Measured
})

/** An eigenvalue λ of a matrix A, and ‖A v − λ v‖. */
const eigenvalue = { value: Schema.Finite, residual: Schema.Finite }

/** The two parts of the Hessian H = G + R, G of the curvature of the loss, R of that of the network. */
export const CurvatureSplit = Artifact.make("CurvatureSplit", {
  hessian: Schema.Struct(eigenvalue), // λ_max(H)
  gaussNewton: Schema.Struct(eigenvalue), // λ_max(G)
  restHigh: Schema.Struct(eigenvalue), // λ_max(R)
  restLow: Schema.Struct(eigenvalue), // λ_min(R)
  /** vᵀGv and vᵀRv for the top eigenvector v of H. */
  alongGaussNewton: Schema.Finite,
  alongRest: Schema.Finite,
  tolerance: Schema.Finite,
  converged: Schema.Boolean,
  /** Products with H and with G. */
  hessianProducts: Schema.Int,
  gaussNewtonProducts: Schema.Int
})

/** Curvature beside the sharpness. */
export const Curvature = Artifact.make("Curvature", {
  /** λ_max(D H D) with D = diag|w|: it stays when weights around a homogeneous activation are rescaled. */
  scaled: Schema.Struct(eigenvalue),
  scaledConverged: Schema.Boolean,
  trace: Schema.Finite,
  traceError: Measured, // standard error
  /** Of its eigenvalues: point masses, of which each probe has those with the weights that sum to 1. */
  density: Schema.Array(Schema.Struct({ values: Schema.Array(Schema.Finite), weights: Schema.Array(Schema.Finite) })),
  tolerance: Schema.Finite,
  products: Schema.Int
})

/** The sharpness at a step; not converged where its search ended before it was settled. */
export const TracePoint = Schema.Struct({
  step: Schema.Int,
  sharpness: Schema.Finite,
  residual: Schema.Finite,
  products: Schema.Int,
  converged: Schema.Boolean
})

/** Loss and sharpness along one run. */
export const Trace = Artifact.make("Trace", {
  /** From where each search for a sharpness started, and so what it ruled out: see `traceSharpness`. */
  search: Schema.Literals(["cold", "warm"]),
  ratio: Schema.Finite,
  flowOutcome,
  learningRate: Schema.Finite,
  stableBelow: Schema.Finite,
  losses: Schema.Array(Schema.Struct({ step: Schema.Int, loss: Schema.Finite })),
  sharpnesses: Schema.Array(TracePoint)
})

const Key = Schema.String

const Row = Schema.Struct({
  model: Schema.String,
  ratio: Schema.Finite,
  flowOutcome,
  learningRate: Schema.Finite,
  outcome: Schema.Literals(outcomes),
  steps: Schema.Int,
  sharpness: Measured,
  residual: Measured,
  sharpnessLow: Measured,
  residualLow: Measured,
  products: Schema.Int,
  eigenvalues: Schema.NullOr(Schema.Literals(["Converged", "Exhausted"])),
  stability: Measured,
  stableBelow: Schema.Finite,
  l1: Measured,
  l2Squared: Measured,
  trainLoss: Measured,
  testLoss: Measured,
  trainAccuracy: Measured,
  testAccuracy: Measured,
  key: Key
})

/** All runs of one model, with the flow they are compared with. */
export const RunTable = Artifact.make("RunTable", {
  model: Schema.String,
  title: Schema.String,
  flow: Schema.Struct({
    outcome: Schema.Literals(outcomes),
    threshold: Schema.Finite,
    initialSharpness: Schema.Finite,
    maximalSharpness: Schema.Finite,
    finalSharpness: Schema.Finite,
    criticalRate: Schema.Finite,
    finalL1: Schema.Finite,
    finalL2Squared: Schema.Finite,
    trainLoss: Schema.Finite,
    testLoss: Measured,
    testAccuracy: Measured,
    time: Schema.Finite,
    steps: Schema.Int,
    key: Key
  }),
  rows: Schema.Array(Row),
  /** `runs.csv`, `runs.arrow` */
  files: Artifact.folder
})

/** A mean over sweeps, and its standard error. */
const Spread = Schema.Struct({ mean: Schema.Finite, error: Measured, count: Schema.Int })

/** What sweeps from several starts, or on several draws of the data, have in common. Norms and S are in units of the flow's end. */
export const SeedTable = Artifact.make("SeedTable", {
  title: Schema.String,
  rows: Schema.Array(
    Schema.Struct({
      ratio: Schema.Finite, // η / η_c
      runs: Schema.Int,
      converged: Schema.Int,
      testLoss: Schema.NullOr(Spread),
      l1: Schema.NullOr(Spread),
      l2Squared: Schema.NullOr(Spread),
      sharpness: Schema.NullOr(Spread),
      stability: Schema.NullOr(Spread) // S · η, as a share of what is stable
    })
  ),
  /** Whether a rate in between generalises better than both ends; `null` for too few sweeps or rates to tell. */
  comparison: Schema.NullOr(
    Schema.Struct({
      smallest: Schema.Finite,
      largest: Schema.Finite,
      best: Schema.Array(Schema.Finite),
      overSmallest: Spread,
      overLargest: Spread,
      place: Schema.Literals(["between", "smallest", "largest", "unclear"])
    })
  ),
  /** The actions that made the tables of the sweeps. */
  tables: Schema.Array(Key),
  /** `seeds.csv` */
  files: Artifact.folder
})

/** Where along the learning rate the end of descent changes its kind, and the ratios that would tell it more closely. */
export const Limits = Artifact.make("Limits", {
  /** Where it is not `Converged`, ratios are lower bounds, and no run is known to follow the flow. */
  flowOutcome,
  changes: Schema.Array(
    Schema.Struct({
      from: Schema.String,
      to: Schema.String,
      below: Schema.Finite, // η / η_c
      above: Schema.Finite,
      rateBelow: Schema.Finite, // η
      rateAbove: Schema.Finite
    })
  ),
  /** Ratios η / η_c. */
  add: Schema.Array(Schema.Finite)
})

/** A figure: what it draws as Vega-Lite, and how it looks without a browser. */
export const Figure = Artifact.make("Figure", {
  /** Letters, digits and hyphens. */
  name: Schema.String,
  title: Schema.String,
  caption: Schema.String,
  spec: text("json"),
  image: text("svg")
})

/** A folder with `index.html` in it. */
export const Report = Artifact.make("Report", { files: Artifact.folder })
