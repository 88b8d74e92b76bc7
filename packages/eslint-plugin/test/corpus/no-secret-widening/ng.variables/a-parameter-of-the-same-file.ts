// @typed
import type { Secret } from '../../secret.ts'
export function open(passphrase: Secret) {
  let given: any
  given ??= passphrase
  return given.length > 0
}
