import type { Owner } from './find-secrets.ts'
import { isMaskable } from './ordinary-text.ts'
import { MIN_PATTERN, type PatternIndex } from './pattern-index.ts'
import { spellings, withLines } from './spellings.ts'

/** Removes the encodings of one text from the index. */
export type Forget = () => void

/**
 * Adds the encodings of `text` to the index.
 *
 * @returns `undefined` if the text is too short or too ordinary to be masked wherever it appears
 */
export function enterText(
  index: PatternIndex<Owner>,
  text: string,
  owner: Pick<Owner, 'name' | 'version'>,
  minLength: number,
): Forget | undefined {
  if (!isMaskable(text, minLength)) return undefined
  const parts = withLines(text).filter((part) => isMaskable(part, minLength))
  const found = parts.flatMap(spellings).filter(({ text }) => text.length >= MIN_PATTERN)
  const removals = found.map(({ encoding, text, enough }) =>
    index.add({ text, enough, owner: { ...owner, kind: 'secret', encoding } }),
  )
  return () => {
    for (const remove of removals) remove()
  }
}
