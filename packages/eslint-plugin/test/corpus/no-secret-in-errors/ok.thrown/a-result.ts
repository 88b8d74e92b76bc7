import { secret } from '../../secret.ts'
export const load = () =>
  new Promise((resolve, reject) => {
    if (secret.expose() === '') reject(new Error('empty'))
    else resolve(secret.expose())
  })
