// @reports shortModulus
import { generateKeyPairSync } from 'node:crypto'

export const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
