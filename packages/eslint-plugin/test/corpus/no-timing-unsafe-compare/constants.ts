// ---- a-placeholder
import { secret } from '../../secret.ts'

const PLACEHOLDER = 'change-me'
if (secret.expose() === PLACEHOLDER) throw new Error('replace the placeholder')

// ---- a-prefix-of-the-format
import { secret } from '../../secret.ts'

const KEY_PREFIX = 'rk_'

export const isOurs = secret.expose().startsWith(KEY_PREFIX) && !secret.expose().includes(' ')

// ---- is-it-there
import { secret } from '../../secret.ts'

export const isSet = secret.expose() !== '' && secret.expose() !== undefined

// ---- lengths
import { secret } from '../../secret.ts'

export const isSameLength = (other: string) => other.length === secret.expose().length
