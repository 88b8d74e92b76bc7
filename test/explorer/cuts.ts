import { GUARDED_ENGINE } from './cuts-of-engine.ts'
import { GUARDED_JOURNAL } from './cuts-of-journal.ts'
import { GUARDED_KEYS_AND_LOGINS } from './cuts-of-keys-and-logins.ts'
import { GUARDED_KINDS } from './cuts-of-kinds.ts'
import type { GuardedFile } from './guarded-file.ts'

/** Guards in the code, each of which is taken out by a test. */
export const GUARDED_FILES: readonly GuardedFile[] = [
  ...GUARDED_KINDS,
  ...GUARDED_KEYS_AND_LOGINS,
  ...GUARDED_ENGINE,
  ...GUARDED_JOURNAL,
]
