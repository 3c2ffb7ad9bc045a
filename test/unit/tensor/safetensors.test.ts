import { assert, describe, it } from "vitest"
import { decodeSafetensors, encodeSafetensors, SafetensorsMalformed } from "../../../src/tensor/safetensors.ts"
import { type Tensors, tensor } from "../../../src/tensor/Tensor.ts"

const sample: Tensors = {
  flags: tensor([3], new Uint8Array([1, 0, 1])),
  weight: tensor([2, 2], new Float32Array([1, -0, Number.NaN, 1e-40])),
  count: tensor([], new BigInt64Array([-(2n ** 63n)])),
  bias: tensor([2], new Float64Array([Math.PI, Number.NEGATIVE_INFINITY])),
  empty: tensor([0, 5], new Float32Array(0))
}

const file = (header: unknown, elements: number): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + elements)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const refusal = (bytes: Uint8Array): SafetensorsMalformed => {
  try {
    decodeSafetensors(bytes)
  } catch (error) {
    if (error instanceof SafetensorsMalformed) return error
    throw error
  }
  return assert.fail("the bytes were accepted")
}

const entry = (shape: ReadonlyArray<number>, start: number, end: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [start, end]
})

describe("safetensors", () => {
  it("tensors of every dtype come back with their names, order, shapes and bits", () => {
    const back = decodeSafetensors(encodeSafetensors(sample))
    assert.deepStrictEqual(Object.keys(back), Object.keys(sample))
    assert.deepStrictEqual(back, sample)
    assert.isTrue(Object.is((back["weight"]!.data as Float32Array)[1], -0))
  })

  it("the same tensors give the same bytes, which are those of the standard", () => {
    const bytes = encodeSafetensors({ a: tensor([1], new Float32Array([1])) }, { made: "by hand" })
    const header = `{"__metadata__":{"made":"by hand"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`
    assert.strictEqual(new TextDecoder().decode(bytes.subarray(8, bytes.length - 4)).trimEnd(), header)
    assert.deepStrictEqual(bytes, encodeSafetensors({ a: tensor([1], new Float32Array([1])) }, { made: "by hand" }))
    assert.deepStrictEqual([...bytes.subarray(-4)], [0, 0, 0x80, 0x3f])
  })

  it("decoding copies nothing when the bytes are aligned, and copies when they are not", () => {
    const bytes = encodeSafetensors(sample)
    for (const { data } of Object.values(decodeSafetensors(bytes))) assert.strictEqual(data.buffer, bytes.buffer)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    assert.deepStrictEqual(decodeSafetensors(shifted.subarray(1)), sample)
    assert.deepStrictEqual(decodeSafetensors(Buffer.from(shifted.buffer, 1)), sample) // as a file is read
  })

  it("a view into a larger array is written as what it shows", () => {
    const whole = new Float64Array([1, 2, 3, 4])
    const back = decodeSafetensors(encodeSafetensors({ middle: tensor([2], whole.subarray(1, 3)) }))
    assert.deepStrictEqual([...(back["middle"]!.data as Float64Array)], [2, 3])
  })

  it("no tensors at all is a file too", () => {
    assert.deepStrictEqual(decodeSafetensors(encodeSafetensors({})), {})
  })

  it("a file cut off at any byte is refused", () => {
    const bytes = encodeSafetensors(sample, { loss: "mse" })
    for (let length = 0; length < bytes.length; length++) refusal(bytes.slice(0, length))
  })

  it("a byte too many is refused", () => {
    assert.match(
      refusal(new Uint8Array([...encodeSafetensors(sample), 0])).message,
      /the data is 44 bytes, expected 43/
    )
  })

  it.each([
    ["no JSON", file("{", 0), "the header"],
    ["no object", file([], 0), "the header"],
    ["no entry", file({ a: 3 }, 0), `the header's entry "a"`],
    ["negative sizes", file({ a: entry([-1], 0, 4) }, 4), `the header's entry "a"`],
    ["an element type of another tool", file({ a: entry([2], 0, 4, "F16") }, 4), `the dtype of "a"`],
    ["a size that does not fit the shape", file({ a: entry([2], 0, 4) }, 4), `the data of "a"`],
    ["a hole", file({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), `the data of "b"`],
    ["an overlap", file({ a: entry([2], 0, 8), b: entry([2], 4, 12) }, 12), `the data of "b"`],
    ["an image", new TextEncoder().encode("\x89PNG\r\n\x1a\n and more of it"), "the header"]
  ])("a file with %s is refused, and the message says where", (_, bytes, where) => {
    assert.strictEqual(refusal(bytes).where, where)
  })

  it("a tensor cannot take the name of the metadata", () => {
    assert.throws(() => encodeSafetensors({ __metadata__: sample["bias"]! }), SafetensorsMalformed)
  })
})
