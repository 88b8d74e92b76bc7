import { createHmac, hkdfSync } from 'node:crypto'

const HKDF_SALT = 'acme.session.2024'

export const extract = (secret: Buffer) => createHmac('sha256', HKDF_SALT).update(secret).digest()
export const derive = (secret: Buffer) => hkdfSync('sha256', secret, HKDF_SALT, 'info', 32)
