import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  print() {
    console.log(this.key)
  },
}
client.print()
