/** The contract of a store: on the real disk, on one whose operations are interleaved, and on one that machines share. */
import * as Disk from "../../src/pipeline/Disk.ts"
import { yieldingDisk } from "../fault/failingDisk.ts"
import { onDisk, shared } from "./places.ts"
import { suite } from "./Store.ts"

suite("a disk", onDisk(Disk.layer))
suite("a disk whose operations interleave", onDisk(yieldingDisk))
for (const seed of [1, 2, 3]) suite(`a disk over the network, seed ${seed}`, shared(seed))
