/**
 * How the actions of a stage are run: what they need, how long they may take, what follows a failure. Nothing of it can
 * change a result, so nothing of it is in a key. Plain data; knows nothing of how it is carried out.
 */
import * as Duration from "effect/Duration"

/** How often an action is tried again, by what went wrong. What the stage itself fails with is most often there to stay. */
export interface Retries {
  /** Its worker died: out of memory, a crash of native code, a kill. */
  readonly died?: number
  /** It took longer than its timeout; it goes on from its last checkpoint. */
  readonly timedOut?: number
  /** It failed with an error of its own. */
  readonly failed?: number
}

export interface ConductOptions<Parameter extends string> {
  /**
   * Parameters that only say how far it goes, such as a number of steps or a threshold: an action that differs from
   * another in these alone may start from the states of that one, if it comes out as from the beginning.
   */
  readonly extends?: ReadonlyArray<Parameter>
  /** What it takes while it runs. Default one core, and memory that nobody counts. */
  readonly needs?: { readonly cores?: number; readonly megabytes?: number }
  /** Default none */
  readonly timeout?: Duration.Input
  /** Default none */
  readonly retries?: Retries
}

export interface Conduct {
  readonly extends: ReadonlyArray<string>
  readonly cores: number
  readonly megabytes: number
  /** Milliseconds; `null` for as long as it takes. */
  readonly timeout: number | null
  readonly retries: Required<Retries>
}

export const make = (options: ConductOptions<string>): Conduct => ({
  extends: options.extends ?? [],
  cores: options.needs?.cores ?? 1,
  megabytes: options.needs?.megabytes ?? 0,
  timeout: options.timeout === undefined ? null : Duration.toMillis(options.timeout),
  retries: { died: 0, timedOut: 0, failed: 0, ...options.retries }
})
