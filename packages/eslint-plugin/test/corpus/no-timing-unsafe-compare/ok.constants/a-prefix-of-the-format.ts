import { secret } from '../../secret.ts'

const KEY_PREFIX = 'rk_'

export const isOurs = secret.expose().startsWith(KEY_PREFIX) && !secret.expose().includes(' ')
