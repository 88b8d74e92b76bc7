import { createHmac } from 'node:crypto'

export const tokenAt = (key: string) => createHmac('sha256', key).update(`${Date.now()}`).digest()

export const csrfToken = (key: string) =>
  createHmac('sha256', key).update(String(Date.now())).digest('hex')
