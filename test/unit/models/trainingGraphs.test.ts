import { describe, expect, it } from "vitest"
import { nameOf } from "../../../src/graph/Graph.ts"
import { print } from "../../../src/graph/print.ts"
import { Activation, type Architecture, type Loss } from "../../../src/models/Architecture.ts"
import { trainingGraphs } from "../../../src/models/trainingGraphs.ts"
import { difference, distance, dot, drawer } from "../../support/draw.ts"
import { smallModel } from "../../support/models.ts"

const activations = Activation.literals
const one = { train: 6, test: 4, features: 3, outputs: 1 }
const images = { train: 4, test: 2, features: 32, outputs: 3 }
const image = { channels: 2, height: 4, width: 4 }
const networks: ReadonlyArray<readonly [string, Architecture, typeof one, Loss?]> = [
  ["a linear model", { kind: "mlp", widths: [], activation: "tanh" }, { ...one, outputs: 2 }],
  ["a tanh network", { kind: "mlp", widths: [5, 4], activation: "tanh" }, { ...one, outputs: 2 }],
  ["a relu network", { kind: "mlp", widths: [5, 4], activation: "relu" }, { ...one, outputs: 2 }],
  ["a tanh network with one output", { kind: "mlp", widths: [4], activation: "tanh" }, one],
  ["a diagonal network", { kind: "diagonal", scale: 0.1 }, one],
  ["a deep diagonal network", { kind: "diagonal", scale: 0.1, depth: 4 }, one],
  ["a diagonal network of two signs", { kind: "diagonal", scale: 0.1, form: "difference", depth: 3 }, one],
  ["a diagonal network of two factors", { kind: "diagonal", scale: 0.1, form: "product", lastScale: 0 }, one],
  ["a product of three numbers", { kind: "factorization", start: [1, 2, 3] }, { ...one, features: 1 }],
  ["a deep linear network", { kind: "deepLinear", widths: [4, 4, 4] }, { ...one, outputs: 2 }],
  ...activations.map(
    (activation) =>
      [
        `a ${activation} network with cross-entropy`,
        { kind: "mlp", widths: [5], activation },
        { ...one, outputs: 3 },
        "crossEntropy"
      ] as const
  ),
  [
    "a network with smooth labels and weight decay",
    { kind: "mlp", widths: [5], activation: "tanh" },
    { ...one, outputs: 3 },
    { kind: "crossEntropy", labelSmoothing: 0.1, weightDecay: 0.3 }
  ],
  ["a network with logistic loss", { kind: "mlp", widths: [5], activation: "tanh" }, one, "logistic"],
  ["a network with exponential loss", { kind: "mlp", widths: [5], activation: "tanh" }, one, "exponential"],
  [
    "a network in the ntk parameterization",
    { kind: "mlp", widths: [5, 4], activation: "tanh", parameterization: "ntk" },
    one
  ],
  [
    "a network in the mup parameterization",
    { kind: "mlp", widths: [5, 4], activation: "tanh", parameterization: "mup", scale: 2 },
    one
  ],
  [
    "a convolutional network with average pooling",
    { kind: "cnn", ...image, widths: [3, 2], activation: "tanh", pooling: "average" },
    images
  ],
  [
    "a convolutional network with maximum pooling",
    { kind: "cnn", ...image, widths: [3, 2], activation: "relu", pooling: "max" },
    images,
    "crossEntropy"
  ],
  [
    "a convolutional network with maximum pooling of odd images",
    { kind: "cnn", channels: 1, height: 5, width: 7, widths: [2], activation: "gelu", pooling: "max" },
    { ...images, features: 35 }
  ],
  [
    "a residual network with group norm",
    {
      kind: "resnet",
      ...image,
      widths: [2, 4],
      blocks: [1, 2],
      activation: "silu",
      norm: { kind: "group", groups: 2 }
    },
    images,
    "crossEntropy"
  ],
  [
    "a residual network with ghost batches",
    {
      kind: "resnet",
      ...image,
      widths: [2, 4],
      blocks: [1, 1],
      activation: "tanh",
      norm: { kind: "batch", samples: 2 }
    },
    images
  ],
  [
    "a vision transformer",
    { kind: "vit", ...image, patch: 2, dimension: 4, depth: 2, heads: 2, hidden: 6, activation: "gelu" },
    images,
    "crossEntropy"
  ],
  [
    "a vision transformer in the mup parameterization",
    {
      kind: "vit",
      ...image,
      patch: 2,
      dimension: 4,
      depth: 1,
      heads: 2,
      hidden: 6,
      activation: "geluTanh",
      parameterization: "mup"
    },
    images
  ]
]

