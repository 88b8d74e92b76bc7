// @typed
import { secret } from '../../secret.ts'
declare function hold<T>(value: T): { get(): T }
export const held = hold<unknown>(secret)
