/** What is passed on of a stream: whole lines, however the bytes arrive, and nothing of the marks. */
import { PassThrough } from "node:stream"
import { assert, describe, it } from "vitest"
import { END_OF_OUTPUT } from "../../../src/executor/Protocol.ts"
import { readMarked } from "../../../src/executor/workerProcess.ts"

/** What is passed on, piece by piece, of chunks that arrive one after another; a mark is a piece of its own. */
const passedOn = async (chunks: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const stream = new PassThrough()
  const pieces: Array<string> = []
  readMarked(
    stream,
    (bytes) => {
      if (bytes.length > 0) pieces.push(bytes.toString())
    },
    () => pieces.push("<mark>")
  )
  const over = new Promise((resolve) => stream.on("end", resolve))
  for (const chunk of chunks) {
    stream.write(chunk)
    await new Promise(setImmediate)
  }
  stream.end()
  await over
  return pieces
}

const [first, second] = [END_OF_OUTPUT.slice(0, 7), END_OF_OUTPUT.slice(7)]

describe("the output of a worker", () => {
  const cases: Readonly<Record<string, readonly [ReadonlyArray<string>, ReadonlyArray<string>]>> = {
    "by whole lines": [
      ["one\ntw", "o\nthree\nfo"],
      ["one\n", "two\nthree\n", "fo"]
    ],
    "up to a mark": [
      ["one\ntwo", `${END_OF_OUTPUT}three`],
      ["one\n", "two", "<mark>", "three"]
    ],
    "up to a mark that arrives in two pieces": [
      [`one${first}`, `${second}two\n`],
      ["one", "<mark>", "two\n"]
    ],
    "of a very long line in parts, without a mark that has begun": [
      [`${"x".repeat(70_000)}${first}`, second],
      ["x".repeat(70_000), "<mark>"]
    ],
    "what only begins like a mark at its end": [["one\u0000br"], ["one\u0000br"]]
  }
  for (const [what, [chunks, expected]] of Object.entries(cases)) {
    it(`is passed on ${what}`, async () => {
      assert.deepStrictEqual(await passedOn(chunks), expected)
    })
  }
})
