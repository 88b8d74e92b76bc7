import { secret } from '../../secret.ts'

export const isSet = secret.expose() !== '' && secret.expose() !== undefined
