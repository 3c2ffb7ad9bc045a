/**
 * One action and what it made, whole, for tests that then change or damage a part of it. Small numbers travel inside the
 * result, the weights are a file beside it.
 */
import * as Effect from "effect/Effect"
import { type Action, keyOf } from "../../src/pipeline/Action.ts"
import type { Blob, Manifest } from "../../src/pipeline/Artifact.ts"
import { canonical, sha256 } from "../../src/pipeline/canonical.ts"
import type { Code } from "../../src/pipeline/Fingerprint.ts"
import type { Result } from "../../src/pipeline/Result.ts"
import { Store } from "../../src/pipeline/Store.ts"

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const blobOf = (bytes: Uint8Array): Blob => ({ digest: sha256(bytes), size: bytes.byteLength })

export const sampleAction = (changes: Partial<Action> = {}): Action => ({
  version: 1,
  stage: "descend",
  code: { mode: "auto", identity: sha256("code of descend") },
  params: { ratio: 1.2, threshold: 0.01, snapshotSteps: [1, 10], schedule: { kind: "constant", warm: null } },
  inputs: { data: sha256("data"), parts: [sha256("a"), sha256("b")] },
  env: { architecture: "x64", device: "cpu" },
  outputs: { artifact: "Descent", parts: { losses: "json", weights: "bin" } },
  ...changes
})

export const sampleCode: Code = {
  stage: "descend",
  identity: sha256("code of descend"),
  bundle: sha256("bundle"),
  packages: { effect: "4.1.0 abc" },
  files: { "stages/descend.ts": sha256("text of descend") },
  protocol: 1
}

export interface Made {
  readonly action: Action
  readonly result: Result
  readonly blobs: ReadonlyArray<Uint8Array>
  readonly weights: Blob
}

/** What an action made; `large` keeps the manifest as an object of its own. */
export const sampleMade = (
  options: { readonly action?: Action; readonly weights?: string; readonly at?: number; readonly large?: boolean } = {}
): Made => {
  const action = options.action ?? sampleAction()
  const weights = bytesOf(options.weights ?? "weights of a network")
  const manifest: Manifest = {
    artifact: "Descent",
    value: { losses: [1, 0.5, 0.25], note: `run ${options.weights ?? ""}` },
    files: { "weights.bin": blobOf(weights) }
  }
  const output = bytesOf(canonical(manifest))
  const code = bytesOf(canonical(sampleCode))
  const large = options.large ?? false
  const blobs = large ? [weights, output] : [weights]
  const result: Result = {
    version: 1,
    key: keyOf(action),
    address: "descend@ratio=1.2",
    output: blobOf(output),
    ...(large ? {} : { inline: manifest }),
    blobs: blobs.map(blobOf),
    code: blobOf(code),
    startedAt: options.at ?? 1000,
    milliseconds: 12,
    resumed: false,
    run: "20250101T000000-abcdef",
    host: "here",
    pid: 1,
    platform: "test"
  }
  return { action, result, blobs: [...blobs, code], weights: blobOf(weights) }
}

const publishing =
  (how: "publish" | "publishAnew") =>
  ({ action, result, blobs }: Made) =>
    Effect.gen(function* () {
      const store = yield* Store
      for (const bytes of blobs) yield* store.put(bytes)
      return yield* store[how](action, result)
    })

/** Publishes as a worker does: everything that the result names, then the result. */
export const publishMade = publishing("publish")
/** The same for an action that is forced. */
export const publishMadeAnew = publishing("publishAnew")
