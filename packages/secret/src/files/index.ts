/**
 * Files that hold secrets: private, written atomically, locked; and what their errors mean.
 *
 * @module
 */
export { describeUnwritable } from './describe-unwritable.ts'
export { errnoOf, fileError, type FileMeanings, ifMissing, MADE } from './file-errors.ts'
export { isGone, type LockHolder, newLockContent, parseLockHolder } from './lock-holder.ts'
export { checkUnchangeable, privateDirectory, readPrivateFile } from './private-files.ts'
export { hasEnded, identifyProcess, type ProcessIdentity } from './process-identity.ts'
export { type ProcessLockOptions, takeProcessLock } from './process-lock.ts'
export { readRegularFile } from './read-regular-file.ts'
export { replaceFile, syncDirectory, writeNewFile } from './write-file.ts'
