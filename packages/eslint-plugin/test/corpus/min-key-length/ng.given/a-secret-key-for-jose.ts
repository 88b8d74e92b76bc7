import { createSecretKey } from 'node:crypto'
import * as jose from 'jose'

const key = createSecretKey(Buffer.from('RANDOM_HEX_48', 'hex'))

export const encrypt = (payload: jose.JWTPayload) =>
  new jose.EncryptJWT(payload).setProtectedHeader({ alg: 'dir', enc: 'A192GCM' }).encrypt(key)
