import { login } from '../../secret.ts'
const { user, port } = login.expose()
export const where = `${user} at ${port}`
