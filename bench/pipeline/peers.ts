/**
 * The graph of sweepProject.ts as make, ninja and snakemake write it, with every file there and up to date.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Cost, costOf } from "./measure.ts"

const GROUP = 1000

const isInstalled = (program: string): boolean => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0

const makefile = (cells: number, groups: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    "all: total.txt",
    "draw.txt:\n\ttouch $@",
    ...Array.from({ length: cells }, (_, i) => `scale/${i}.txt: draw.txt\n\ttouch $@`),
    ...groups.map((files, i) => `sum/${i}.txt: ${files.join(" ")}\n\ttouch $@`),
    `total.txt: ${groups.map((_, i) => `sum/${i}.txt`).join(" ")}\n\ttouch $@`,
    ""
  ].join("\n")

const ninjaFile = (cells: number, groups: ReadonlyArray<ReadonlyArray<string>>): string =>
  [
    "rule make\n  command = touch $out",
    "build draw.txt: make",
    ...Array.from({ length: cells }, (_, i) => `build scale/${i}.txt: make draw.txt`),
    ...groups.map((files, i) => `build sum/${i}.txt: make ${files.join(" ")}`),
    `build total.txt: make ${groups.map((_, i) => `sum/${i}.txt`).join(" ")}`,
    ""
  ].join("\n")

const snakefile = (cells: number, groups: number): string => `CELLS = ${cells}
rule total:
    input: expand("sum/{group}.txt", group=range(${groups}))
    output: "total.txt"
    shell: "touch {output}"
rule draw:
    output: "draw.txt"
    shell: "touch {output}"
rule scale:
    input: "draw.txt"
    output: "scale/{factor}.txt"
    shell: "touch {output}"
rule sum:
    input: lambda w: expand("scale/{factor}.txt", factor=range(${GROUP} * int(w.group), min(CELLS, ${GROUP} * (int(w.group) + 1))))
    output: "sum/{group}.txt"
    shell: "touch {output}"
`

export type Peer = "make" | "ninja" | "snakemake"

export interface Peers {
  /** How each of them is run; those that are installed. */
  readonly programs: { readonly [name in Peer]?: () => Cost }
  readonly absent: ReadonlyArray<Peer>
  readonly remove: () => void
}

export const makePeers = (cells: number): Peers => {
  const root = mkdtempSync(join(tmpdir(), "brink-peers-"))
  const cellFiles = Array.from({ length: cells }, (_, i) => `scale/${i}.txt`)
  const groups = Array.from({ length: Math.ceil(cells / GROUP) }, (_, i) => cellFiles.slice(GROUP * i, GROUP * (i + 1)))
  writeFileSync(join(root, "Makefile"), makefile(cells, groups))
  writeFileSync(join(root, "build.ninja"), ninjaFile(cells, groups))
  writeFileSync(join(root, "Snakefile"), snakefile(cells, groups.length))
  mkdirSync(join(root, "scale"))
  mkdirSync(join(root, "sum"))
  const layers = [["draw.txt"], cellFiles, groups.map((_, i) => `sum/${i}.txt`), ["total.txt"]]
  layers.forEach((files, depth) => {
    const time = Date.now() / 1000 - 1000 + depth
    for (const file of files) {
      writeFileSync(join(root, file), "")
      utimesSync(join(root, file), time, time)
    }
  })
  const all: Readonly<Record<Peer, () => Cost>> = {
    make: () => costOf("make", ["-s"], root),
    ninja: () => costOf("ninja", ["--quiet"], root),
    snakemake: () => costOf("snakemake", ["total.txt", "-c1", "--quiet", "all"], root)
  }
  // Ninja keeps a log of what it has built: it is asked to take what is there for built.
  if (isInstalled("ninja")) spawnSync("ninja", ["-t", "restat"], { cwd: root, stdio: "ignore" })
  const names = Object.keys(all) as Array<Peer>
  const absent = names.filter((name) => !isInstalled(name))
  const programs = Object.fromEntries(names.filter((name) => !absent.includes(name)).map((name) => [name, all[name]]))
  return { programs, absent, remove: () => rmSync(root, { recursive: true, force: true }) }
}
