import { createECDH, generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
export const exchange = createECDH('secp384r1')
