/** What the suggestion to compare digests imports. */
export const IMPORT = "import { createHash, timingSafeEqual } from 'node:crypto'\n"

/** What it writes instead of a comparison of the two. */
export const digestsOf = (one: string, other: string) =>
  `timingSafeEqual(createHash('sha256').update(${one}).digest(), createHash('sha256').update(${other}).digest())`
