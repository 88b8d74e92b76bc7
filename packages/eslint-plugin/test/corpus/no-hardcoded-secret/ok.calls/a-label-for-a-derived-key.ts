import { createHmac } from 'node:crypto'

export const salt = (masterKey: string) =>
  createHmac('sha256', 'shop-key-derivation').update(masterKey).digest().subarray(0, 16)
