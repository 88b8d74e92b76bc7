import { secret } from '../../secret.ts'
declare const verifier: { equal(a: string, b: string): boolean }
export const isGood = (given: string) => verifier.equal(given, secret.expose())
