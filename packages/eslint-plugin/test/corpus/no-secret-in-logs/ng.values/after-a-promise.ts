import { secret } from '../../secret.ts'
Promise.resolve(secret.expose()).then((key) => console.log(key))
