// @reports kept
import { secret } from '../../secret.ts'
export const SESSION_KEY = secret.expose()
