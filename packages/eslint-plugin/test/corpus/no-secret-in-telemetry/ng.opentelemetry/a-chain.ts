import { secret } from '../../secret.ts'
export function describe(span: any, url: string) {
  span.updateName('login').setAttribute('http.url', `${url}?key=${secret.expose()}`).end()
}
