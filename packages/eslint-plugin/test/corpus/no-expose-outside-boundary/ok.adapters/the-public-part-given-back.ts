import { login } from '../../secret.ts'
export const userName = () => login.expose().user
