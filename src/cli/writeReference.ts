/**
 * Writes `docs/cli.md`; the same file is compared with the commands by a test.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { reference } from "./reference.ts"

const path = join(import.meta.dirname, "..", "..", "docs", "cli.md")
writeFileSync(path, await Effect.runPromise(Effect.provide(reference, NodeServices.layer)))
