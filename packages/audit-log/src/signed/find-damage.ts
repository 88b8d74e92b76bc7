import type { SignedLogDamage } from './log-verdict.ts'
import { isSignedAfter, parseSigned, type SignedEntry, type SignedHead } from './signed-entry.ts'

/** A line that is verified, and the end of the chain before it. */
export interface FoundLine {
  readonly text: string
  readonly signed: SignedEntry | undefined
  readonly head: SignedHead
  /** Reads the lines of the chain anew. */
  readonly lines: () => AsyncIterable<{ readonly text: string }>
}

/** Verifies one line: its number, its signature by the key that the line before commits to, and its hash of that line. Returns undefined for a sound one. */
export async function findDamage(found: FoundLine): Promise<SignedLogDamage | undefined> {
  const { text, signed, head } = found
  if (signed === undefined) return 'unreadable'
  const { entry } = signed
  if (entry.seq !== head.seq + 1) return await whyMisplaced(found, entry.seq)
  if (!isSignedAfter(text, signed, head)) return 'edited'
  // Both lines are signed: the line before is not the one that was there when this one was signed.
  return entry.prev === head.hash ? undefined : 'forked'
}

async function whyMisplaced({ head, lines }: FoundLine, seq: number): Promise<SignedLogDamage> {
  const expected = head.seq + 1
  if (seq < expected) return 'repeated'
  for await (const { text } of lines()) {
    if (parseSigned(text)?.entry.seq === expected) return 'reordered'
  }
  return 'removed'
}
