/**
 * The services of a verb that looks into a store.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../pipeline/Disk.ts"
import * as Store from "../pipeline/Store.ts"
import type { Project } from "./Project.ts"

/** Provides the store of the project, and the disk it lies on. */
export const withStore = <A, E, R>(
  project: Pick<Project, "store">,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Store.Store | Disk.Disk>> =>
  Effect.provide(effect, Store.layer(project.store).pipe(Layer.provideMerge(Disk.layer)))
