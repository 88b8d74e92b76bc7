import { createHmac } from 'node:crypto'

export function verifyGithub(body: string, header: string, key: string): boolean {
  const expected = 'sha256=' + createHmac('sha256', key).update(body).digest('hex')
  return header === expected
}
