import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
}
const screen = new Screen()
screen.show(secret.expose())
