/**
 * All verbs of the command line, in the order in which help lists them.
 */
import * as Command from "effect/cli/Command"
import { accept } from "./accept.ts"
import { diff } from "./diff.ts"
import { doctor } from "./doctor.ts"
import { root } from "./flags.ts"
import { gc } from "./gc.ts"
import { graph } from "./graph.ts"
import { invalidate } from "./invalidate.ts"
import { lineage } from "./lineage.ts"
import { logs } from "./logs.ts"
import { pin } from "./pin.ts"
import { plan } from "./plan.ts"
import { run } from "./run.ts"
import { runs } from "./runs.ts"
import { show } from "./show.ts"
import { status } from "./status.ts"
import { verify } from "./verify.ts"
import { why } from "./why.ts"

export const program = root.pipe(
  Command.withSubcommands([
    run,
    plan,
    status,
    why,
    diff,
    lineage,
    show,
    graph,
    runs,
    logs,
    accept,
    invalidate,
    verify,
    gc,
    pin,
    doctor
  ])
)