const cases = networks.map(([name, architecture, sizes, lossName = "mse"]) => ({ name, architecture, sizes, lossName }))

describe.each(cases)("$name", ({ architecture, sizes, lossName }) => {
  const model = smallModel(architecture, 7, sizes, lossName)
  const { weights, direction, run, named, gradient, product, flat } = model
  const loss = (at: Float64Array<ArrayBuffer>) => run("gradient", named(at))["loss"]!

  it("the gradient is the slope of the loss", () => {
    const slope = dot(gradient(weights), direction)
    expect(distance(Float64Array.of(slope), difference(loss, weights, direction))).toBeLessThan(2e-8)
  })

  it("the product is the slope of the gradient", () => {
    expect(distance(product(weights, direction), difference(gradient, weights, direction))).toBeLessThan(2e-7)
  })

  it("the Hessian is symmetric: ⟨u, H v⟩ = ⟨H u, v⟩", () => {
    const other = drawer(8).numbers(weights.length)
    const [forth, back] = [dot(other, product(weights, direction)), dot(product(weights, other), direction)]
    expect(Math.abs(forth - back) / Math.max(1, Math.abs(forth))).toBeLessThan(1e-13)
  })

  it("the Gauss–Newton part of the Hessian is symmetric, and of a convex loss bends nowhere down", () => {
    const bent = (v: typeof direction) =>
      flat(run("gaussNewton", { ...named(weights), ...named(v, ".direction") }), ".product")
    const other = drawer(8).numbers(weights.length)
    const [forth, back] = [dot(other, bent(direction)), dot(bent(other), direction)]
    expect(Math.abs(forth - back) / Math.max(1, Math.abs(forth))).toBeLessThan(1e-13)
    // Targets are drawn here, also negative ones: of these cross-entropy is not convex.
    const kind = typeof lossName === "string" ? lossName : lossName.kind
    if (kind !== "crossEntropy") expect(dot(direction, bent(direction))).toBeGreaterThanOrEqual(0)
  })

  it("products are linear in the direction", () => {
    const twice = direction.map((value) => 2 * value)
    const doubled = product(weights, direction).map((value) => 2 * value)
    expect(distance(product(weights, twice), doubled)).toBeLessThan(1e-14)
  })

  it("a step is w − η ∇L, and reports the loss before it", () => {
    const learningRate = 0.3
    const after = run("step", { ...named(weights), learningRate: Float64Array.of(learningRate) })
    const slope = gradient(weights)
    const expected = weights.map((value, i) => value - learningRate * slope[i]!)
    expect(distance(flat(after, ".next"), expected)).toBeLessThan(1e-14)
    expect(after["loss"]![0]).toBeCloseTo(loss(weights)[0]!, 14)
  })

  it("linearize gives the loss and gradient that gradient gives", () => {
    const point = run("linearize", named(weights))
    expect(point["loss"]).toEqual(loss(weights))
    expect(flat(point, ".gradient")).toEqual(gradient(weights))
  })

  it("multiply asks for no more than what linearize saves, weights and directions", () => {
    const given = [
      ...model.parameters.flatMap(({ name }) => [name, `${name}.direction`]),
      ...Object.keys(model.graphs.linearize.outputs).filter((name) => name.startsWith("saved."))
    ]
    for (const input of model.graphs.multiply.inputs) expect(given).toContain(nameOf(input))
  })

  it("the evaluated training loss is the loss without weight decay", () => {
    expect(model.lossScale).toBe((lossName === "mse" ? 0.5 : 1) / sizes.train)
    const decay = typeof lossName === "object" ? 0.5 * lossName.weightDecay! * dot(weights, weights) : 0
    expect(run("evaluateTrain", named(weights))["loss"]![0]! + decay).toBeCloseTo(loss(weights)[0]!, 13)
  })

  it("equal arguments give equal graphs", () => {
    const again = smallModel(architecture, 7, sizes, lossName)
    for (const [name, graph] of Object.entries(again.graphs)) {
      expect(print(graph)).toBe(print(model.graphs[name as keyof typeof model.graphs]))
    }
  })
})

