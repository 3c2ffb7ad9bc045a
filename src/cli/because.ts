/**
 * The flag by which people say why they decide what no program can: it is kept with the decision.
 */
import * as Flag from "effect/cli/Flag"

export const because = Flag.String("because").pipe(
  Flag.withDescription("Why, which is needed; it is kept with the decision, with your name and the time"),
  Flag.filter(
    (text) => text.trim() !== "",
    () => "a reason"
  )
)
