/**
 * The survey of code, for `rekey init`. It changes without notice.
 *
 * @module
 */
export { listFiles } from '../gate/git.ts'
export { surveySource } from './survey-source.ts'
