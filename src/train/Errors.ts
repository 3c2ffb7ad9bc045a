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

/** The loss is no number before any step was made. */
export class StartNotFinite extends Schema.TaggedError<StartNotFinite>()("StartNotFinite", {
  loss: Schema.String
}) {
  override get message(): string {
    return `training: the loss of the weights at the start is ${this.loss}, expected a finite number. Look for values in the data or in the start that are not finite, and for targets at which the loss is not defined.`
  }
}

/** Throws SettingOutOfRange unless the condition holds. */
export const requireSetting = (holds: boolean, setting: string, expected: string, actual: number): void => {
  if (!holds) throw new SettingOutOfRange({ setting, expected, actual })
}
