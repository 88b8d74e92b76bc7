import { login, secret } from '../../secret.ts'
const labels = [secret, login].map((each) => each.label)
console.log(labels)
