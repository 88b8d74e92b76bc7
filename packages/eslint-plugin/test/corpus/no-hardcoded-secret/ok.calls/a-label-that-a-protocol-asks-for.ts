import { createHmac } from 'node:crypto'

// https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
export const secretKey = (botToken: string) =>
  createHmac('sha256', 'WebAppData').update(botToken).digest()
