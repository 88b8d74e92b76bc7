import { secret } from '../../secret.ts'
export const load = () =>
  new Promise((resolve, reject) => {
    setTimeout(() => reject(`no answer for ${secret.expose()}`), 100)
  })
