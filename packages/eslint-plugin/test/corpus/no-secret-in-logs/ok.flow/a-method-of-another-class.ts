import { secret } from '../../secret.ts'
class Screen {
  show(text: string) {
    console.log(text)
  }
}
class Safe {
  show(text: string) {
    return text.length
  }
}
new Safe().show(secret.expose())
new Screen().show('ready')
