import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('dh', { group: 'modp5' })
