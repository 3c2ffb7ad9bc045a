/**
 * What may befall a process at any of its system calls: it is killed there, the machine loses power, the disk is full or
 * broken, a handle has gone stale, a write is short, `link` succeeds and reports that it failed. Knows nothing of stores.
 */
import type { System } from "../../src/pipeline/System.ts"
import type { Draw } from "../support/draw.ts"
import { refusal } from "./posix.ts"

export interface Weather {
  /** How many calls were made. */
  calls: number
  /** The process ends in its n-th call. */
  readonly endsAt: number
  /** How often a call fails, from 0 to 1. */
  readonly failures: number
  /** How often a write is short, from 0 to 1. */
  readonly shortWrites: number
  /** Whether it has ended, or another of its machine has lost power. */
  readonly gone: () => boolean
  readonly end: () => void
}

/** Calls that need room. */
const ROOM: ReadonlyArray<keyof System> = [
  "openSync",
  "writeSync",
  "fsyncSync",
  "mkdirSync",
  "linkSync",
  "renameSync",
  "symlinkSync"
]

/** Failures of a call that has done its work all the same. */
const LATE: ReadonlyArray<keyof System> = ["linkSync"]

export const under = (system: System, weather: Weather, draw: Draw): System => {
  const gone = () => refusal("GONE", "the process has ended")
  const failure = (call: keyof System): Error => {
    const codes = ["EIO", "ESTALE", ...(ROOM.includes(call) ? ["ENOSPC"] : [])]
    return refusal(codes[draw.index(codes.length)]!, call)
  }
  const around =
    <A extends ReadonlyArray<unknown>, B>(call: keyof System, run: (...args: A) => B) =>
    (...args: A): B => {
      if (weather.gone()) throw gone()
      weather.calls++
      if (weather.calls === weather.endsAt) {
        weather.end()
        if (call === "writeSync") shortWrite(args as never)
        else if (draw.index(2) === 0) run(...args)
        throw gone()
      }
      if (call === "writeSync" && chance(weather.shortWrites)) return shortWrite(args as never) as B
      if (!chance(weather.failures)) return run(...args)
      if (call === "writeSync") shortWrite(args as never)
      if (LATE.includes(call) && draw.index(2) === 0) {
        run(...args)
        throw refusal(["EIO", "ETIMEDOUT", "EEXIST"][draw.index(3)]!, call)
      }
      throw failure(call)
    }
  const chance = (often: number): boolean => often > 0 && draw.number(0, 1) < often
  const shortWrite = ([descriptor, bytes, offset]: Parameters<System["writeSync"]>): number => {
    const length = draw.index(bytes.byteLength - offset + 1)
    system.writeSync(descriptor, bytes.subarray(0, offset + length), offset)
    return length
  }
  return {
    openSync: around("openSync", system.openSync),
    writeSync: around("writeSync", system.writeSync),
    fsyncSync: around("fsyncSync", system.fsyncSync),
    closeSync: system.closeSync,
    readFileSync: around("readFileSync", system.readFileSync),
    readdirSync: around("readdirSync", system.readdirSync),
    statSync: around("statSync", system.statSync),
    utimesSync: around("utimesSync", system.utimesSync),
    mkdirSync: around("mkdirSync", system.mkdirSync),
    linkSync: around("linkSync", system.linkSync),
    renameSync: around("renameSync", system.renameSync),
    unlinkSync: around("unlinkSync", system.unlinkSync),
    symlinkSync: around("symlinkSync", system.symlinkSync),
    readlinkSync: around("readlinkSync", system.readlinkSync),
    lstatSync: around("lstatSync", system.lstatSync),
    rmSync: around("rmSync", system.rmSync)
  }
}
