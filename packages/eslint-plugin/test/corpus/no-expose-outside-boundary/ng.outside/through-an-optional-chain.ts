// @reports outsideBoundary
import type { SecretVersion } from '../../secret.ts'
export function isSame(one: SecretVersion | undefined, text: string) {
  return one?.value.expose() === text
}
