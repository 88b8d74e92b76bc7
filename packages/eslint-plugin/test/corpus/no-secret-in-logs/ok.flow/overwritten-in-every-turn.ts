import { secret } from '../../secret.ts'
declare function send(text: string): void
let text = ''
for (const name of ['a', 'b']) {
  text = name
  console.log(text)
  text += secret.expose()
  send(text)
}
