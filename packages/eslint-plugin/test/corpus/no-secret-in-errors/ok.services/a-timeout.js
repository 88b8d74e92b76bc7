import { secret } from '../../secret.ts'
export function load(client, ms) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms)
    client.get('/', { headers: { 'x-key': secret.expose() } }).then(resolve, reject)
    timer.unref()
  })
}
