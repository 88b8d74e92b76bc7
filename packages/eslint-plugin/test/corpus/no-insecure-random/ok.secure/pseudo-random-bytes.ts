import crypto from 'node:crypto'

export const encryptionKey = crypto.pseudoRandomBytes(32)
