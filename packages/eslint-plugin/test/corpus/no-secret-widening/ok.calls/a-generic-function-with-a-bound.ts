import { secret } from '../../secret.ts'
function frozen<T extends object>(value: T, name: unknown = 'x'): readonly [T, unknown] {
  return [Object.freeze(value), name]
}
export const held = frozen(secret)
