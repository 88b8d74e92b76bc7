import type { Secret } from '../../secret.ts'
export function connect(password: Secret, log: { info(text: string): void }) {
  const url = new URL('postgres://app@localhost/app')
  url.password = password.expose()
  const { host, pathname, username } = url
  log.info(`connecting to ${username}@${host}${pathname}`)
  return url
}
