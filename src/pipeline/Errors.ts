/**
 * Every error of the framework that somebody can act on. Each message says what, where, expected, got, and what to do.
 */
import * as Schema from "effect/Schema"
import { didYouMean, nearestNames } from "./nearestNames.ts"

const Names = Schema.Array(Schema.String)

/** A value that has no canonical text, so it cannot be part of a key. */
export class NotCanonical extends Schema.TaggedError<NotCanonical>()("NotCanonical", {
  path: Schema.String,
  got: Schema.String
}) {
  override get message(): string {
    return `${this.path === "" ? "the value" : this.path} is ${this.got}, which a key cannot hold (expected JSON without NaN, ±Infinity, −0 or functions). Encode it as a string, or leave it out.`
  }
}

/** No pipeline file of that name. */
export class UnknownPipeline extends Schema.TaggedError<UnknownPipeline>()("UnknownPipeline", {
  name: Schema.String,
  folder: Schema.String,
  known: Names,
  near: Names
}) {
  override get message(): string {
    const known = this.known.length === 0 ? "it holds no pipeline yet" : `it holds ${this.known.join(", ")}`
    return `there is no pipeline "${this.name}" in ${this.folder} (${known}).${didYouMean(this.near)} A pipeline is a file ${this.folder}/<name>.ts whose default export is Pipeline.make(…).`
  }
}

/** A pipeline file that does not load, or whose `build` throws. */
export class PipelineInvalid extends Schema.TaggedError<PipelineInvalid>()("PipelineInvalid", {
  file: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.file} is not a pipeline that can be read: ${this.problem}`
  }
}

/** A parameter of the pipeline that is unknown or does not decode. */
export class ParameterInvalid extends Schema.TaggedError<ParameterInvalid>()("ParameterInvalid", {
  pipeline: Schema.String,
  parameter: Schema.String,
  expected: Schema.String,
  got: Schema.String,
  known: Names
}) {
  override get message(): string {
    const near = this.known.includes(this.parameter) ? [] : nearestNames(this.parameter, this.known)
    return `parameter "${this.parameter}" of pipeline ${this.pipeline}: expected ${this.expected}, got ${this.got}.${didYouMean(near)} Its parameters are ${this.known.join(", ")}; set one with --set name=value.`
  }
}

/** Points or cells of a sweep that there cannot be: an empty axis, a value twice, a step of 0. */
export class SweepInvalid extends Schema.TaggedError<SweepInvalid>()("SweepInvalid", {
  /** The call or the axis, as it is written. */
  sweep: Schema.String,
  expected: Schema.String,
  got: Schema.String
}) {
  override get message(): string {
    return `${this.sweep}: expected ${this.expected}, got ${this.got}.`
  }
}

/** An argument of a stage that is missing, unknown, or of the wrong kind; what the types would have refused. */
export class ArgumentInvalid extends Schema.TaggedError<ArgumentInvalid>()("ArgumentInvalid", {
  stage: Schema.String,
  argument: Schema.String,
  expected: Schema.String,
  got: Schema.String
}) {
  override get message(): string {
    return `${this.stage}: argument "${this.argument}" should be ${this.expected}, got ${this.got}.`
  }
}

/** A file that a pipeline takes is not there. */
export class FileMissing extends Schema.TaggedError<FileMissing>()("FileMissing", {
  pipeline: Schema.String,
  stage: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return `pipeline ${this.pipeline}: stage ${this.stage} takes the file ${this.path}, and there is none that can be read. Paths are from the folder of package.json: put it there, or name another one.`
  }
}

/** A file that a stage takes is not what the plan found. */
export class FileAltered extends Schema.TaggedError<FileAltered>()("FileAltered", {
  path: Schema.String,
  expected: Schema.String,
  got: Schema.String
}) {
  override get message(): string {
    return `${this.path} is not what it was when this was planned (expected SHA-256 ${this.expected}, got ${this.got}). Run again, and do not change it while something runs.`
  }
}

/** An address or target that names nothing in the pipeline. */
export class UnknownAddress extends Schema.TaggedError<UnknownAddress>()("UnknownAddress", {
  address: Schema.String,
  where: Schema.String,
  near: Names
}) {
  override get message(): string {
    return `nothing in ${this.where} has the address "${this.address}".${didYouMean(this.near)} \`brink plan\` lists all addresses.`
  }
}

/** A run that there is none of, or several. */
export class UnknownRun extends Schema.TaggedError<UnknownRun>()("UnknownRun", {
  name: Schema.String,
  found: Names,
  near: Names
}) {
  override get message(): string {
    return this.found.length > 1
      ? `"${this.name}" may be ${this.found.slice(0, 5).join(" or ")}${this.found.length > 5 ? " or others" : ""}. Give more of its name.`
      : `there is no run "${this.name}".${didYouMean(this.near)} \`brink runs\` lists all; the newest is last, the one before it last~1.`
  }
}

/** A stage whose code cannot be bundled, so it has no identity. */
export class StageUnreadable extends Schema.TaggedError<StageUnreadable>()("StageUnreadable", {
  stage: Schema.String,
  file: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `stage ${this.stage} has no readable code in ${this.file}: ${this.problem} One stage is one file, stages/<name>.ts, which exports Stage.make("<name>", …).`
  }
}

