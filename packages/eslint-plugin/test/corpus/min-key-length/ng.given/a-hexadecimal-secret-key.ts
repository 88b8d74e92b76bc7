import { createSecretKey } from 'node:crypto'

const k = 'RANDOM_HEX_32'
export const key = createSecretKey(k, 'hex')
