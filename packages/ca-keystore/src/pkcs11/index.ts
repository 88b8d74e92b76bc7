/**
 * A CA key in a PKCS#11 token, which signs and never shows it. Needs the optional package `pkcs11js`.
 *
 * @module
 */
export { createPkcs11Ca, type NewPkcs11Ca } from './create-pkcs11-ca.ts'
export { type CaOptions, openCa } from './open-ca.ts'
export { openPkcs11Ca, type Pkcs11CaOptions } from './open-pkcs11-ca.ts'
export type { TokenAlgorithm } from './token-algorithms.ts'
export type { TokenPlace } from './token.ts'
