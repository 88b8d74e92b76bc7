// @reports returned
import type { SecretVersion } from '../../secret.ts'
export async function loadToken(read: () => Promise<SecretVersion>) {
  const { value } = await read()
  return value.expose()
}
