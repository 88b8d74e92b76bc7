import { createSecretKey } from 'node:crypto'

export const key = createSecretKey(Buffer.from('RANDOM_HEX_16' + 'RANDOM_HEX_16', 'hex'))
