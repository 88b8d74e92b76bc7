import { secret } from '../../secret.ts'
const client = {
  key: secret.expose(),
  name: 'signing',
  print() {
    console.log(this.name)
  },
}
client.print()
