// @reports smallCurve
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('ec', { namedCurve: 'prime192v1' })
