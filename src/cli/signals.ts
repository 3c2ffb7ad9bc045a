/**
 * Signals that ask the program to stop. It may have been started by a launcher, which passes on what it hears (`launch.mjs`):
 * what a terminal tells both of them counts once. Knows nothing of what is stopped.
 */

interface PassedOn {
  readonly passedOn: NodeJS.Signals
}

const isPassedOn = (message: unknown): message is PassedOn =>
  typeof message === "object" && message !== null && "passedOn" in message

/** Calls `act` with the code of each of the signals, once, whoever heard it first. */
export const listen = (codes: { readonly [S in NodeJS.Signals]?: number }, act: (code: number) => void): void => {
  /** How many more the launcher has heard than this process. */
  let ahead = 0
  let passing = false
  for (const [signal, code] of Object.entries(codes))
    process.on(signal, () => {
      if (passing || --ahead < 0) act(code)
    })
  if (process.channel === undefined) return
  process.on("message", (message) => {
    if (!isPassedOn(message) || ++ahead <= 0) return
    passing = true
    process.emit(message.passedOn)
    passing = false
  })
  // A launcher that is gone without a word was killed, and whoever did that means what it started.
  process.on("disconnect", () => process.emit("SIGTERM"))
  // It has nothing to wait for.
  process.channel?.unref()
}
