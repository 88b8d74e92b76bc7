import { secret } from '../../secret.ts'
class Screen {
  show = (text: string) => console.log(text)
  open() {
    this.show(secret.expose())
  }
}
