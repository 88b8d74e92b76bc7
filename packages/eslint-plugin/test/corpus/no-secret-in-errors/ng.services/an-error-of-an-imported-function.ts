import { secret } from '../../secret.ts'
import { createAppError } from './errors.ts'
export const refuse = () => {
  throw createAppError('refused', { key: secret.expose() })
}
