/**
 * The system calls that a disk is made of, under the names that Node gives them. Node's own are one set; a test gives
 * another, to see what is left when the machine loses power between two of them. Knows nothing of what the files hold.
 */

export interface Status {
  readonly size: number
  /** How many names the file has. */
  readonly nlink: number
  /** When it was last changed: ms since 1970. */
  readonly mtimeMs: number
  readonly isDirectory: () => boolean
}

export interface System {
  readonly openSync: (path: string, flags: "r" | "wx" | "a", mode?: number) => number
  /** Returns how many bytes were written, which may be fewer than there are. */
  readonly writeSync: (descriptor: number, bytes: Uint8Array, offset: number) => number
  readonly fsyncSync: (descriptor: number) => void
  readonly closeSync: (descriptor: number) => void
  readonly readFileSync: (path: string) => Uint8Array
  readonly readdirSync: (path: string) => ReadonlyArray<string>
  readonly statSync: (path: string) => Status
  readonly utimesSync: (path: string, accessedSeconds: number, modifiedSeconds: number) => void
  readonly mkdirSync: (path: string) => unknown
  readonly linkSync: (from: string, to: string) => void
  readonly renameSync: (from: string, to: string) => void
  readonly unlinkSync: (path: string) => void
  readonly symlinkSync: (text: string, path: string) => void
  readonly readlinkSync: (path: string) => string
  readonly lstatSync: (path: string) => Status
  readonly rmSync: (path: string, options: { readonly recursive: true; readonly force: true }) => void
}

/** What the system says of a call that failed: `ENOENT`, `ENOSPC`, … */
export const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause)
