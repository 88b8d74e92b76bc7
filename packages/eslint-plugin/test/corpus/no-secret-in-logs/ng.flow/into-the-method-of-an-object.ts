import { secret } from '../../secret.ts'
const screen = {
  show(text: string) {
    console.log(text)
  },
}
screen.show(secret.expose())
