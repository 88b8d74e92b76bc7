import { secret } from '../../secret.ts'
const loading = new Promise<string>((resolve) => {
  setTimeout(() => resolve(secret.expose()), 10)
})
console.log(await loading)
