import { createHmac } from 'node:crypto'

export const sign = (body: string) => createHmac('sha256', 'webhook').update(body).digest('hex')
