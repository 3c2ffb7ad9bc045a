/**
 * Reads a JSON object that may be absent, torn or foreign. Says nothing about its fields: whoever asks knows what was written.
 */

/** The object of a JSON text; `undefined` where there is none, or it is the JSON of no object. */
export const parseJson = <A extends object>(json: Uint8Array | string | undefined): A | undefined => {
  if (json === undefined) return undefined
  try {
    const value: unknown = JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json))
    return typeof value === "object" && value !== null ? (value as A) : undefined
  } catch {
    return undefined
  }
}
