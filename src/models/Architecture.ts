/**
 * Which network and which loss, as plain data. Knows nothing of graphs: a pipeline can name an architecture without them.
 */
import * as Schema from "effect/Schema"

export const Activation = Schema.Literals([
  "tanh",
  "relu",
  "gelu",
  "geluTanh",
  "silu",
  "softplus",
  "elu",
  "sigmoid",
  "softsign"
])
export type Activation = typeof Activation.Type

/**
 * From which distribution weights start, and by which constant each is multiplied in the network (`parameterization.ts`):
 * `pytorch` (the default), `he`, `xavier`, `lecun`; `ntk` and `mup`, whose limits of infinite width are the kernel and the
 * feature-learning one.
 */
export const Parameterization = Schema.Literals(["pytorch", "he", "xavier", "lecun", "ntk", "mup"])
export type Parameterization = typeof Parameterization.Type

const start = {
  parameterization: Schema.optionalKey(Parameterization),
  /** A factor of all weights that are drawn; 1 unless given. */
  scale: Schema.optionalKey(Schema.Finite)
}

/** The sizes of an image, which the data holds as one row: channels × height × width numbers. */
const image = { channels: Schema.Int, height: Schema.Int, width: Schema.Int }

/** A fully connected network: hidden widths, and the activation after each hidden layer. No widths: a linear model. */
export const Mlp = Schema.Struct({
  kind: Schema.Literal("mlp"),
  widths: Schema.Array(Schema.Int),
  activation: Activation,
  ...start
})
export type Mlp = typeof Mlp.Type

/** A product of matrices without bias f(x) = W_L ⋯ W_1 x, with the widths between them. */
export const DeepLinear = Schema.Struct({
  kind: Schema.Literal("deepLinear"),
  widths: Schema.Array(Schema.Int),
  ...start
})
export type DeepLinear = typeof DeepLinear.Type

/**
 * A diagonal linear network f(x) = ⟨β, x⟩ with one output, every weight starting at `scale`. β is, by `form`,
 * `power` w ⊙ ⋯ ⊙ w (the default), `difference` u ⊙ ⋯ ⊙ u − v ⊙ ⋯ ⊙ v, or `product` w₁ ⊙ ⋯ ⊙ w_L; each of `depth` L = 2
 * factors unless given.
 */
export const Diagonal = Schema.Struct({
  kind: Schema.Literal("diagonal"),
  scale: Schema.Finite,
  form: Schema.optionalKey(Schema.Literals(["power", "difference", "product"])),
  depth: Schema.optionalKey(Schema.Int),
  /** Where v of `difference`, or the last factor of `product`, starts; `scale` unless given. */
  lastScale: Schema.optionalKey(Schema.Finite)
})
export type Diagonal = typeof Diagonal.Type

/** A product of numbers f(x) = w₁ ⋯ w_L x, of one feature: the smallest model with an edge of stability. */
export const Factorization = Schema.Struct({
  kind: Schema.Literal("factorization"),
  /** Where each factor starts; as many factors as there are numbers. */
  start: Schema.Array(Schema.Finite)
})
export type Factorization = typeof Factorization.Type

/**
 * A convolutional network: 3 × 3 convolutions of these widths, each followed by an activation and 2 × 2 pooling, then a
 * linear layer. Source: Cohen et al. 2021, arXiv 2103.00065, appendix
 */
export const Cnn = Schema.Struct({
  kind: Schema.Literal("cnn"),
  ...image,
  widths: Schema.Array(Schema.Int),
  activation: Activation,
  pooling: Schema.Literals(["max", "average"]),
  ...start
})
export type Cnn = typeof Cnn.Type

/**
 * Normalisation of an image's channels: in `groups` of channels of one sample; or per channel over a ghost batch of
 * `samples` samples, in the order of the data. No running averages: test samples are normalised by their own batch.
 */
export const Norm = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("group"), groups: Schema.Int }),
  Schema.Struct({ kind: Schema.Literal("batch"), samples: Schema.Int })
])
export type Norm = typeof Norm.Type

/**
 * A residual network: a 3 × 3 convolution, then stages of basic blocks, each stage of one width and, but for the first, at
 * half the resolution; mean over positions; a linear layer. Source: He et al. 2016, arXiv 1512.03385, section 4.2
 */
export const Resnet = Schema.Struct({
  kind: Schema.Literal("resnet"),
  ...image,
  /** Channels of each stage. */
  widths: Schema.Array(Schema.Int),
  /** Blocks of each stage. */
  blocks: Schema.Array(Schema.Int),
  activation: Activation,
  norm: Norm,
  ...start
})
export type Resnet = typeof Resnet.Type

/**
 * A vision transformer: patches and learned positions, pre-norm blocks of attention and a fully connected layer, mean over
 * tokens, a linear layer. Sources: Dosovitskiy et al. 2021, arXiv 2010.11929; Beyer et al. 2022, arXiv 2205.01580
 */
export const Vit = Schema.Struct({
  kind: Schema.Literal("vit"),
  ...image,
  /** Side of a square patch. */
  patch: Schema.Int,
  /** Size of a token. */
  dimension: Schema.Int,
  depth: Schema.Int,
  heads: Schema.Int,
  /** Width of the fully connected layer in each block. */
  hidden: Schema.Int,
  activation: Activation,
  ...start
})
export type Vit = typeof Vit.Type

export const Architecture = Schema.Union([Mlp, DeepLinear, Diagonal, Factorization, Cnn, Resnet, Vit])
export type Architecture = typeof Architecture.Type

/**
 * What a sample costs: `mse` ½ Σ over outputs of (f − t)²; `crossEntropy` of softmax f; with y = ±1 the sign of the target,
 * `logistic` Σ log(1 + e^−yf) and `exponential` Σ e^−yf. The loss is the mean over samples.
 */
export const LossName = Schema.Literals(["mse", "crossEntropy", "logistic", "exponential"])
export type LossName = typeof LossName.Type

/** A loss by its name, or with terms. */
export const Loss = Schema.Union([
  LossName,
  Schema.Struct({
    kind: LossName,
    /** ε: targets become (1 − ε) t + ε / C. For `crossEntropy`. */
    labelSmoothing: Schema.optionalKey(Schema.Finite),
    /** λ: the loss has ½ λ ‖θ‖² besides. */
    weightDecay: Schema.optionalKey(Schema.Finite)
  })
])
export type Loss = typeof Loss.Type
