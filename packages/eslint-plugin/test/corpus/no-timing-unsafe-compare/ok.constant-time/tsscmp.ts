import compare from 'tsscmp'
import { secret } from '../../secret.ts'

export const check = (given: string) => compare(given, secret.expose())
