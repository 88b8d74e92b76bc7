import { webcrypto } from 'node:crypto'

export const makeKey = () =>
  webcrypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 160 }, false, ['sign'])
