/**
 * What can be wrong about the settings of a training run. How a run ends is not an error: see `Outcome`.
 */
import * as Schema from "effect/Schema"

/** A setting has a value for which the method is not defined. */
export class SettingOutOfRange extends Schema.TaggedError<SettingOutOfRange>()("SettingOutOfRange", {
  setting: Schema.String,
  expected: Schema.String,
  actual: Schema.Number
}) {
  override get message(): string {
    return `training: ${this.setting} must be ${this.expected}, got ${this.actual}. Change it where the run is set up.`
  }
}

/** Throws SettingOutOfRange unless the condition holds. */
export const requireSetting = (holds: boolean, setting: string, expected: string, actual: number): void => {
  if (!holds) throw new SettingOutOfRange({ setting, expected, actual })
}
