/**
 * Who gives a command, for what is recorded of it.
 */
import { hostname, userInfo } from "node:os"

/** `name@host`; the number of a user without a name. */
export const who = (): string => {
  const host = hostname()
  try {
    return `${userInfo().username}@${host}`
  } catch {
    return `${process.getuid?.() ?? "somebody"}@${host}`
  }
}
