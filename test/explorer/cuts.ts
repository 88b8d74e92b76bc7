import { GUARDED_ENGINE } from './cuts-of-engine.ts'
import { GUARDED_JOURNAL } from './cuts-of-journal.ts'
import { GUARDED_KEYS } from './cuts-of-keys.ts'
import { GUARDED_KINDS } from './cuts-of-kinds.ts'
import { GUARDED_LOGINS } from './cuts-of-logins.ts'
import { GUARDED_POOLS } from './cuts-of-pools.ts'
import { GUARDED_ROLES } from './cuts-of-roles.ts'
import type { GuardedFile } from './guarded-file.ts'

/** Guards of rotations. */
export const GUARDED_ROTATIONS: readonly GuardedFile[] = [
  ...GUARDED_KINDS,
  ...GUARDED_KEYS,
  ...GUARDED_ENGINE,
  ...GUARDED_JOURNAL,
]

/** Guards in the code, each of which is taken out by a test. */
export const GUARDED_FILES: readonly GuardedFile[] = [
  ...GUARDED_ROTATIONS,
  ...GUARDED_ROLES,
  ...GUARDED_LOGINS,
  ...GUARDED_POOLS,
]
