import { secret } from '../../secret.ts'
function assertDefined(value: unknown): asserts value {
  if (value === undefined) throw new Error('nothing there')
}
assertDefined(secret)
