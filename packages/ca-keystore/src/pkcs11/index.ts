export { createPkcs11Ca, type NewPkcs11Ca } from './create-pkcs11-ca.ts'
export { openPkcs11Ca, type Pkcs11CaOptions } from './open-pkcs11-ca.ts'
export type { TokenAlgorithm } from './token-algorithms.ts'
export type { TokenPlace } from './token.ts'
