import { secret } from '../../secret.ts'
import createError from 'http-errors'
export const forbidden = () => createError(403, `expected ${secret.expose()}`)