describe("a network that predicts x itself", () => {
  /** f(x) = x for two features, by a linear layer. */
  const model = smallModel({ kind: "mlp", widths: [], activation: "tanh" }, 1, {
    ...one,
    test: 3,
    features: 2,
    outputs: 2
  })
  const weights = model.named(Float64Array.of(1, 0, 0, 1, 0, 0))
  const evaluate = (inputs: ReadonlyArray<number>, targets: ReadonlyArray<number>) =>
    model.run("evaluateTest", { ...weights, inputs: Float64Array.from(inputs), targets: Float64Array.from(targets) })

  it("has accuracy: the fraction of samples whose largest output is where the largest target is", () => {
    const { accuracy } = evaluate([3, 1, 1, 3, 2, 1], [1, 0, 0, 1, 0, 1])
    expect(accuracy![0]).toBeCloseTo(2 / 3, 15)
  })

  it("has the loss ½ Σ over outputs, mean over samples", () => {
    const { loss } = evaluate([3, 1, 1, 3, 2, 1], [0, 0, 0, 0, 0, 0])
    expect(loss![0]).toBeCloseTo((0.5 * (10 + 10 + 5)) / 3, 14)
  })
})

describe("a network that is linear in its weights", () => {
  it.each(["mse", "crossEntropy", "logistic", "exponential"] as const)(
    "has no curvature of its own: with %s the Gauss–Newton part is the Hessian",
    (loss) => {
      const sizes = { ...one, outputs: 2 }
      const architecture = { kind: "mlp", widths: [], activation: "tanh" } as const
      const { weights, direction, run, named, flat, product } = smallModel(architecture, 3, sizes, {
        kind: loss,
        weightDecay: 0.2
      })
      const bent = run("gaussNewton", { ...named(weights), ...named(direction, ".direction") })
      expect(distance(flat(bent, ".product"), product(weights, direction))).toBeLessThan(1e-14)
    }
  )
})

describe("with one output", () => {
  it("accuracy does not apply, and is 0", () => {
    const model = smallModel({ kind: "diagonal", scale: 0.1 }, 1, one)
    expect(model.run("evaluateTest", model.named(model.weights))["accuracy"]![0]).toBe(0)
  })
})

describe("layout", () => {
  const { graphs } = trainingGraphs({
    architecture: { kind: "mlp", widths: [7, 6], activation: "tanh" },
    loss: "mse",
    dtype: "float32",
    train: 50,
    test: 10,
    features: 30,
    outputs: 4
  })

  it("the data is only ever the right operand of a product", () => {
    for (const graph of Object.values(graphs)) {
      for (const line of print(graph).split("\n")) expect(line).not.toMatch(/matmul\(inputs/)
    }
  })

  it("saves what products need once: per hidden layer the activation, two slopes and a signal, and the last signal", () => {
    const saved = graphs.multiply.inputs.filter((input) => nameOf(input).startsWith("saved."))
    expect(saved).toHaveLength(4 * 2)
  })

  it("every value is float32 where that was asked for", () => {
    for (const graph of Object.values(graphs)) expect(print(graph)).not.toContain("float64")
  })
})
