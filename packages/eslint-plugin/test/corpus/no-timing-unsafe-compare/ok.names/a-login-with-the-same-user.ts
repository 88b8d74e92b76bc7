import { login } from '../../secret.ts'

export const isSameUser = (user: string, port: number) =>
  login.expose().user === user && login.expose().port === port
