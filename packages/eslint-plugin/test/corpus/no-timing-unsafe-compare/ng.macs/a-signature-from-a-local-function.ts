import { createHmac } from 'node:crypto'

const sign = (text: string) =>
  createHmac('sha256', process.env.KEY ?? '')
    .update(text)
    .digest('base64url')

export function open(cookie: string): string | undefined {
  const [value = '', mac] = cookie.split('.')
  return sign(value) === mac ? value : undefined
}
