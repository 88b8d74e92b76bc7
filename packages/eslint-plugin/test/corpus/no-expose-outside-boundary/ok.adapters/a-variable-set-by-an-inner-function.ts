import type { Secret } from '../../secret.ts'
declare function use(text: string): boolean
export function run(secret: Secret) {
  let text = ''
  function take() {
    text = secret.expose()
  }
  take()
  return use(text)
}
