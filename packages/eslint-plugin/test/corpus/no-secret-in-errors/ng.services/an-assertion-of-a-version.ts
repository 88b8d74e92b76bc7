import type { SecretVersion } from '../../secret.ts'
import assert from 'node:assert'
export function same(left: SecretVersion, right: SecretVersion) {
  assert.strictEqual(left.value.expose(), right.value.expose(), 'the versions differ')
}
