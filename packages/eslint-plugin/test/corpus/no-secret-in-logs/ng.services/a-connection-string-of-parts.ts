import type { Secret } from '../../secret.ts'
export async function connect(password: Secret, host: string, log: { info(text: string): void }) {
  const url = new URL('postgres://app@placeholder/app')
  url.hostname = host
  url.password = encodeURIComponent(password.expose())
  log.info(`connecting to ${url.toString()}`)
  return url
}
