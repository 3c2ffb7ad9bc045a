/**
 * A file of the project as an artifact: its bytes are kept in the store, so what is made of them can be made again when the
 * file has long been another.
 */
import * as Effect from "effect/Effect"
import * as ProjectFile from "../src/pipeline/ProjectFile.ts"
import * as Stage from "../src/pipeline/Stage.ts"
import { File } from "./artifacts.ts"

export const readFile = Stage.make("readFile", {
  takes: { file: ProjectFile.schema },
  makes: File,
  run: ({ file }) => Effect.map(ProjectFile.read(file), (content) => ({ content }))
})
