import type { CheckpointMark } from './checkpoint.ts'
import type { LogSource } from './log-source.ts'
import { readState } from './log-state.ts'
import { readLogLines } from './segments.ts'
import type { SignedHead } from './signed-entry.ts'

/** The lines in the files of a directory, and where their key continues if it is at hand. */
export function fileSource(directory: string): LogSource {
  return {
    name: directory,
    remedy: 'name the directory that auditDirectory of the family names',
    async end() {
      const state = await readState(directory)
      state?.key.wipe()
      return state && keyMark(state.head)
    },
    lines: () => readLogLines(directory),
  }
}

/** The place that a key file is for, as a checkpoint without a signature. */
function keyMark({ log = '', seq, hash, publicKey = '' }: SignedHead): CheckpointMark {
  return { log, seq, hash, key: publicKey }
}
