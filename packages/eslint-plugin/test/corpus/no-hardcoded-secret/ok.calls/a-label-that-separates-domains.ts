import { createHmac } from 'node:crypto'

const DOMAIN = 'acme/audit-log/v1'

export const tag = (secret: string) => createHmac('sha256', DOMAIN).update(secret).digest('hex')
