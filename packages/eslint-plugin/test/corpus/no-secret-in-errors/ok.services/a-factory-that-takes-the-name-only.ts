import type { SecretVersion } from '../../secret.ts'
import { SecretError } from './secret-error.ts'
function absence({ version }: SecretVersion): SecretError {
  return new SecretError('missing', `version ${version} has no value yet`)
}
export const refuse = (held: SecretVersion) => Promise.reject(absence(held))
