import { login } from '../../secret.ts'
const basic = ({ user, password }: { user: string; password: string }) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
export const request = (path: string) => {
  const authorization = basic(login.expose())
  console.debug('->', path, { authorization })
  return fetch(path, { headers: { authorization } })
}
