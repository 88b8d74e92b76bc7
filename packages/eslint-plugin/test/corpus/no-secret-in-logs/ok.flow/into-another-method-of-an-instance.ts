import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
  hide(text: string) {
    return text.length
  }
}
const screen = new Screen()
screen.hide(secret.expose())
screen.show('ready')
