/** The contract of a store, on the real disk and on one whose operations are interleaved. */
import * as Disk from "../../src/pipeline/Disk.ts"
import { yieldingDisk } from "../fault/failingDisk.ts"
import { suite } from "./Store.ts"

suite("a disk", Disk.layer)
suite("a disk whose operations interleave", yieldingDisk)
