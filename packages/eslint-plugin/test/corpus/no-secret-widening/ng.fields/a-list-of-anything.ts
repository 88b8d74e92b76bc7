// @typed
import { secret, login } from '../../secret.ts'
const disposables: unknown[] = []
disposables.push(secret, login)
export const count = disposables.length
