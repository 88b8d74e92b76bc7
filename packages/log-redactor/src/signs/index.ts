/**
 * The formats and names of secrets, one source for redactor, gate and linter.
 *
 * @module
 */
export { SECRET_FORMATS, type SecretFormat } from './formats.ts'
export { fillSample } from './sample.ts'
