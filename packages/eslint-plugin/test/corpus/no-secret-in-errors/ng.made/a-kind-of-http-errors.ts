import { secret } from '../../secret.ts'
import createError from 'http-errors'
export const forbidden = () => new createError.Forbidden(`expected ${secret.expose()}`)
