/**
 * Reads JSON that may be absent, torn or foreign. Says nothing about its shape: whoever asks knows what was written.
 */

/** The value of a JSON text; `undefined` where there is none, or it is no JSON. */
export const parseJson = <A>(json: Uint8Array | string | undefined): A | undefined => {
  if (json === undefined) return undefined
  try {
    return JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json)) as A
  } catch {
    return undefined
  }
}
