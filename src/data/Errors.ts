/**
 * What can be wrong about a data set on disk.
 */
import * as Schema from "effect/Schema"

/** A file of a data set is not there. */
export class DatasetMissing extends Schema.TaggedError<DatasetMissing>()("DatasetMissing", {
  path: Schema.String,
  /** How to get it. */
  remedy: Schema.String
}) {
  override get message(): string {
    return `data: there is no file ${this.path}. ${this.remedy}`
  }
}

/** A file of a data set is there but cannot be read. */
export class DatasetUnreadable extends Schema.TaggedError<DatasetUnreadable>()("DatasetUnreadable", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `data: ${this.path} cannot be read: ${this.cause instanceof Error ? this.cause.message : String(this.cause)}. Check that it is a file, and the rights on it.`
  }
}

/** A file of a data set is not the one that was published. */
export class DatasetAltered extends Schema.TaggedError<DatasetAltered>()("DatasetAltered", {
  path: Schema.String,
  /** SHA-256 of the content, uncompressed, and its size. */
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `data: the content of ${this.path} has ${this.actual}, expected ${this.expected}. Get the file again; results from other data are not comparable.`
  }
}

/** A file of a data set does not follow its format. */
export class DatasetMalformed extends Schema.TaggedError<DatasetMalformed>()("DatasetMalformed", {
  path: Schema.String,
  what: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `data: ${this.what} of ${this.path} is ${this.actual}, expected ${this.expected}. The file is truncated or of another format; get it again.`
  }
}

/** More samples are asked for than there are. */
export class DatasetTooSmall extends Schema.TaggedError<DatasetTooSmall>()("DatasetTooSmall", {
  split: Schema.Literals(["train", "test"]),
  requested: Schema.Number,
  available: Schema.Number
}) {
  override get message(): string {
    return `data: ${this.requested} samples of the ${this.split} set were asked for, expected a whole number from 1 to ${this.available}. Ask for ${this.requested > this.available ? "fewer" : "one or more, and whole ones"}.`
  }
}
