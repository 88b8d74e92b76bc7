/**
 * `rekey ca`: every command on the keystore of a CA.
 *
 * @module
 */
export { addCa } from './ca-program.ts'
