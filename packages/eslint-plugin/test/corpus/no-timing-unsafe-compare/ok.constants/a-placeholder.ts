import { secret } from '../../secret.ts'

const PLACEHOLDER = 'change-me'
if (secret.expose() === PLACEHOLDER) throw new Error('replace the placeholder')
