import { createSecretKey } from 'node:crypto'

export const key = createSecretKey('RANDOM_HEX_64', 'hex')
