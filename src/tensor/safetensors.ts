/**
 * Tensors as bytes, in the safetensors format: a JSON header, then the elements, little-endian. The same tensors always
 * give the same bytes, and other tools (the Python library `safetensors`) read them. Knows nothing of files.
 *
 * Source  https://huggingface.co/docs/safetensors/index#format
 */
import * as Schema from "effect/Schema"
import { bytesPerElement, type DType, type TensorData } from "./DType.ts"
import { type Shape, sizeOf } from "./Shape.ts"
import type { Tensor, Tensors } from "./Tensor.ts"

/** Bytes that are not (all of) a safetensors file, or tensors that cannot be written as one. */
export class SafetensorsMalformed extends Schema.TaggedError<SafetensorsMalformed>()("SafetensorsMalformed", {
  where: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `safetensors: ${this.where} is ${this.actual}, expected ${this.expected}. The bytes are truncated or in another format; make them again.`
  }
}

const codeOf: Readonly<Record<DType, string>> = { float32: "F32", float64: "F64", int64: "I64", bool: "BOOL" }
const alignment = 8
const lengthBytes = 8
const metadataKey = "__metadata__"

const malformed = (where: string, expected: string, actual: string): SafetensorsMalformed =>
  new SafetensorsMalformed({ where, expected, actual })

/**
 * The tensors as one safetensors file: the header names them in the given order; the elements lie widest first, so that
 * each tensor is aligned to its element size without padding, which the format forbids.
 *
 * Errors  SafetensorsMalformed if a tensor is called `__metadata__`
 */
export const encodeSafetensors = (tensors: Tensors, metadata?: Readonly<Record<string, string>>): Uint8Array => {
  if (metadataKey in tensors) throw malformed("a tensor's name", `any name but ${metadataKey}`, metadataKey)
  const entries = Object.entries(tensors)
  const widestFirst = entries.toSorted(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype))
  const startOf = new Map<string, number>()
  let end = 0
  for (const [name, { data }] of widestFirst) {
    startOf.set(name, end)
    end += data.byteLength
  }

  const fields = entries.map(([name, { dtype, shape, data }]) => {
    const start = startOf.get(name)!
    const entry = { dtype: codeOf[dtype], shape, data_offsets: [start, start + data.byteLength] }
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`
  })
  if (metadata !== undefined) fields.unshift(`"${metadataKey}":${JSON.stringify(metadata)}`)
  const header = new TextEncoder().encode(`{${fields.join(",")}}`)
  const headerLength = Math.ceil(header.length / alignment) * alignment

  const bytes = new Uint8Array(lengthBytes + headerLength + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, lengthBytes, lengthBytes + headerLength) // spaces: the padding the format asks for
  bytes.set(header, lengthBytes)
  for (const [name, { data }] of entries) {
    const source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    bytes.set(source, lengthBytes + headerLength + startOf.get(name)!)
  }
  return bytes
}

const Entry = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  data_offsets: Schema.Tuple([Schema.Int, Schema.Int])
})
type Entry = typeof Entry.Type
const isEntry = Schema.is(Entry)

const readHeader = (text: Uint8Array): ReadonlyArray<readonly [string, Entry]> => {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text))
  } catch {
    throw malformed("the header", "JSON", `${text.length} bytes that do not parse`)
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw malformed("the header", "a JSON object", JSON.stringify(header).slice(0, 40))
  }
  return Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, entry]) => {
      if (isEntry(entry)) return [name, entry]
      throw malformed(`the header's entry "${name}"`, "dtype, shape, data_offsets", JSON.stringify(entry).slice(0, 80))
    })
}

const view = (dtype: DType, bytes: Uint8Array): TensorData => {
  const aligned = bytes.byteOffset % bytesPerElement(dtype) === 0 ? bytes : new Uint8Array(bytes) // `slice` of a Buffer copies nothing
  const { buffer, byteOffset } = aligned
  const length = bytes.byteLength / bytesPerElement(dtype)
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, length)
    case "float64":
      return new Float64Array(buffer, byteOffset, length)
    case "int64":
      return new BigInt64Array(buffer, byteOffset, length)
    case "bool":
      return new Uint8Array(buffer, byteOffset, length)
  }
}

const dtypeOf = (name: string, code: string): DType => {
  const found = (Object.keys(codeOf) as ReadonlyArray<DType>).find((dtype) => codeOf[dtype] === code)
  if (found === undefined) throw malformed(`the dtype of "${name}"`, Object.values(codeOf).join(", "), code)
  return found
}

const readTensor = (name: string, entry: Entry, elements: Uint8Array): Tensor => {
  const dtype = dtypeOf(name, entry.dtype)
  const shape: Shape = entry.shape
  const [start, end] = entry.data_offsets
  const size = sizeOf(shape) * bytesPerElement(dtype)
  if (end - start !== size) throw malformed(`the data of "${name}"`, `${size} bytes`, `${end - start} bytes`)
  return { dtype, shape, data: view(dtype, elements.subarray(start, end)) }
}

/**
 * The tensors of a safetensors file, in the order of its header. They share memory with `bytes` where it is aligned.
 *
 * Errors  SafetensorsMalformed if the bytes are truncated, are too many, overlap, leave holes, or hold another dtype
 */
export const decodeSafetensors = (bytes: Uint8Array): Tensors => {
  if (bytes.length < lengthBytes) throw malformed("the file", "at least 8 bytes", `${bytes.length} bytes`)
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  const available = bytes.length - lengthBytes
  if (headerLength > BigInt(available)) {
    throw malformed("the header", `${headerLength} bytes`, `cut off after ${available} bytes`)
  }
  const headerEnd = lengthBytes + Number(headerLength)
  const entries = readHeader(bytes.subarray(lengthBytes, headerEnd))
  const elements = bytes.subarray(headerEnd)

  let covered = 0
  // An empty tensor starts where the next one does, so equal starts are ordered by their ends.
  for (const [name, entry] of entries.toSorted(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]
  )) {
    const [start, end] = entry.data_offsets
    if (start !== covered) throw malformed(`the data of "${name}"`, `at byte ${covered}`, `at byte ${start}`)
    covered = end
  }
  if (covered !== elements.length) throw malformed("the data", `${covered} bytes`, `${elements.length} bytes`)
  return Object.fromEntries(entries.map(([name, entry]) => [name, readTensor(name, entry, elements)]))
}