/** A stage ended with an error of its own. */
export class StageFailed extends Schema.TaggedError<StageFailed>()("StageFailed", {
  address: Schema.String,
  key: Schema.String,
  tag: Schema.String,
  detail: Schema.String,
  log: Schema.String
}) {
  override get message(): string {
    return `${this.address} failed with ${this.tag}: ${this.detail}\nIts log: brink logs ${this.address}`
  }
}

/** The process that computed an action ended without an answer. */
export class WorkerDied extends Schema.TaggedError<WorkerDied>()("WorkerDied", {
  address: Schema.String,
  key: Schema.String,
  cause: Schema.String,
  hint: Schema.String,
  log: Schema.String
}) {
  override get message(): string {
    return `the worker of ${this.address} died (${this.cause}). ${this.hint} Its last checkpoint is kept: run again to go on from there.`
  }
}

/** An action took longer than its stage allows. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  address: Schema.String,
  key: Schema.String,
  stage: Schema.String,
  milliseconds: Schema.Finite
}) {
  override get message(): string {
    return `${this.address} took longer than ${this.milliseconds / 1000} s, its timeout. Its last checkpoint is kept: run again to go on from there, or raise the timeout in stages/${this.stage}.ts.`
  }
}

/** The store's folder does not do what was asked of it. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  operation: Schema.String,
  path: Schema.String,
  code: Schema.String
}) {
  override get message(): string {
    const advice: Record<string, string> = {
      ENOSPC: "The disk is full: free some space, or give another store with --store.",
      EDQUOT: "The quota is used up: free some space, or give another store with --store.",
      EACCES: "Check the rights on the folder, or give another store with --store.",
      EPERM: "Check the rights on the folder, or give another store with --store.",
      EROFS: "The file system is read-only: give another store with --store."
    }
    return `the store cannot ${this.operation} ${this.path} (${this.code}). ${advice[this.code] ?? "Check the folder, or give another store with --store."} Nothing that was finished is lost.`
  }
}

/** A stored object that is not there. A hit that needs it is a miss: it heals by running again. */
export class ArtifactMissing extends Schema.TaggedError<ArtifactMissing>()("ArtifactMissing", {
  digest: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return `object ${this.digest.slice(0, 12)} is not in the store (${this.path}). Run the pipeline again: what made it will run.`
  }
}

/** A stored object whose bytes are not those it is named by. It is set aside, and heals by running again. */
export class ArtifactCorrupt extends Schema.TaggedError<ArtifactCorrupt>()("ArtifactCorrupt", {
  digest: Schema.String,
  path: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `object ${this.digest.slice(0, 12)} at ${this.path} is damaged: expected ${this.expected}, got ${this.actual}. Run the pipeline again: what made it will run.`
  }
}

/** A whole record that this brink cannot read: nobody may decide about a store of which it does not know what it needs. */
export class RecordUnknown extends Schema.TaggedError<RecordUnknown>()("RecordUnknown", {
  key: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return `the record of ${this.key.slice(0, 12)} in ${this.path} is whole, but of a version that this brink does not know. A newer brink works in this store: use that one.`
  }
}

/** A pin that cannot be set, found or read. */
export class PinInvalid extends Schema.TaggedError<PinInvalid>()("PinInvalid", {
  name: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `pin "${this.name}": ${this.problem}`
  }
}

/** A pin of that name keeps something else. */
export class PinTaken extends Schema.TaggedError<PinTaken>()("PinTaken", {
  name: Schema.String,
  /** As it was asked for, then and now. */
  keeps: Schema.String,
  asked: Schema.String,
  results: Schema.Int,
  at: Schema.Finite
}) {
  override get message(): string {
    const since = new Date(this.at).toISOString().slice(0, 10)
    return `pin "${this.name}" keeps ${this.keeps} already (${this.results} result${this.results === 1 ? "" : "s"}, since ${since}), and not what is asked for now. To let that go and keep this: brink pin ${this.name} ${this.asked} --replace; to keep both, give this another name; to keep nothing: brink pin ${this.name} --remove.`
  }
}

/** Nothing at the addresses differs from what was made but for its code, and no pinned stage there has drifted. */
export class NothingToAccept extends Schema.TaggedError<NothingToAccept>()("NothingToAccept", {
  addresses: Names,
  reasons: Names
}) {
  override get message(): string {
    return `there is nothing to accept at ${this.addresses.join(", ")}: expected results of which only the code has changed, got\n${this.reasons.map((reason) => `  ${reason}`).join("\n")}\n\`brink why <address>\` tells every field that differs.`
  }
}

/** Nothing is made at the addresses. */
export class NothingToInvalidate extends Schema.TaggedError<NothingToInvalidate>()("NothingToInvalidate", {
  names: Names
}) {
  override get message(): string {
    return `nothing is made at ${this.names.join(", ")}, so there is nothing to forget. \`brink plan --all\` lists what is made.`
  }
}

/** Bytes that the artifact's schema does not accept: they were made by other code. */
export class ArtifactUndecodable extends Schema.TaggedError<ArtifactUndecodable>()("ArtifactUndecodable", {
  artifact: Schema.String,
  digest: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `artifact ${this.artifact} (${this.digest.slice(0, 12)}) does not decode: ${this.problem} The stage that makes it and the one that takes it disagree about its schema.`
  }
}

/** A value that a stage returned and its artifact's schema does not accept. */
export class ArtifactUnencodable extends Schema.TaggedError<ArtifactUnencodable>()("ArtifactUnencodable", {
  artifact: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `the value returned for artifact ${this.artifact} does not fit its schema: ${this.problem}`
  }
}
